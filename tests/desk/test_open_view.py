"""Tests that a party's view is opened once."""

from pathlib import Path

from comity.desk.open_view import open_view
from comity.desk.sequence import settle
from comity.stores import directory
from tests.support.desks import freedonia, take_in, under
from tests.support.nodes import an_object


def test_a_view_is_opened_once_and_shows_what_was_there_before(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        under(node)
        take_in(node, tmp_path, an_object("indicator", 1))
        with node.store.write() as tx:
            party = directory.party_named(tx, "ruritania-csirt")
            assert party is not None
            ids = open_view(node, tx, party.no, node.clock())
            assert open_view(node, tx, party.no, node.clock()) == ids
            assert len(set(ids)) == 2
        settle(node)
        with node.store.read() as tx:
            rows = tx.exec_driver_sql("select count(*) from deliveries where reader_no = ?", (party.no,))
            assert rows.scalar_one() == 1
