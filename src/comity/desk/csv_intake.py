"""Makes of a table of indicators what intake takes in: an indicator for each row, and each bad row by its number.

A party's word on a value has one id. What is held of it already decides whether a row is a duplicate, or a newer
version; so the same table twice brings nothing new.
"""

import hashlib
from collections.abc import Iterator
from itertools import islice

import msgspec

from comity.desk.held_versions import bytes_after, newest_held
from comity.desk.node_type import Node
from comity.errors import UsageError
from comity.records.indicators import indicator_id, indicator_of
from comity.records.strict_json import read_object
from comity.records.table_columns import Columns, Field, NoSuchColumn, Row, guessed, places_of, row_of
from comity.stores.directory import PartyRow
from comity.values import Instant, id_key
from comity.wire.bundles import Found
from comity.wire.csv_file import LARGEST_FILE_BYTES, Line, Table, read_table, rows
from comity.wire.elements import EXCERPT_BYTES, Fault
from comity.wire.indicator_values import value_of

LOOKED_UP_AT_ONCE = 900
SAMPLE_ROWS = 50
LONGEST_HEAD, MOST_HEADS = 80, 100


class CsvReader:
    """Reads tables for one intake.

    State kept consistent: the columns that were given, and the heads of those that were not taken.
    """

    def __init__(self, node: Node, party: PartyRow, columns: Columns | None) -> None:
        self._node, self._party, self._columns = node, party, columns
        self.left_out: tuple[str, ...] = ()

    def founds(self, body: bytes) -> Iterator[Found]:
        """Give what a table holds, row by row.

        Raises:
            UsageError: a column is not there, or none was named and none can be guessed.
        """
        if len(body) > LARGEST_FILE_BYTES:
            return iter((Found(None, "too-large", "$", len(body)),))
        table = read_table(body)
        head = [line.cells for line in islice(rows(table), SAMPLE_ROWS) if not line.reason]
        columns = self._columns or guessed(head, value_of)
        if columns is None:
            raise UsageError("no column of this table holds indicators: say which column is the value")
        first = head[0] if head else []
        try:
            places = places_of(columns, first)
        except NoSuchColumn as exc:
            raise UsageError("the table has no single column {name}", name=exc) from exc
        if columns.header:
            heads = [name.strip()[:LONGEST_HEAD] for at, name in enumerate(first) if at not in places.values()]
            self.left_out = tuple(dict.fromkeys((*self.left_out, *heads)))[:MOST_HEADS]
        return self._founds(table, columns, places)

    def _founds(self, table: Table, columns: Columns, places: dict[Field, int]) -> Iterator[Found]:
        lines = rows(table)
        if columns.header:
            next(lines, None)
        now = self._node.clock()  # one for the whole table: the same row twice gives the same bytes
        given: dict[bytes, bytes] = {}
        while chunk := list(islice(lines, LOOKED_UP_AT_ONCE)):
            read = [(line, _read(line, places)) for line in chunk]
            ids = [indicator_id(self._party.name, row.value) for _, row in read if isinstance(row, Row)]
            held = newest_held(self._node, self._party.no, ids)
            for line, row in read:
                yield self._found(line, row, given, held, now)

    def _found(
        self, line: Line, row: Row | Fault, given: dict[bytes, bytes], held: dict[str, bytes], now: Instant
    ) -> Found:
        path, size = f"row {line.number}", sum(map(len, line.cells))
        if isinstance(row, str):
            return Found(None, row, path, size, _excerpt(line.cells))
        stix_id = indicator_id(self._party.name, row.value)
        digest = hashlib.sha256(msgspec.msgpack.encode(row)).digest()[:16]
        if given.setdefault(id_key(stix_id), digest) != digest:  # which of the two holds, its author alone can say
            return Found(None, "repeated-value", path, size, _excerpt(line.cells))
        return Found(self._body(row, held.get(stix_id), now), None, path, size)

    def _body(self, row: Row, held: bytes | None, now: Instant) -> bytes:
        """Give the indicator of a row; the very bytes held where it says nothing new."""
        before = None if held is None else read_object(held)
        obj = indicator_of(self._party.name, row.value, row.said, before, now)
        return bytes_after(held, before, obj)


def _excerpt(cells: list[str]) -> bytes:
    return ", ".join(cells).encode("utf-8", "replace")[:EXCERPT_BYTES]


def _read(line: Line, places: dict[Field, int]) -> Row | Fault:
    return line.reason or row_of(line.cells, places, value_of)
