"""Tests on three real nodes that what is passed on comes with its originator's signed set, and what does not hold."""

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from comity.desk import read_signed as module
from comity.desk.acts import head
from comity.desk.add_party import AddPartyRequest, add_party
from comity.desk.explain_release import ExplainReleaseRequest, ReleaseExplained, explain_release
from comity.desk.item_views import ItemView
from comity.desk.revoke_key import RevokeKeyRequest, revoke_key
from comity.desk.rotate_key import RotateKeyRequest, rotate_key
from comity.desk.show_item import ShowItemRequest, show_item
from comity.records import codec, dsse
from comity.records.kinds import ItemSet
from comity.records.sidecar import CarriedSet
from tests.support.federation import Member, federation
from tests.support.nodes import OFFICER, TLP, Object, agreement, an_id, an_object, clause

PARTIES = ("freedonia-csirt", "ruritania-csirt", "northwind-energy")
TITLES = ("Freedonia CSIRT", "Ruritania CSIRT", "Northwind Energy")
SHARE = agreement(
    clause("1", "share", tlp_at_most="amber") + clause("2", "forward", tlp_at_most="amber"), parties=PARTIES
)
ITEM = an_id("indicator", 1)
Change = Callable[[Member, CarriedSet], CarriedSet]


def marked(*numbers: int) -> list[Object]:
    return [an_object("indicator", n, object_marking_refs=[TLP["green"]]) for n in numbers]


@contextmanager
def chain(tmp_path: Path, *, strangers: bool = False) -> Iterator[tuple[Member, Member, Member]]:
    """Freedonia gives to Ruritania, which passes on to Northwind; Northwind does not read from Freedonia.

    `strangers`: nor has it Freedonia's anchor.
    """
    with federation(tmp_path, *TITLES, meet=False) as (free, ruri, north):
        pairs = [(free, ruri), (ruri, free), (ruri, north), (north, ruri)]
        for one, other in pairs if strangers else [*pairs, (free, north), (north, free)]:
            one.meet(other)
        for one, other in pairs:
            one.read_from(other)
        for one, title in ((free, TITLES[2]), (north, TITLES[0])) if strangers else ():
            add_party(one.node, OFFICER, AddPartyRequest(title=title, kind="authority"))
        free.agree(SHARE)
        ruri.sync(free.name)
        yield free, ruri, north


def bind_all(free: Member, ruri: Member, north: Member) -> None:
    """Each has the text and the others' consent to it."""
    ruri.adhere("free-ruri")
    free.sync(ruri.name)
    north.agree(SHARE)
    ruri.sync(north.name)


def view(member: Member, stix_id: str = ITEM) -> ItemView:
    return show_item(member.node, OFFICER, ShowItemRequest(id=stix_id)).versions[0]


def told(member: Member) -> ReleaseExplained:
    return explain_release(member.node, OFFICER, ExplainReleaseRequest(id=ITEM, to=member.name))


def test_the_originators_set_comes_along_and_the_chain_is_shown(tmp_path: Path) -> None:
    with chain(tmp_path) as (free, ruri, north):
        bind_all(free, ruri, north)
        free.put(*marked(1, 2, 3))
        ruri.sync(free.name)
        got = north.sync(ruri.name)
        assert (got.error, got.new) == ("", 3)
        one = view(north)
        assert (one.source, one.vouched, one.originator) == (ruri.name, "relayed", free.name)
        why = told(north)
        assert (why.stated_by, why.relayed, why.originator) == (ruri.name, True, free.name)
        for party in (free, ruri):
            back = explain_release(north.node, OFFICER, ExplainReleaseRequest(id=ITEM, to=party.name))
            assert not back.released, "neither to its originator nor to who passed it on"
        assert view(ruri).originator is None, "from its originator itself it is signed"
        assert (free.alarms(), ruri.alarms(), north.alarms()) == ([], [], [])


def test_what_is_proved_is_its_originators_for_every_clause(tmp_path: Path) -> None:
    with chain(tmp_path) as (free, ruri, north):
        bind_all(free, ruri, north)
        free.put(*marked(1))
        ruri.sync(free.name)
        north.sync(ruri.name)
        with north.node.store.read() as tx:
            keys = tx.exec_driver_sql("select c.key from records r join classes c on c.no = r.class_no").scalars().all()
        assert [("freedonia-csirt" in key, "ruritania-csirt" in key) for key in keys] == [(True, True)]


