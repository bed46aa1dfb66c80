"""Tests how the reading of a peer is shown: new, healthy or failing, with the words of its last failure."""

from pathlib import Path

from comity.desk.peers import peer_view, peers_of
from tests.support.pairs import Pair, a_pair


def state_of(pair: Pair) -> tuple[str, str | None]:
    (named,) = peers_of(pair.reader.node)
    with pair.reader.node.store.read() as tx:
        view = peer_view(tx, named)
    return view.state, view.last_error


def test_a_peer_is_new_then_healthy_and_failing_with_a_reason(tmp_path: Path) -> None:
    with a_pair(tmp_path) as pair:
        number = pair.subscribe().number
        assert state_of(pair) == ("new", None)
        pair.sync()
        assert state_of(pair) == ("healthy", None)
        login = pair.reader.node.folder / "logins" / f"{number}.json"
        kept = login.read_bytes()
        login.write_bytes(b"{}")
        assert pair.sync().code == "unauthenticated"
        assert state_of(pair) == ("failing", "the server does not take these credentials")
        login.write_bytes(kept)
        pair.sync()
        assert state_of(pair) == ("healthy", None)
