"""Tests that a preview counts what would come and keeps none of it."""

from pathlib import Path

from comity.desk.preview_peer import PreviewPeerRequest, preview_peer
from tests.support.nodes import OFFICER
from tests.support.pairs import a_pair
from tests.support.taxii import indicator


def test_a_preview_counts_and_keeps_nothing(tmp_path: Path) -> None:
    with a_pair(tmp_path) as pair:
        pair.giver.deliver(indicator(1), indicator(2))
        pair.subscribe()
        pair.reader.put(indicator(2))
        before = pair.reader.node.store
        with before.read() as tx:
            count = tx.exec_driver_sql("select count(*) from records").scalar_one()
        (told,) = preview_peer(pair.reader.node, OFFICER, PreviewPeerRequest(party="northwind-energy")).peers
        assert (told.objects, told.types, told.held, told.more) == (2, {"indicator": 2}, 1, False)
        with before.read() as tx:
            assert tx.exec_driver_sql("select count(*) from records").scalar_one() == count
        assert pair.sync().new == 2
        (told,) = preview_peer(pair.reader.node, OFFICER, PreviewPeerRequest(party="northwind-energy")).peers
        assert told.objects == 0
