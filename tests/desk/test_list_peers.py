"""Tests the list of peers."""

from pathlib import Path

import pytest

from comity.desk.list_peers import ListPeersRequest, list_peers
from comity.errors import NotFound
from tests.support.nodes import OFFICER
from tests.support.pairs import a_pair


def test_peers_are_listed_by_party_or_all(tmp_path: Path) -> None:
    with a_pair(tmp_path) as pair:
        assert list_peers(pair.reader.node, OFFICER, ListPeersRequest()).peers == ()
        shown = pair.subscribe()
        for party in (None, "northwind-energy"):
            assert list_peers(pair.reader.node, OFFICER, ListPeersRequest(party=party)).peers == (shown,)
        with pytest.raises(NotFound):
            list_peers(pair.reader.node, OFFICER, ListPeersRequest(party="elbonia"))
