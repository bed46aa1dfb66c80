"""Tests how a collection becomes an outlet: asked for first, with its login apart, exercise and live never mixed."""

from pathlib import Path

import pytest

from comity.desk.actor import Actor
from comity.desk.add_outlet import AddOutletRequest, add_outlet
from comity.errors import ComityError, Conflict, NotFound, NotPermitted, UsageError
from tests.support.nodes import OFFICER
from tests.support.plain_server import a_submitter, plain_server


def test_the_writable_collection_is_found_and_its_login_kept_apart(tmp_path: Path) -> None:
    with plain_server() as plain, a_submitter(tmp_path) as node:
        view = node.add(f"{plain.base}/api/", user="freedonia", password="hidden")
        assert (view.url, view.state, view.party) == (plain.url, "new", "ruritania-csirt")
        login = node.node.folder / "logins" / "outlet-1.json"
        assert login.stat().st_mode & 0o777 == 0o600 and b"hidden" in login.read_bytes()
        with node.node.store.read() as tx:
            audit = tx.exec_driver_sql("select facts from audit where verb = 'outlet add'").scalars().all()
        assert len(audit) == 1 and "hidden" not in audit[0]


def test_a_party_without_a_reader_gets_a_stream_and_no_credentials(tmp_path: Path) -> None:
    with plain_server() as plain, a_submitter(tmp_path) as node:
        node.add(plain.url)
        with node.node.store.read() as tx:
            assert tx.exec_driver_sql("select count(*) from views").scalar_one() == 1
            assert tx.exec_driver_sql("select count(*) from credentials").scalar_one() == 0


@pytest.mark.parametrize(
    ("party", "error"), [("elbonia", NotFound), ("freedonia-csirt", UsageError), ("ruritania-csirt", Conflict)]
)
def test_what_cannot_be_an_outlet_is_refused(tmp_path: Path, party: str, error: type[ComityError]) -> None:
    with plain_server() as plain, a_submitter(tmp_path) as node:
        node.add(plain.url)
        with pytest.raises(error):
            add_outlet(node.node, OFFICER, AddOutletRequest(party=party, url=plain.url))


def test_a_collection_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    with plain_server() as plain, a_submitter(tmp_path) as node, pytest.raises(NotFound):
        node.add(f"{plain.base}/api/collections/00000000-0000-4000-8000-000000000000/")


def test_only_those_who_administrate_may(tmp_path: Path) -> None:
    request = AddOutletRequest(party="ruritania-csirt", url="http://127.0.0.1:1/")
    with a_submitter(tmp_path) as node, pytest.raises(NotPermitted):
        add_outlet(node.node, Actor(name="x", role="reader", via="taxii"), request)


@pytest.mark.parametrize(("exercise", "title"), [(True, "Indicators"), (False, "EXERCISE – Indicators")])
def test_exercise_and_live_never_mix(tmp_path: Path, exercise: bool, title: str) -> None:
    with plain_server() as plain, a_submitter(tmp_path, exercise=exercise) as node:
        plain.title = title
        with pytest.raises(Conflict):
            node.add(plain.url)
        plain.title = "Exercise indicators" if exercise else "Indicators"
        assert node.add(plain.url).state == "new"


def test_a_request_shows_no_secret() -> None:
    shown = repr(AddOutletRequest(party="x", url="https://x.example/", user="u", password="hidden", token="secret"))
    assert "hidden" not in shown and "secret" not in shown
