"""Pins how SQLite carries our statements out: by index, in order, never through all of a large table.

The statistics are set and never measured, so a plan follows from schema and statement: it is the same at any size.
"""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from comity.stores import (
    delivering,
    erasing,
    keeping,
    numbering,
    placeables,
    policies,
    reading,
    reclassing,
    registers,
    revoking,
    searching,
    view_changes,
    work,
)
from comity.stores.opening import Store, open_store
from comity.stores.reading import Wish
from comity.stores.tables import PORTIONS
from comity.values import id_key
from tests.support.stores import NOW, a_record, add_reader

NAMES = ["indicator--1", "tool--2"]
KEYS = [id_key(name) for name in NAMES]
NOS = [1, 2, 3]
Ask = Callable[[Store, Connection], object]

# Tables that grow with the records or the readers; the others are small, and may be read through.
LARGE = frozenset(
    """records links siblings search_values unresolved portions overrides due deliveries served wanted open_gates
    decisions quarantine statuses audit idempotency""".split()
)
NEVER_SORTED: dict[str, Ask] = {
    "a page": lambda _, tx: reading.shown(tx, 1, Wish(), -1, 100, NOW),
    "a later page": lambda _, tx: reading.shown(tx, 1, Wish(), int(NOW) - 1, 100, NOW),
    "a page of one spec version": lambda _, tx: reading.shown(tx, 1, Wish(spec=20), int(NOW) - 1, 100, NOW),
    "a page of one type": lambda _, tx: reading.shown(tx, 1, Wish(type_numbers=(12,)), int(NOW) - 1, 100, NOW),
    "a page of two types": lambda _, tx: reading.shown(tx, 1, Wish(type_numbers=(12, 16)), int(NOW) - 1, 100, NOW),
    "a page of unknown types": lambda _, tx: reading.shown(tx, 1, Wish(other_types=("x", "y")), int(NOW) - 1, 100, NOW),
    "the oldest mark": lambda _, tx: numbering.next_queued(tx),
    "the last number": lambda _, tx: numbering.last_numbered(tx),
    "placing a batch": lambda _, tx: placeables.placeable(tx, 1, 5_000, NOW),
    "numbering": lambda _, tx: (numbering.seize(tx, 1), numbering.number(tx, 1, 1, 1)),
    "appending": lambda store, tx: delivering.append(store, tx, 1, [(7, 1, 1)], NOW),
    "withdrawing": lambda _, tx: delivering.withdraw(tx, 1, NOS, NOW),
    "placing again": lambda store, tx: delivering.redeliver(store, tx, 1, NOS, NOW),
    "another gate": lambda _, tx: delivering.regate(tx, 1, 1, 2),
    "exporting": lambda _, tx: keeping.live_bodies(tx, 5, 100),
    "erasing": lambda _, tx: erasing.erase_record(tx, 1, b"\1" * 32),
    "taking back": lambda _, tx: keeping.withdraw_records(tx, NOS),
    "an embargo's end": lambda _, tx: reclassing.due_by(tx, NOW),
    "what waits for a marking": lambda _, tx: reclassing.waiting_for_marking(tx, 1, KEYS[0]),
    "what is held": lambda _, tx: keeping.held_under(tx, KEYS),
    "decisions": lambda _, tx: policies.decisions_of(tx, 1),
    "decisions on classes": lambda _, tx: policies.decisions_of(tx, 1, NOS),
    "new decisions": lambda store, tx: policies.put_decisions(store, tx, 1, [policies.HeldDecision(1, 1, True, b"")]),
    "placed classes": lambda _, tx: policies.note_placed(tx, 1, NOS),
    "opening gates": lambda store, tx: policies.set_open(store, tx, 1, {1: 2}),
    "class numbers": lambda _, tx: keeping.class_numbers(tx, ["a", "b"]),
    "gate numbers": lambda _, tx: policies.gate_numbers(tx, ["a", "b"]),
    "an earlier answer": lambda _, tx: registers.earlier_answer(tx, "duty", "k"),
    "a status": lambda _, tx: registers.status_of(tx, "s", 1),
    "old statuses": lambda _, tx: registers.forget_statuses(tx, NOW),
    "the size of the quarantine": lambda _, tx: registers.quarantined_bytes(tx),
    "a lease": lambda _, tx: work.lease(tx, "jobs", NOW, 1),
}
SORTED_IN_A_PAGE: dict[str, Ask] = {
    # At most as many rows as keys were given have to be put in order.
    "a page of named ids": lambda _, tx: reading.shown(tx, 1, Wish(keys=tuple(KEYS)), int(NOW) - 1, 100, NOW),
    "named ids of a type": lambda _, tx: reading.shown(
        tx, 1, Wish(keys=tuple(KEYS), type_numbers=(12, 16)), int(NOW) - 1, 100, NOW
    ),
    "visible versions": lambda _, tx: reading.visible_versions(tx, 1, KEYS, NOW),
    "visible keys": lambda _, tx: reading.visible_keys(tx, 1, KEYS, NOW),
    "placing some": lambda _, tx: placeables.placeable_of(tx, NOS, NOW),
    "placing ends": lambda _, tx: placeables.placeable_under(tx, KEYS, 9, NOW),
    "ends": lambda _, tx: placeables.ends_of(tx, NOS),
    "links": lambda _, tx: placeables.linked_to(tx, KEYS, 9),
    "what is delivered": lambda _, tx: delivering.delivered(tx, 1, NOS),
    "required portions": lambda _, tx: placeables.required_portions(tx, NOS),
    "portions": lambda _, tx: reading.portions_of(tx, NOS),
    "who may": lambda _, tx: reading.readers_who_may(tx, NOS, NOW),
    "who was served": lambda _, tx: erasing.served_to(tx, NOS),
    "records of an id": lambda _, tx: keeping.records_under(tx, "indicator--1"),
    "keys": lambda _, tx: keeping.keys_of(tx, NOS),
    "a value": lambda _, tx: searching.find(tx, "evil.example", None, 0, 100),
    "a value of a type": lambda _, tx: searching.find(tx, "evil.example", "tool", 0, 100),
    "a beginning": lambda _, tx: searching.find(tx, "evil*", None, 0, 100),
}
READ_THROUGH_AN_INDEX: dict[str, Ask] = {
    "the sizes of classes": lambda _, tx: policies.class_counts(tx),
    "opening a class": lambda _, tx: delivering.append_classes(tx, 1, [(1, 1, 12)], NOW, 9),
}
ACTS: dict[str, Ask] = {
    "own acts": lambda _, tx: keeping.own_acts(tx, ("x-comity-a",)),
    "others' acts": lambda _, tx: keeping.acts_of_others(tx, ("x-comity-a",)),
}
RARE: dict[str, Ask] = {
    "what has portions": lambda _, tx: view_changes.rows_flagged(tx, 1, PORTIONS),
    "all revocations": lambda _, tx: revoking.revocations(tx, None, 9, NOW),
}


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:{tmp_path / 'node.db'}")
    store.create()
    with store.write() as tx:
        add_reader(tx)
        delivering.append(store, tx, 1, [(no, 1, 12) for no in keep_two(tx, store)], NOW)
        policies.set_open(store, tx, 1, {1: policies.FOR_EVER})
    yield store
    store.close()


