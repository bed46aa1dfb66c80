"""Tests that the figures that SQLite plans by name indexes that there are."""

from pathlib import Path

from comity.stores.opening import open_store
from comity.stores.statistics import FIGURES


def test_every_figure_is_of_an_index_of_ours_and_is_there_after_opening_again(tmp_path: Path) -> None:
    store = open_store(f"sqlite:{tmp_path / 'node.db'}")
    store.create()
    store.close()
    store = open_store(f"sqlite:{tmp_path / 'node.db'}")
    with store.read() as tx:
        held = tx.exec_driver_sql("select tbl, idx, stat from sqlite_stat1").all()
        indexes = {
            (row[0], row[1])
            for row in tx.exec_driver_sql("select tbl_name, name from sqlite_master where type = 'index'").all()
        }
        unnumbered = {
            row[0] for row in tx.exec_driver_sql("select name from sqlite_master where sql like '%WITHOUT ROWID%'")
        }
    store.close()
    assert sorted(map(tuple, held)) == sorted(FIGURES)
    named = {(table, index) for table, index, _ in FIGURES}
    assert {one for one in named if one not in indexes and not (one[0] == one[1] and one[0] in unnumbered)} == set()
