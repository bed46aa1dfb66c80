"""Judges a node after a sudden death: whole, nothing half written, nothing lost, and able to go on.

What must hold is said here anew from the tables' meaning; links and search values are read out of the bytes again.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, select

from comity.desk.authenticate_reader import authenticate_reader
from comity.desk.node_type import Node
from comity.desk.read_view import read_objects
from comity.desk.sequence import settle
from comity.desk.views import ReadQuery
from comity.node import open_node
from comity.records.envelope import Envelope, read_envelope
from comity.records.search_values import search_values
from comity.stores import health
from comity.stores.release_tables import deliveries, views
from comity.stores.tables import (
    ACT,
    END,
    ITEM,
    MEMBER,
    classes,
    counters,
    due,
    links,
    numbers,
    overrides,
    portions,
    queue,
    records,
    sequencer,
    unresolved,
)
from comity.stores.tables import search_values as values_table
from comity.values import id_key
from tests.faults.stage import Stage, stix_id_of

PAGE = 37


@contextmanager
def reopened(folder: Path) -> Iterator[Node]:
    """Open a node as the next command would."""
    node = open_node(folder)
    try:
        yield node
    finally:
        node.store.close()


def check_untouched(node: Node, given: Mapping[str, bytes]) -> set[str]:
    """Check the node as the death left it, before anything works on it; gives the ids of the items held."""
    assert health.damages(node.store, deep=True) == []
    with node.store.read() as tx:
        rows = tx.execute(select(records).order_by(records.c.no)).all()
        nos = [row.no for row in rows]
        counted = tx.execute(select(counters.c.value).where(counters.c.name == "records")).scalar_one()
        assert nos == list(range(1, counted + 1)), "a number without its record"
        class_nos = set(tx.execute(select(classes.c.no)).scalars())
        found_links = _rows_of(tx, links.c.from_no, links.c.to_key, links.c.role)
        found_values = _rows_of(tx, values_table.c.record_no, values_table.c.value, values_table.c.kind)
        for row in rows:
            assert hashlib.sha256(row.body).digest() == row.sha256
            assert len(row.salt) == 16
            if row.family == ACT:
                continue
            assert row.body == given[row.stix_id], f"{row.stix_id} is not what was given"
            assert row.class_no in class_nos
            envelope = read_envelope(row.body)
            assert found_links.get(row.no, set()) == _links_in(envelope)
            assert found_values.get(row.no, set()) == {(value, kind) for kind, value in search_values(envelope.parsed)}
        _check_no_orphans(tx, set(nos))
        _check_queue(tx, nos)
        return {row.stix_id for row in rows if row.family == ITEM}


def _links_in(envelope: Envelope) -> set[tuple[object, ...]]:
    members = {ref for ref in envelope.refs if ref != envelope.created_by}
    return {(id_key(end), END) for end in envelope.ends} | {(id_key(ref), MEMBER) for ref in members}


def _rows_of(tx: Connection, key: object, *columns: object) -> dict[int, set[tuple[object, ...]]]:
    found: dict[int, set[tuple[object, ...]]] = {}
    for no, *rest in tx.execute(select(key, *columns)):  # type: ignore[call-overload]  # columns of one table
        found.setdefault(no, set()).add(tuple(rest))
    return found


def _check_no_orphans(tx: Connection, nos: set[int]) -> None:
    for column in (
        links.c.from_no, values_table.c.record_no, unresolved.c.record_no, portions.c.record_no, overrides.c.record_no,
        due.c.record_no, deliveries.c.item_no,
    ):  # fmt: skip
        assert set(tx.execute(select(column)).scalars()) <= nos, f"{column.table.name} speaks of a record not held"


def _check_queue(tx: Connection, nos: list[int]) -> None:
    """Every record is either numbered or waits to be, once."""
    covered: Counter[int] = Counter()
    last = 0
    for row in tx.execute(select(numbers).order_by(numbers.c.n_first)):
        assert row.n_first == last + 1
        last = row.n_last
        covered.update(range(row.first_no, row.first_no + row.n_last - row.n_first + 1))
    assert last == tx.execute(select(sequencer.c.n)).scalar_one()
    for row in tx.execute(select(queue).where(queue.c.kind == "new")):
        covered.update(range(row.first_no, row.last_no + 1))
    assert covered == Counter(nos)
    unseen = set(tx.execute(select(deliveries.c.item_no)).scalars()) - set(covered)
    assert not unseen


class Watch:
    """A partner that polls by date across all deaths: remembers its last date and counts what it got."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self._since = stage, 0
        self.got: Counter[str] = Counter()

    def poll(self, node: Node) -> None:
        """Read on from the last date, page by page."""
        reader = authenticate_reader(node, self.stage.user, self.stage.password)
        while True:
            query = ReadQuery(limit=PAGE, added_after_ms=self._since or None)
            page = read_objects(node, reader, reader.view_id, query)
            self.got.update(stix_id_of(body) for body in page.objects)
            if page.last_ms is not None:
                self._since = page.last_ms
            if not page.more:
                return


def check_settled(node: Node, given: Mapping[str, bytes], held: Iterable[str], watch: Watch) -> None:
    """Let the sequencer finish, then check that the reader has all it may have, each once."""
    settle(node)
    visible = visible_among(given, set(held))
    with node.store.read() as tx:
        assert tx.execute(select(queue)).all() == []
        placed = tx.execute(
            select(records.c.stix_id)
            .join(deliveries, deliveries.c.item_no == records.c.no)
            .join(views, views.c.reader_no == deliveries.c.reader_no)
            .where(views.c.view_id == watch.stage.view_id)
        ).scalars()
        found = Counter(placed)
    assert (found - Counter(visible), Counter(visible) - found) == (Counter(), Counter())
    watch.poll(node)
    moved = {key for key in visible if key.startswith("report--")}  # shown anew when they may name more
    assert set(watch.got) == visible
    assert {key for key, count in watch.got.items() if count > 1} <= moved


def visible_among(given: Mapping[str, bytes], held: set[str]) -> set[str]:
    """Say what the reader may see: everything held, but relationships only with both ends, reports with one object."""
    seen = set()
    for key in held:
        obj = json.loads(given[key])
        ends = [obj[end] for end in ("source_ref", "target_ref") if end in obj]
        named = obj.get("object_refs")
        if held.issuperset(ends) and (named is None or not held.isdisjoint(named)):
            seen.add(key)
    return seen
