from collections.abc import Iterator
from pathlib import Path

import pytest

from comity.desk.authenticate_reader import authenticate_bearer, authenticate_reader
from comity.errors import Unauthenticated
from tests.support.nodes import Freedonia, freedonia

P, OTHER = "ruritania-csirt", "northwind-energy"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Freedonia]:
    with freedonia(tmp_path) as made:
        made.reader(P)
        made.reader(OTHER)
        yield made


def test_a_password_is_a_bearer_token_too(hub: Freedonia) -> None:
    added = hub.credentials[P]

    assert authenticate_bearer(hub.node, added.password) == authenticate_reader(hub.node, added.user, added.password)
    assert authenticate_bearer(hub.node, added.password).party == P


def test_two_parties_never_share_a_view(hub: Freedonia) -> None:
    mine, other = hub.reader(P), hub.reader(OTHER)

    assert len({mine.view_id, mine.inbox_id, other.view_id, other.inbox_id}) == 4


@pytest.mark.parametrize("password", ["", "wrong", "é", "\udcff", "a" * 100_000])
def test_a_wrong_secret_opens_nothing(hub: Freedonia, password: str) -> None:
    with pytest.raises(Unauthenticated):
        authenticate_reader(hub.node, hub.credentials[P].user, password)
    with pytest.raises(Unauthenticated):
        authenticate_bearer(hub.node, password)


def test_one_readers_password_under_anothers_name_opens_nothing(hub: Freedonia) -> None:
    for user in (hub.credentials[OTHER].user, hub.credentials[P].user.upper(), "", "\udcff"):
        with pytest.raises(Unauthenticated):
            authenticate_reader(hub.node, user, hub.credentials[P].password)
