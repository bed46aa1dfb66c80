"""Tests what one reader is given within one transaction, and what of it is written."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection

from comity.desk.gates import REVOKED_GATE
from comity.desk.placements import Placements
from comity.desk.policy import GateBook, ReaderBook, load_policy
from comity.stores import delivering, numbering, placeables, view_changes
from comity.stores.placeables import Placeable
from tests.support.nodes import TLP, agreement, an_object, clause, freedonia

P = "ruritania-csirt"


@contextmanager
def _placements(folder: Path) -> Iterator[tuple[Connection, Placements, list[Placeable]]]:
    """Give empty placements of a reader who may have tools up to green: two indicators and an amber tool are held."""
    with freedonia(folder) as hub:
        reader = hub.reader(P).reader_no
        hub.put(*(an_object("indicator", n) for n in (1, 2)), an_object("tool", 3, object_marking_refs=[TLP["amber"]]))
        hub.agree(agreement(clause("1", "share", types=["tool"], tlp_at_most="green"), name="tools"))
        store = hub.node.store
        with store.write() as tx:
            now = hub.node.clock()
            book = ReaderBook(tx, load_policy(tx, now), GateBook(tx), reader)
            upto = numbering.last_numbered(tx)
            yield tx, Placements(store, tx, book, upto, now), placeables.placeable(tx, 1, upto, now)


def test_what_is_put_is_written_once_and_in_the_order_of_keeping(tmp_path: Path) -> None:
    with _placements(tmp_path) as (tx, here, items):
        gate = here.open_gate(REVOKED_GATE)
        assert gate is not None
        for item in reversed(items):
            here.put(item, gate)
        before = delivering.delivered(tx, here.reader_no, [item.no for item in items])

        here.flush()
        here.flush()

        rows = delivering.rows_of(tx, [item.no for item in items])[here.reader_no]
        first = delivering.last_date(tx, here.reader_no) - len(items)
        kept = [item.no for item in items]
        assert before == {}
        assert {no: row.gate_no for no, row in rows.items()} == dict.fromkeys(kept, gate)
        assert view_changes.rows_before(tx, here.reader_no, kept, first + 1) == kept[:1]


def test_a_gate_of_what_is_not_permitted_does_not_open(tmp_path: Path) -> None:
    with _placements(tmp_path) as (_, here, items):
        assert [here.gate((item.class_no,)) for item in items] == [None] * len(items)


def test_a_companion_is_wished_for_once_for_each_gate(tmp_path: Path) -> None:
    with _placements(tmp_path) as (_, here, _items):
        one, two = b"a" * 16, b"b" * 16
        here.wish(one + two, 1, 5)
        here.wish(one + two, 1, 5)
        here.wish(one, 1, 6)
        assert list(here.wishes()) == [(one, 1, 5), (two, 1, 5), (one, 1, 6)]
        here.wish(one + two, 1, 5)
        assert list(here.wishes()) == []
        here.forget_wished()
        here.wish(one, 1, 5)
        assert list(here.wishes()) == [(one, 1, 5)]
