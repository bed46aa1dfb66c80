"""Tests that a filled database of revision 0001 gets the wider index, and finds a type's page in it alone."""

import sqlite3
from pathlib import Path

from comity.stores import reading
from comity.stores.opening import open_store
from comity.stores.reading import Wish
from tests.support.filled import FILLED_AT

FIXTURE = Path(__file__).parents[2] / "fixtures" / "revision_0001.sql"
_BY_TYPE = (
    "select item_no, gate_no from deliveries where reader_no = 2 and type_no = ? and date_ms > 0 order by date_ms"
)


def test_a_filled_database_pages_by_type_from_the_index_alone(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    before = sqlite3.connect(path)
    before.executescript(FIXTURE.read_text(encoding="utf-8"))
    kinds = [row[0] for row in before.execute("select distinct type_no from deliveries where reader_no = 2")]
    held = {kind: before.execute(_BY_TYPE, (kind,)).fetchall() for kind in kinds}
    before.close()

    open_store(f"sqlite:{path}").close()

    after = sqlite3.connect(path)
    assert {kind: after.execute(_BY_TYPE, (kind,)).fetchall() for kind in kinds} == held
    plan = after.execute(f"explain query plan {_BY_TYPE}", (kinds[0],)).fetchall()
    assert [row[3] for row in plan] == [
        "SEARCH deliveries USING COVERING INDEX ix_deliveries_reader_no_type_no_date_ms_item_no_gate_no "
        "(reader_no=? AND type_no=? AND date_ms>?)"
    ]
    after.close()
    store = open_store(f"sqlite:{path}")
    with store.read() as tx:
        for kind in kinds:
            if kind:
                rows = reading.plain_rows(tx, 2, (kind,), -1, 100, FILLED_AT)
                shown = reading.shown(tx, 2, Wish(type_numbers=(kind,)), -1, 100, FILLED_AT)
                assert [(row[0], row[3]) for row in rows] == [(row.date_ms, row.body) for row in shown]
    store.close()
