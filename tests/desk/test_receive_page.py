"""Tests what a node makes of a page that does not hold: nothing of it is kept, and an alarm has the evidence."""

import base64
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from comity.desk import read_signed as module
from comity.desk.change_peer import ChangePeerRequest, change_peer
from comity.desk.retract import RetractRequest, retract
from comity.desk.views import ObjectPage
from comity.records.sidecar import Sidecar, read_sidecar, sidecar_object
from comity.values import Instant
from tests.support.federation import Member, federation
from tests.support.nodes import OFFICER, agreement, an_id, an_object, clause

NAMES = ("Freedonia CSIRT", "Ruritania CSIRT")
PARTIES = ("freedonia-csirt", "ruritania-csirt")
Change = Callable[[list[bytes], Sidecar], tuple[list[bytes], Sidecar | None]]


class Liar:
    """Stands between a giver and its answers, and alters each page that is read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.change: Change | None = None
        real = module.read_signed

        def lying(*words: object) -> ObjectPage:
            page = real(*words)  # type: ignore[arg-type]
            if self.change is None or not page.objects:
                return page
            objects, sidecar = self.change(list(page.objects[:-1]), read_sidecar(page.objects[-1]))
            last = () if sidecar is None else (sidecar_object(sidecar, Instant(0)),)
            return msgspec.structs.replace(page, objects=(*objects, *last))

        monkeypatch.setattr("comity.taxii.routes.read_signed", lying)


def set_up(free: Member) -> None:
    free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=PARTIES))
    free.put(*(an_object("indicator", n) for n in range(4)))


def without(n: int) -> Change:
    def change(objects: list[bytes], sidecar: Sidecar) -> tuple[list[bytes], Sidecar]:
        entries = [entry for at, entry in enumerate(sidecar.entries) if at != n]
        # An honest set of nodes cannot be made without the leaf: its giver can, since it has the tree.
        entries = [msgspec.structs.replace(entry, place=None) for entry in entries]
        kept = [body for at, body in enumerate(objects) if at != n]
        return kept, msgspec.structs.replace(sidecar, entries=tuple(entries), set=None, nodes="")

    return change


def beside(objects: list[bytes], sidecar: Sidecar) -> tuple[list[bytes], Sidecar]:
    """Say the same of the exact bytes, where the page carries them."""
    entries = [
        entry if entry.bytes is None else msgspec.structs.replace(entry, bytes=base64.b64encode(body).decode())
        for entry, body in zip(sidecar.entries, objects, strict=True)
    ]
    return objects, msgspec.structs.replace(sidecar, entries=tuple(entries))


CHANGES: dict[str, tuple[Change, str]] = {
    "a byte of an object": (lambda o, s: beside([o[0].replace(b"bad", b"bat"), *o[1:]], s), "page-refused"),
    "two objects swapped": (lambda o, s: beside([o[1], o[0], *o[2:]], s), "page-refused"),
    "an object more": (lambda o, s: ([*o, o[0]], s), "page-refused"),
    "another's statement": (lambda o, s: (o, msgspec.structs.replace(s, statement=s.set or "")), "bad-signature"),
    "a byte of the statement": (
        lambda o, s: (o, msgspec.structs.replace(s, statement=(s.statement or "").replace("A", "B", 1))),
        "bad-signature",
    ),
    "no statement": (lambda o, s: (o, msgspec.structs.replace(s, statement=None)), "unsigned-objects"),
    "no nodes": (lambda o, s: (o, msgspec.structs.replace(s, nodes="")), "page-refused"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_nothing_of_an_altered_page_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    liar = Liar(monkeypatch)
    change, kind = CHANGES[name]
    with federation(tmp_path, *NAMES) as (free, ruri):
        set_up(free)
        liar.change = change
        told = ruri.sync()
        assert told.code == "conflict", told
        assert ruri.held_from(free) == {}
        (alarm,) = ruri.alarms()
        assert (alarm.kind, alarm.party) == (kind, free.name)
        liar.change = None
        assert ruri.sync().new == 4, "an honest page is taken after it"


def test_what_was_changed_beside_the_signed_bytes_has_no_effect_and_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    liar = Liar(monkeypatch)
    with federation(tmp_path, *NAMES) as (free, ruri):
        set_up(free)
        liar.change = lambda objects, sidecar: ([one.replace(b"bad", b"bat") for one in objects], sidecar)
        told = ruri.sync()
        assert (told.error, told.new, told.rewritten, ruri.alarms()) == ("", 4, True, [])
        assert not any(b"bat" in body for body in ruri.held_from(free).values())
        with ruri.node.store.read() as tx:
            said = tx.exec_driver_sql("select facts from audit where verb = 'peer sync'").scalars().all()
        assert '"rewritten":true' in said[-1]


def test_an_object_withheld_is_a_gap_that_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    liar = Liar(monkeypatch)
    with federation(tmp_path, *NAMES) as (free, ruri):
        set_up(free)
        liar.change = without(2)
        told = ruri.sync()
        assert (told.new, told.missing) == (3, 1)
        (alarm,) = ruri.alarms()
        assert alarm.kind == "gap" and "statement 1 lists 1 that did not come: 2" in alarm.facts
        assert an_id("indicator", 2) not in ruri.held_from(free)
        again = ruri.sync()
        assert (again.error, again.missing) == ("", 1), "it is asked for once more"
        (alarm,) = ruri.alarms()
        assert alarm.times == 2
        liar.change = None
        filled = ruri.sync()
        assert (filled.error, filled.new, filled.missing) == ("", 1, 0)
        assert an_id("indicator", 2) in ruri.held_from(free)
        assert ruri.alarms() == []
        assert ruri.sync().objects == 0, "what came is not asked for again"
        with ruri.node.store.read() as tx:
            receipts = tx.exec_driver_sql("select count(*) from records where type = 'x-comity-receipt'").scalar_one()
        assert (receipts, free.acknowledged(ruri)) == (1, (1, 1)), "asked for again, it is not acknowledged again"


def test_a_node_that_signed_before_and_does_not_now_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    liar = Liar(monkeypatch)
    with federation(tmp_path, *NAMES) as (free, ruri):
        set_up(free)
        assert ruri.sync().new == 4
        free.put(an_object("indicator", 9))
        liar.change = lambda objects, _: (objects, None)
        assert ruri.sync().code == "conflict"
        assert [alarm.kind for alarm in ruri.alarms()] == ["unsigned-page"]
        assert len(ruri.held_from(free)) == 4


def test_statements_given_out_of_their_order_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with federation(tmp_path, *NAMES) as (free, ruri):
        set_up(free)
        assert ruri.sync().new == 4
        for n in (7, 8):
            free.put(an_object("indicator", n))
        with free.node.store.write() as tx:
            tx.exec_driver_sql("create table aside as select * from statements where seq = 2")
            tx.exec_driver_sql("delete from statements where seq = 2")
        assert ruri.sync().code == "conflict"
        (alarm,) = ruri.alarms()
        assert (alarm.kind, alarm.facts) == ("statement-gap", "statements 2 to 2 are lacking")
        with free.node.store.write() as tx:
            tx.exec_driver_sql("insert into statements select * from aside")
            tx.exec_driver_sql("drop table aside")
        told = ruri.sync()
        assert (told.error, told.new) == ("", 2)
        assert ruri.alarms() == [], "what it named has come"


def test_two_statements_of_one_number_are_kept_as_a_proof(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES) as (free, ruri):
        set_up(free)
        assert ruri.sync().new == 4
        with free.node.store.write() as tx:
            tx.exec_driver_sql("delete from statements")
        free.put(an_object("indicator", 9))
        assert ruri.sync().code == "conflict"
        (alarm,) = ruri.alarms()
        assert alarm.kind == "equivocation"
        assert alarm.evidence is not None and b'"first"' in alarm.evidence and b'"second"' in alarm.evidence


def test_a_peer_that_was_dropped_and_added_again_is_read_on(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES) as (free, ruri):
        set_up(free)
        assert ruri.sync().new == 4
        free.put(an_object("indicator", 8))
        assert ruri.sync().new == 1
        change_peer(ruri.node, OFFICER, ChangePeerRequest(party=free.name, what="drop"))
        ruri.read_from(free)
        free.put(an_object("indicator", 9))
        told = ruri.sync()
        assert (told.error, told.new, told.duplicate) == ("", 1, 5), "what was held already is seen again"
        assert ruri.alarms() == []


def test_a_peer_that_takes_a_dropped_ones_number_begins_at_its_own_beginning(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES, "Elbonia CSIRT") as (free, ruri, elbo):
        set_up(free)
        assert elbo.sync(free.name).new == 0
        assert ruri.sync(free.name).new == 4
        for party in (free, elbo):
            change_peer(ruri.node, OFFICER, ChangePeerRequest(party=party.name, what="drop"))
        elbo.agree(agreement(clause("1", "share", tlp_at_most="amber"), name="elbo", parties=(elbo.name, ruri.name)))
        elbo.put(an_object("malware", 1))
        ruri.read_from(elbo)
        told = ruri.sync(elbo.name)
        assert (told.error, told.new) == ("", 1)
        assert ruri.alarms() == []


def test_what_is_taken_back_while_its_page_is_on_the_way_does_not_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with federation(tmp_path, *NAMES) as (free, ruri):
        set_up(free)
        real, done = module.read_signed, list[str]()

        def slow(*words: object) -> ObjectPage:
            page = real(*words)  # type: ignore[arg-type]
            if page.objects and not done:
                done.append(an_id("indicator", 1))
                retract(free.node, OFFICER, RetractRequest(id=done[0], reason="An error."))
                assert free.sync().posted > 0, "the retraction is there before the item"
            return page

        monkeypatch.setattr("comity.taxii.routes.read_signed", slow)
        assert (ruri.sync().error, ruri.sync().error) == ("", "")
        assert sorted(ruri.held_from(free)) == [an_id("indicator", n) for n in (0, 2, 3)]
        assert (ruri.alarms(), free.alarms()) == ([], [])
        assert free.acknowledged(ruri) == (1, 1)
