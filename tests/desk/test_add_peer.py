"""Tests how a node comes to read from another: what the server must show, and that secrets stay out of the database."""

from pathlib import Path

import pytest

from comity.desk.add_peer import AddPeerRequest, add_peer
from comity.errors import Conflict, NotFound, NotPermitted, Unauthenticated, Unreachable, UsageError
from comity.wire.logins import read_login
from tests.support.nodes import OFFICER, freedonia
from tests.support.pairs import a_pair


def test_the_collection_is_found_from_any_of_its_addresses(tmp_path: Path) -> None:
    with a_pair(tmp_path) as pair:
        view = pair.base + pair.giver.ruritania.view
        for url in (f"{pair.base}/taxii2/", f"{pair.base}/taxii2/root/", view):
            with a_pair(tmp_path / url[-6:].strip("/")) as other:
                shown = other.subscribe(url.replace(pair.base, other.base).replace(view, other.base))
                assert shown.url == other.base + other.giver.ruritania.view
                assert (shown.state, shown.submits, shown.party) == ("new", True, "northwind-energy")
        assert pair.subscribe(view).url == view


def test_the_secret_lies_in_a_file_of_its_own(tmp_path: Path) -> None:
    with a_pair(
        tmp_path,
    ) as pair:
        number = pair.subscribe().number
        folder = pair.reader.node.folder
        assert read_login(folder, number).password == pair.giver.ruritania.password
        with pair.reader.node.store.read() as tx:
            dump = "\n".join(tx.connection.driver_connection.iterdump())  # type: ignore[union-attr]
        assert pair.giver.ruritania.password not in dump
        assert (folder / "logins" / f"{number}.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"party": "elbonia"}, NotFound),
        ({"party": "freedonia-csirt"}, UsageError),
        ({"password": "wrong"}, Unauthenticated),
        ({"url": "ftp://peer.example/"}, UsageError),
        ({"url": "http://127.0.0.1:1/taxii2/"}, Unreachable),
        ({"url": "{base}/taxii2/root/collections/6e4b4b5a-7a5c-4f4a-9d0a-000000000000/"}, NotFound),
    ],
    ids=["unknown party", "own party", "password", "scheme", "nobody there", "another's collection"],
)
def test_what_cannot_be_read_is_not_entered(tmp_path: Path, change: dict[str, str], error: type[Exception]) -> None:
    with a_pair(tmp_path) as pair:
        given = {
            "party": "northwind-energy",
            "url": f"{pair.base}/taxii2/",
            "user": pair.giver.ruritania.user,
            "password": pair.giver.ruritania.password,
        }
        asked = {key: value.format(base=pair.base) for key, value in {**given, **change}.items()}
        with pytest.raises(error):
            add_peer(pair.reader.node, OFFICER, AddPeerRequest(**asked))
        assert not list(pair.reader.node.folder.glob("logins/*"))


def test_a_collection_is_entered_once(tmp_path: Path) -> None:
    with a_pair(tmp_path) as pair:
        pair.subscribe()
        with pytest.raises(Conflict):
            pair.subscribe()


def test_a_node_calls_nobody_inside_unless_told_so(tmp_path: Path) -> None:
    with a_pair(tmp_path) as pair, freedonia(tmp_path / "other") as careful, pytest.raises(NotPermitted):
        request = AddPeerRequest(party="northwind-energy", url=f"{pair.base}/taxii2/")
        add_peer(careful.node, OFFICER, request)


def test_only_those_who_administrate_may(tmp_path: Path) -> None:
    from comity.desk.actor import Actor

    with a_pair(tmp_path) as pair, pytest.raises(NotPermitted):
        request = AddPeerRequest(party="northwind-energy", url=f"{pair.base}/taxii2/")
        add_peer(pair.reader.node, Actor(name="x", role="reader", via="taxii"), request)


def test_a_request_shows_no_secret() -> None:
    shown = repr(AddPeerRequest(party="a", url="b", user="c", password="hidden", token="secret"))
    assert "hidden" not in shown and "secret" not in shown