@pytest.mark.parametrize("stale", ["rotated", "revoked"])
def test_whose_key_no_longer_counts_proves_nothing_and_nobody_is_accused(tmp_path: Path, stale: str) -> None:
    with chain(tmp_path) as (free, ruri, north):
        bind_all(free, ruri, north)
        free.put(*marked(1))
        ruri.sync(free.name)
        old = free.node.keys.record.key_id
        rotate_key(free.node, OFFICER, RotateKeyRequest(use="record", overlap_days=0))
        if stale == "revoked":
            since = "2031-03-01T00:00:00Z"
            revoke_key(free.node, OFFICER, RevokeKeyRequest(key=old, suspect_from=since))
        north.meet(free)  # has the keys as they are now
        assert north.sync(ruri.name).new == 1
        assert (view(north).vouched, view(north).originator) == ("relayed", None)
        assert north.alarms() == []


def flipped(text: str) -> str:
    raw = bytearray(base64.b64decode(text))
    raw[0] ^= 1
    return base64.b64encode(raw).decode()


def forged(member: Member, one: CarriedSet) -> CarriedSet:
    """Ruritania signs a set in Freedonia's name, over the very leaves."""
    act = codec.decode(dsse.unverified_payload(one.set.encode()))
    assert isinstance(act, ItemSet)
    return msgspec.structs.replace(one, set=dsse.sign(codec.encode(act), member.node.keys.record).decode())


def own(member: Member, one: CarriedSet) -> CarriedSet:
    """Ruritania shows a set of its own as if it were another's."""
    act = codec.decode(dsse.unverified_payload(one.set.encode()))
    assert isinstance(act, ItemSet)
    mine = ItemSet(**head(member.node, member.node.clock())._asdict(), root=act.root, size=act.size)
    return msgspec.structs.replace(one, set=dsse.sign(codec.encode(mine), member.node.keys.record).decode())


WRONG: dict[str, Change] = {
    "wrong root": lambda _, one: msgspec.structs.replace(one, nodes=flipped(one.nodes)),
    "another item's place": lambda _, one: msgspec.structs.replace(
        one, items=tuple(msgspec.structs.replace(item, place=item.place ^ 1) for item in one.items)
    ),
    "another item's salt": lambda _, one: msgspec.structs.replace(
        one, items=tuple(msgspec.structs.replace(item, salt="00" * 16) for item in one.items)
    ),
    "of no object": lambda _, one: msgspec.structs.replace(
        one, items=tuple(msgspec.structs.replace(item, entry=999) for item in one.items)
    ),
    "twice": lambda _, one: msgspec.structs.replace(one, items=(*one.items, one.items[0])),
    "nodes left out": lambda _, one: msgspec.structs.replace(one, nodes=""),
    "forged key": forged,
    "the relay's own": own,
    "no envelope": lambda _, one: msgspec.structs.replace(one, set="{}"),
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG.keys())
def test_a_proof_that_does_not_hold_is_an_alarm_and_credits_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Change
) -> None:
    with chain(tmp_path) as (free, ruri, north):
        bind_all(free, ruri, north)
        free.put(*marked(1))
        ruri.sync(free.name)
        real = module.carried_sets
        monkeypatch.setattr(module, "carried_sets", lambda *a: tuple(change(ruri, one) for one in real(*a)))
        got = north.sync(ruri.name)
        assert (got.error, got.new) == ("", 1), "the giver vouches for it all the same"
        assert (view(north).vouched, view(north).originator) == ("relayed", None)
        assert [one.kind for one in north.alarms()] == ["bad-proof"]


def test_a_huge_proof_is_refused_with_its_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with chain(tmp_path) as (free, ruri, north):
        bind_all(free, ruri, north)
        free.put(*marked(1))
        ruri.sync(free.name)
        real = module.carried_sets
        huge = "A" * 1_000_000
        monkeypatch.setattr(
            module, "carried_sets", lambda *a: tuple(msgspec.structs.replace(one, nodes=huge) for one in real(*a))
        )
        assert north.sync(ruri.name).error != ""
        assert north.held_from(ruri) == {}


def test_who_does_not_know_the_originator_has_the_givers_word_alone(tmp_path: Path) -> None:
    with chain(tmp_path, strangers=True) as (free, ruri, north):
        ruri.adhere("free-ruri")
        free.sync(ruri.name)
        north.agree(SHARE)
        ruri.sync(north.name)
        free.put(*marked(1))
        ruri.sync(free.name)
        assert north.sync(ruri.name).new == 1
        assert (view(north).originator, told(north).originator, told(north).relayed) == (None, None, True)
        assert north.alarms() == []
