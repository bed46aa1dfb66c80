"""Tests that receipts are listed by party, and that an unknown party is not found."""

from pathlib import Path

import pytest

from comity.desk.give_receipt import GiveReceiptRequest, give_receipt
from comity.desk.list_receipts import ListReceiptsRequest, list_receipts
from comity.errors import NotFound
from tests.support.federation import federation
from tests.support.nodes import OFFICER, agreement, an_id, an_object, clause


def test_receipts_are_listed_newest_first_by_party_or_all(tmp_path: Path) -> None:
    with federation(tmp_path, "Freedonia CSIRT", "Ruritania CSIRT") as (free, ruri):
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=(free.name, ruri.name)))
        free.put(an_object("indicator", 1), an_object("indicator", 2))
        ruri.sync()
        for n in (1, 2):
            request = GiveReceiptRequest(id=an_id("indicator", n), level="seen", by="Duty officer")
            give_receipt(ruri.node, OFFICER, request)
        told = list_receipts(ruri.node, OFFICER, ListReceiptsRequest())
        assert [one.about for one in told.receipts] == [an_id("indicator", 2), an_id("indicator", 1)]
        assert list_receipts(ruri.node, OFFICER, ListReceiptsRequest(party=ruri.name)) == told
        assert list_receipts(ruri.node, OFFICER, ListReceiptsRequest(party=free.name)).receipts == ()
        assert list_receipts(ruri.node, OFFICER, ListReceiptsRequest(limit=1)).receipts == told.receipts[:1]
        with pytest.raises(NotFound):
            list_receipts(ruri.node, OFFICER, ListReceiptsRequest(party="elbonia"))
