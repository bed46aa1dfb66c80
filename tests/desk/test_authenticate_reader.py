"""Tests that a reader is known by its secret, and that a wrong one tells nothing."""

from pathlib import Path

import pytest

from comity.desk.add_reader import AddReaderRequest, add_reader
from comity.desk.authenticate_reader import authenticate_bearer, authenticate_reader
from comity.errors import Unauthenticated
from comity.stores import directory
from comity.values import Instant
from tests.support.desks import OFFICER, freedonia


def test_user_and_password_or_the_password_as_a_token_name_the_reader(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        added = add_reader(node, OFFICER, AddReaderRequest(party="ruritania-csirt"))
        reader = authenticate_reader(node, added.user, added.password)
        assert (reader.party, reader.view_id, reader.inbox_id) == ("ruritania-csirt", added.collection, added.inbox)
        assert authenticate_bearer(node, added.password) == reader


@pytest.mark.parametrize("wrong", ["", " ", "\0", "é" * 500, "' or 1=1 --", "\udcff"])
def test_a_wrong_secret_is_refused_alike_for_known_and_unknown_users(tmp_path: Path, wrong: str) -> None:
    with freedonia(tmp_path) as node:
        one = add_reader(node, OFFICER, AddReaderRequest(party="ruritania-csirt"))
        two = add_reader(node, OFFICER, AddReaderRequest(party="northwind-energy"))
        told = set()
        for user, password in ((one.user, wrong), ("nobody", wrong), (wrong, one.password), (one.user, two.password)):
            with pytest.raises(Unauthenticated) as refused:
                authenticate_reader(node, user, password)
            told.add(str(refused.value))
        with pytest.raises(Unauthenticated):
            authenticate_bearer(node, wrong)
    assert len(told) == 1


def test_a_revoked_credential_is_worth_nothing(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        added = add_reader(node, OFFICER, AddReaderRequest(party="ruritania-csirt"))
        with node.store.write() as tx:
            assert directory.revoke_credential(tx, added.user, Instant(1))
        with pytest.raises(Unauthenticated):
            authenticate_reader(node, added.user, added.password)
