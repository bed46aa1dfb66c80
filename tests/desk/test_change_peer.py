"""Tests that the reading of a peer rests, goes on and ends as told, and that what came stays."""

from pathlib import Path

import pytest

from comity.desk.change_peer import ChangePeerRequest, change_peer
from comity.desk.sync_peers import SyncPeersRequest, sync_peers
from comity.errors import NotFound
from tests.support.nodes import OFFICER
from tests.support.pairs import Pair, a_pair
from tests.support.taxii import indicator


def change(pair: Pair, what: str) -> str:
    request = ChangePeerRequest(party="northwind-energy", what=what)  # type: ignore[arg-type]
    (view,) = change_peer(pair.reader.node, OFFICER, request).peers
    return view.state


def test_a_paused_peer_is_read_by_hand_alone(tmp_path: Path) -> None:
    with a_pair(tmp_path) as pair:
        pair.giver.deliver(indicator(1))
        pair.subscribe()
        assert change(pair, "pause") == "paused"
        assert sync_peers(pair.reader.node, OFFICER, SyncPeersRequest(due_only=True)).peers == ()
        assert change(pair, "resume") == "new"
        assert pair.sync(due_only=True).new == 1


def test_a_dropped_peer_is_gone_with_its_login_and_its_objects_stay(tmp_path: Path) -> None:
    with a_pair(tmp_path) as pair:
        pair.giver.deliver(indicator(1))
        number = pair.subscribe().number
        pair.sync()
        change(pair, "drop")
        assert not (pair.reader.node.folder / "logins" / f"{number}.json").exists()
        with pair.reader.node.store.read() as tx:
            assert tx.exec_driver_sql("select count(*) from records where family = 0").scalar_one() == 1
        with pytest.raises(NotFound):
            change(pair, "drop")
