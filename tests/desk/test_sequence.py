"""Numbering and placing in observed order; embargo and expiry; revocations."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from comity.desk import import_items, sequence
from comity.desk.policy import BASIS, encode
from comity.desk.sequence import Sequencer
from comity.errors import Conflict, StoreError
from comity.rooms.release.engine import Decision
from comity.stores import log, numbering, placeables, policies
from comity.stores.log_tables import log_bundles, log_ranges, log_tiles, logs
from tests.support.logged import verified
from tests.support.nodes import (
    TLP,
    Freedonia,
    a_marking,
    a_relationship,
    a_sighting,
    agreement,
    an_id,
    an_object,
    clause,
    freedonia,
    raw,
)
from tests.support.worlds import play

P, OTHER = "ruritania-csirt", "northwind-energy"
INDICATOR, MALWARE = an_id("indicator", 1), an_id("malware", 1)
GREEN = agreement(clause("1", "share", tlp_at_most="green"), name="green")
NEWER = "2031-02-09T00:00:00.000Z"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Freedonia]:
    with freedonia(tmp_path) as made:
        made.reader(P)
        yield made


def test_each_reader_has_dates_of_its_own_that_rise_and_never_repeat(hub: Freedonia) -> None:
    hub.agree(GREEN)
    hub.put(*(an_object("indicator", number) for number in range(1, 6)))

    dates = list(hub.dates(P).values())

    assert dates == sorted(set(dates))
    assert dates[0] == hub.clock.now


def test_a_clock_that_goes_back_does_not_take_dates_back(hub: Freedonia) -> None:
    hub.agree(GREEN)
    hub.put(an_object("indicator", 1))
    hub.at("2031-02-28T00:00:00Z")

    hub.put(an_object("indicator", 2))

    first, second = hub.dates(P).values()
    assert second == first + 1


def test_an_embargo_ends_by_the_clock(hub: Freedonia) -> None:
    hub.agree(GREEN)
    hub.put(an_object("indicator", 1), embargo="2031-03-02T00:00:00Z")
    hub.settle()
    assert hub.ids(P) == []

    hub.at("2031-03-02T00:00:00Z")
    hub.settle()

    assert hub.dates(P) == {INDICATOR: hub.clock.now}


def test_a_sequencer_that_was_overtaken_numbers_no_more(hub: Freedonia) -> None:
    hub.agree(GREEN)
    older = Sequencer(hub.node)
    with hub.node.store.write() as tx:
        numbering.seize(tx, older.epoch + 1)
    with hub.node.store.write() as tx, pytest.raises(Conflict):
        numbering.number(tx, older.epoch, 1, 1)
    hub.node.store.epoch = older.epoch + 1

    hub.put(an_object("indicator", 1))

    assert hub.ids(P) == [INDICATOR]


def test_a_step_that_fails_is_undone_and_done_again(hub: Freedonia, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.agree(GREEN)
    with monkeypatch.context() as broken, pytest.raises(RuntimeError):
        broken.setattr(sequence.numbering, "done", lambda tx, queued: (_ for _ in ()).throw(RuntimeError("cut")))
        hub.put(an_object("indicator", 1))
    assert hub.ids(P) == []

    hub.put(an_object("indicator", 1))

    assert hub.ids(P) == [INDICATOR]
    assert verified(hub.node).sound


def test_a_marking_definition_that_comes_late_loosens_and_delivers(hub: Freedonia) -> None:
    hub.agree(GREEN)
    hub.put(an_object("indicator", 1, object_marking_refs=[an_id("marking-definition", 1)]))
    assert hub.ids(P) == []
    hub.later()

    hub.put(a_marking(1))

    assert hub.dates(P)[INDICATOR] >= hub.clock.now


def test_another_sources_marking_definition_does_not_apply(hub: Freedonia) -> None:
    hub.agree(GREEN)
    hub.put(an_object("indicator", 1, object_marking_refs=[an_id("marking-definition", 1)]))

    hub.put(a_marking(1), source=OTHER)

    assert hub.ids(P) == []


def _revoked(number: int = 1, **more: str | list[str]) -> dict[str, object]:
    return an_object("indicator", number, modified=NEWER, revoked=True, description="why it was wrong", **more)


def test_a_revocation_reaches_a_reader_although_the_agreement_has_ended(hub: Freedonia) -> None:
    hub.agree(GREEN)
    hub.put(an_object("indicator", 1, description="secret details"))
    hub.end("green")
    hub.later()

    hub.put(_revoked())

    (told,) = hub.objects(P)
    assert (told["id"], told["revoked"], told["modified"]) == (INDICATOR, True, NEWER)
    assert "description" not in told
    assert told["pattern"] == "[domain-name:value = 'bad1.example']"


def test_a_revocation_under_a_higher_marking_tells_nothing_new_but_itself(hub: Freedonia) -> None:
    hub.agree(GREEN)
    hub.put(an_object("indicator", 1))

    hub.put(_revoked(object_marking_refs=[TLP["red"]]) | {"pattern": "[domain-name:value = 'source.example']"})

    (told,) = hub.objects(P)
    assert told["revoked"] is True
    assert "source.example" not in str(told)


def test_a_revocation_reaches_nobody_who_was_never_served(hub: Freedonia) -> None:
    hub.agree(GREEN)
    hub.put(an_object("indicator", 1, object_marking_refs=[TLP["amber"]]))

    hub.put(_revoked(object_marking_refs=[TLP["amber"]]))

    assert hub.ids(P) == []


def test_another_sources_revocation_revokes_nothing(hub: Freedonia) -> None:
    hub.agree(GREEN)
    hub.put(an_object("indicator", 1))

    hub.put(_revoked(), source=OTHER)

    assert [obj.get("revoked") for obj in hub.objects(P)] == [None]


def test_a_revocation_that_may_be_read_is_read_as_received(hub: Freedonia) -> None:
    hub.agree(GREEN)
    hub.put(an_object("indicator", 1))

    hub.put(_revoked())

    (told,) = hub.objects(P)
    assert told == _revoked()


def test_a_late_agreement_on_an_earlier_version_tells_of_its_revocation_too(hub: Freedonia) -> None:
    hub.put(an_object("indicator", 1))
    hub.put(_revoked(object_marking_refs=[TLP["amber"]]))

    hub.agree(GREEN)

    assert [obj.get("revoked") for obj in hub.objects(P)] == [True]


def test_news_of_a_revocation_is_no_end_of_a_relationship(hub: Freedonia) -> None:
    hub.agree(GREEN)
    hub.put(an_object("indicator", 1), an_object("malware", 1), a_relationship(1, INDICATOR, MALWARE))
    hub.end("green")

    hub.put(_revoked())

    assert hub.ids(P) == [INDICATOR]


def test_a_newer_program_decides_anew_when_it_takes_over(hub: Freedonia) -> None:
    hub.agree(GREEN)
    hub.put(an_object("indicator", 1))
    store = hub.node.store
    with store.write() as tx:
        rules, clauses = json.loads(policies.fact(tx, BASIS) or "")
        policies.set_fact(tx, BASIS, json.dumps([rules - 1, clauses]))
        older = encode(Decision(outcome="forbidden", clauses=("older/rule",)))
        reader_no = hub.reader(P).reader_no
        made = [row._replace(decision=older) for row in policies.decisions_of(tx, reader_no).values()]
        policies.put_decisions(store, tx, reader_no, made)
        policies.set_open(store, tx, reader_no, {})
    before = hub.ids(P)
    store.epoch = None  # as a program has it that has just started

    Sequencer(hub.node).drain()

    assert (before, hub.ids(P)) == ([], [INDICATOR])


def test_what_another_sequencer_of_the_process_has_placed_is_known(
    hub: Freedonia, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.agree(agreement(clause("1", "share", types=["malware", "relationship", "sighting"], tlp_at_most="green")))
    hub.put(an_object("malware", 1), an_object("malware", 2))
    serving = Sequencer(hub.node)
    monkeypatch.setattr(import_items, "Sequencer", lambda node: serving)
    hub.put(an_object("malware", 3))
    monkeypatch.undo()

    link = a_relationship(4, MALWARE, an_id("malware", 2), object_marking_refs=[TLP["clear"]])
    hub.put(link, an_object("malware", 5, created_by_ref=an_id("identity", 1), object_marking_refs=[TLP["clear"]]))
    hub.put(an_object("identity", 1))
    monkeypatch.setattr(import_items, "Sequencer", lambda node: serving)
    hub.put(a_sighting(6, str(link["id"])), an_object("malware", 7, created_by_ref=an_id("identity", 1)))

    assert {an_id("sighting", 6), an_id("malware", 7)} <= set(hub.ids(P))


def test_a_relationship_to_a_companion_that_came_with_it_is_placed(hub: Freedonia) -> None:
    hub.agree(agreement(clause("1", "share", types=["malware", "relationship"], tlp_at_most="green")))
    author = an_id("identity", 1)

    hub.put(
        an_object("malware", 1, created_by_ref=author), an_object("identity", 1), a_relationship(2, author, MALWARE)
    )

    assert hub.ids(P) == [MALWARE, author, an_id("relationship", 2)]


def test_an_object_whose_needed_portion_opens_later_is_placed_then(hub: Freedonia) -> None:
    hub.agree(agreement(clause("1", "share", tlp_at_most="green"), name="green"))
    marked = [{"marking_ref": TLP["amber"], "selectors": ["pattern"]}]
    hub.put(an_object("indicator", 1, granular_markings=marked))
    assert hub.ids(P) == []

    hub.later()
    hub.agree(agreement(clause("1", "share", tlp_at_most="amber"), name="amber"))

    assert hub.ids(P) == [INDICATOR]


def test_an_object_is_delivered_again_when_a_portion_of_it_opens(hub: Freedonia) -> None:
    hub.agree(agreement(clause("1", "share", tlp_at_most="green"), name="green"))
    marked = [{"marking_ref": TLP["amber"], "selectors": ["description"]}]
    hub.put(an_object("malware", 1, description="for few", granular_markings=marked), an_object("malware", 2))
    before = hub.dates(P)

    hub.later()
    hub.agree(agreement(clause("1", "share", tlp_at_most="amber"), name="amber"))

    assert hub.since(P, max(before.values())) == [MALWARE]
    assert hub.objects(P)[-1]["description"] == "for few"


def test_each_record_has_its_entry_once_it_is_numbered(hub: Freedonia) -> None:
    hub.put(an_object("malware", 1), an_object("malware", 2))
    with hub.node.store.read() as tx:
        state = log.log_state(tx)
        assert state is not None
        assert state.size == state.numbered == numbering.last_numbered(tx)


def test_what_was_numbered_before_there_was_a_log_is_logged_first(hub: Freedonia) -> None:
    hub.put(*(an_object("malware", number) for number in range(300)))
    with hub.node.store.write() as tx:
        size = log.log_state(tx)
        for table in (logs, log_tiles, log_bundles, log_ranges):
            tx.execute(table.delete())
    hub.put(an_object("tool", 1))
    with hub.node.store.read() as tx:
        state = log.log_state(tx)
    assert size is not None
    assert state is not None
    assert (state.size, state.began_no) == (size.size + 1, size.size)
    assert verified(hub.node).sound


def test_a_step_that_fails_leaves_no_entry(hub: Freedonia, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.put(an_object("malware", 1))
    with hub.node.store.read() as tx:
        before = log.log_state(tx)

    def fail(*_: object) -> None:
        raise StoreError("disk full")

    with monkeypatch.context() as broken:
        broken.setattr(placeables, "linked_to", fail)
        with pytest.raises(StoreError):
            hub.put(an_object("malware", 2))
    with hub.node.store.read() as tx:
        assert log.log_state(tx) == before
    hub.put(an_object("malware", 2))
    assert verified(hub.node).sound


@pytest.mark.parametrize("world", range(12))
def test_what_is_placed_as_it_is_kept_is_placed_as_what_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, world: int
) -> None:
    at_once = _played(tmp_path / "at-once", world)
    with monkeypatch.context() as apart:
        apart.setattr(Sequencer, "_take_kept", lambda *_: False)
        afterwards = _played(tmp_path / "afterwards", world)
    assert at_once == afterwards


def _played(folder: Path, world: int) -> list[str]:
    """Play a world, and give all rows of all tables, but how often a sequencer took over."""
    folder.mkdir()
    with freedonia(folder) as hub:
        play(hub, world, 0)
        return [line for line in raw(hub.node.store).iterdump() if "books_changed" not in line]