def keep_two(tx: Connection, store: Store) -> list[int]:
    """Keep two records in the caller's transaction."""
    first = keeping.next_numbers(tx, 2)
    batch = keeping.empty_batch()
    batch.records.extend(a_record(name, no=first + i) for i, name in enumerate(NAMES))
    keeping.keep(store, tx, batch)
    return [first, first + 1]


def plan_of(store: Store, ask: Ask) -> list[str]:
    """The steps of all statements that a call makes."""
    asked: list[str] = []
    with store.write() as tx:
        driver = tx.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.set_trace_callback(asked.append)  # of the driver: the hot paths go past SQLAlchemy
        ask(store, tx)
        driver.set_trace_callback(None)
        steps = [str(row[3]) for one in asked for row in driver.execute(f"explain query plan {one}")]
    assert asked
    return steps


def scanned(steps: list[str]) -> list[str]:
    """The steps that read through all of a large table, or all of one reader's deliveries."""
    return [
        step
        for step in steps
        if (step.startswith("SCAN ") and step.split()[1] in LARGE)
        or "ANY(" in step
        or (step.startswith("SEARCH deliveries") and step.endswith("(reader_no=?)"))
    ]


@pytest.mark.parametrize("name", NEVER_SORTED)
def test_it_is_done_by_index_and_in_order(filled: Store, name: str) -> None:
    steps = plan_of(filled, NEVER_SORTED[name])
    assert scanned(steps) == []
    assert [step for step in steps if "TEMP B-TREE" in step] == []


@pytest.mark.parametrize("name", SORTED_IN_A_PAGE)
def test_it_is_done_by_index_and_sorts_no_more_than_was_named(filled: Store, name: str) -> None:
    assert scanned(plan_of(filled, SORTED_IN_A_PAGE[name])) == []


@pytest.mark.parametrize("name", RARE)
def test_what_is_rare_is_found_by_the_index_that_names_it(filled: Store, name: str) -> None:
    steps = [step for step in plan_of(filled, RARE[name]) if " records " in step]
    assert any("ix_records_rare" in step for step in steps), steps


@pytest.mark.parametrize("name", ACTS)
def test_acts_are_found_among_acts_and_not_among_all_that_is_held(filled: Store, name: str) -> None:
    steps = [step for step in plan_of(filled, ACTS[name]) if " records " in step]
    assert steps and [step for step in steps if "(class_no=?" not in step] == []


@pytest.mark.parametrize("name", READ_THROUGH_AN_INDEX)
def test_it_reads_an_index_and_not_the_table(filled: Store, name: str) -> None:
    steps = [step for step in plan_of(filled, READ_THROUGH_AN_INDEX[name]) if " records " in step]
    assert steps and [step for step in steps if "COVERING INDEX" not in step] == []


def test_a_page_walks_the_deliveries_by_date_and_a_page_of_one_type_by_type() -> None:
    store = open_store("memory:")
    assert plan_of(store, NEVER_SORTED["a later page"])[0].startswith(
        "SEARCH deliveries USING PRIMARY KEY (reader_no=? AND date_ms>?)"
    )
    assert plan_of(store, NEVER_SORTED["a page of one type"])[0].startswith(
        "SEARCH deliveries USING COVERING INDEX ix_deliveries_reader_no_type_no_date_ms_item_no_gate_no "
        "(reader_no=? AND type_no=? AND date_ms>?)"
    )
    store.close()


def test_named_ids_are_looked_up_before_the_deliveries() -> None:
    store = open_store("memory:")
    with store.write() as tx:
        delivering.append(store, tx, add_reader(tx), [(no, 1, 12) for no in keep_two(tx, store)], NOW)
        policies.set_open(store, tx, 1, {1: policies.FOR_EVER})
    steps = [step for step in plan_of(store, SORTED_IN_A_PAGE["a page of named ids"]) if "deliveries" in step]
    assert steps == [
        "SEARCH deliveries USING INDEX sqlite_autoindex_deliveries_2 (reader_no=? AND item_no=?)",
        "SEARCH deliveries USING PRIMARY KEY (reader_no=? AND date_ms=?)",
    ]
    store.close()
