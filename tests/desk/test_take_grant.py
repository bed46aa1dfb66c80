"""Tests on real nodes that a grant crosses to whom it concerns, tells nobody of others, and lets items go on."""

from pathlib import Path

from comity.desk.erase_item import EraseItemRequest, erase_item
from comity.desk.explain_release import ExplainReleaseRequest, ReleaseExplained, explain_release
from comity.desk.grant_release import GrantReleaseRequest, ReleaseGranted, grant_release
from comity.records import codec, dsse
from comity.records.kinds import ReleaseGrant
from tests.faults.schedule import marking_of
from tests.support.federation import Member, federation
from tests.support.nodes import OFFICER, Object, agreement, an_id, an_object, clause

TITLES = ("Freedonia CSIRT", "Ruritania CSIRT", "Northwind Energy")
PARTIES = ("freedonia-csirt", "ruritania-csirt", "northwind-energy")
SHARE = agreement(clause("1", "share", tlp_at_most="amber"), parties=PARTIES)
MARK = marking_of(0)
ITEM = an_id("indicator", 1)


def kept_back(number: int, **more: object) -> Object:
    return an_object("indicator", number, object_marking_refs=[str(MARK["id"])], **more)  # type: ignore[arg-type]


def grant(member: Member, *to: Member, through: tuple[Member, ...] = (), item: str = ITEM) -> ReleaseGranted:
    request = GrantReleaseRequest(
        ids=(item,), to=tuple(one.name for one in to), through=tuple(one.name for one in through)
    )
    return grant_release(member.node, OFFICER, request)


def grants_at(member: Member) -> list[ReleaseGrant]:
    """The grants of others that a node holds."""
    rows = member.node.store.read()
    with rows as tx:
        asked = "select body from records where family = 1 and source_no <> 0 and type = 'x-comity-release-grant'"
        acts = [codec.decode(dsse.unverified_payload(bytes(row[0]))) for row in tx.exec_driver_sql(asked)]
    return [act for act in acts if isinstance(act, ReleaseGrant)]


def explained(member: Member, to: Member) -> ReleaseExplained:
    return explain_release(member.node, OFFICER, ExplainReleaseRequest(id=ITEM, to=to.name))


def all_bound(free: Member, ruri: Member, north: Member) -> None:
    free.agree(SHARE)
    for one in (ruri, north):
        one.sync(free.name)
        one.adhere("free-ruri")
        free.sync(one.name)
    north.sync(ruri.name)
    ruri.sync(north.name)


def test_each_party_hears_of_its_own_grant_alone_and_both_nodes_explain_alike(tmp_path: Path) -> None:
    with federation(tmp_path, *TITLES) as (free, ruri, north):
        all_bound(free, ruri, north)
        free.put(MARK, kept_back(1))
        assert ruri.sync(free.name).new <= 1, "at most the marking"
        told = grant(free, ruri, north)
        assert told.told == (north.name, ruri.name)
        for one in (ruri, north):
            assert one.sync(free.name).error == ""
            assert ITEM in one.held_from(free)
            (act,) = grants_at(one)
            assert (act.to, act.ids, len(act.leaves)) == ((one.name,), (), 1)
            here, there = explained(one, one), explained(free, one)
            assert here.granted == there.granted == (act.rid,)
            assert here.sentence == there.sentence
        assert grants_at(ruri)[0].rid != grants_at(north)[0].rid
        assert [one.alarms() for one in (free, ruri, north)] == [[], [], []]


def test_what_a_party_may_not_have_in_spite_of_a_grant_is_not_told_to_it(tmp_path: Path) -> None:
    with federation(tmp_path, *TITLES[:2]) as (free, ruri):
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=PARTIES[:2]))
        free.put(MARK, kept_back(1), kept_back(2))
        free.put(kept_back(1, modified="2031-02-03T00:00:00.000Z"), tlp="red")
        told = grant(free, ruri)
        assert (told.versions, told.told) == (2, (ruri.name,))
        assert ruri.sync().error == ""
        (act,) = grants_at(ruri)
        assert len(act.leaves) == 1, "of the version that is red it hears nothing"
        free.put(kept_back(3), tlp="red")
        assert grant(free, ruri, item=an_id("indicator", 3)).told == ()
        ruri.sync()
        assert len(grants_at(ruri)) == 1


def test_what_the_originator_lets_go_on_goes_on_under_what_its_holder_shares(tmp_path: Path) -> None:
    with federation(tmp_path, *TITLES) as (free, ruri, north):
        all_bound(free, ruri, north)
        free.put(MARK, kept_back(1), kept_back(2))
        grant(free, ruri)
        ruri.sync(free.name)
        north.sync(ruri.name)
        assert ITEM not in north.held_from(ruri), "what came from others is not its holder's to share"
        told = grant(free, north, through=(ruri,))
        assert told.told == (north.name, ruri.name)
        ruri.sync(free.name)
        assert north.sync(ruri.name).error == ""
        assert sorted(north.held_from(ruri)) == sorted([ITEM, str(MARK["id"])])
        assert len(grants_at(ruri)) == 2 and explained(ruri, north).granted == (grants_at(ruri)[1].rid,)
        assert [one.alarms() for one in (free, ruri, north)] == [[], [], []]


def test_a_grant_that_comes_before_its_item_holds_when_that_comes(tmp_path: Path) -> None:
    """The acts of a page are taken first, and here the item is there only behind it."""
    with federation(tmp_path, *TITLES) as (free, ruri, north):
        all_bound(free, ruri, north)
        free.put(MARK, kept_back(1))
        grant(free, ruri)  # visible to it, and not read yet
        assert grant(free, north, through=(ruri,)).told == (north.name, ruri.name)
        assert ruri.sync(free.name).error == ""
        assert north.sync(ruri.name).error == ""
        assert sorted(north.held_from(ruri)) == sorted([ITEM, str(MARK["id"])])


def test_a_grant_outlives_no_erasure(tmp_path: Path) -> None:
    with federation(tmp_path, *TITLES[:2]) as (free, ruri):
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=PARTIES[:2]))
        free.put(MARK, kept_back(1))
        grant(free, ruri)
        ruri.sync()
        erase_item(free.node, OFFICER, EraseItemRequest(id=ITEM, reason="Court order.", ordered_by="Court"))
        assert ruri.sync().error == ""
        for member in (free, ruri):
            folder = member.node.folder
            every = b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
            assert ITEM.encode() not in every
