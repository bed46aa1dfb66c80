"""Tests that a password with a code opens a session once, also when two try at the same time."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from comity.desk.add_account import AddAccountRequest, add_account
from comity.desk.sessions import person_of
from comity.desk.sign_in import SignInRequest, sign_in
from comity.errors import ComityError, Unauthenticated
from tests.support.desk import PASSWORD, Office
from tests.support.nodes import OFFICER


def test_a_session_belongs_to_whoever_signed_in(office: Office) -> None:
    account = office.account("mara.ellend", "analyst")
    request = SignInRequest(name="mara.ellend", password=PASSWORD, code=account.next_code())
    assert person_of(office.hub.node, sign_in(office.hub.node, request, "127.0.0.1")).name == "mara.ellend"
    assert PASSWORD not in repr(request)


def test_of_two_with_the_same_code_at_once_one_gets_in(office: Office) -> None:
    account = office.account("mara.ellend")
    request = SignInRequest(name="mara.ellend", password=PASSWORD, code=account.next_code())

    def attempt(_: int) -> str:
        try:
            return "in" if sign_in(office.hub.node, request, "127.0.0.1") else ""
        except ComityError as error:
            return error.code

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(attempt, range(4))) == ["conflict", "conflict", "conflict", "in"]


def test_an_account_that_nobody_made_theirs_opens_by_nothing(office: Office) -> None:
    request = AddAccountRequest(name="tomas", title="Tomas", roles=("analyst",))
    add_account(office.hub.node, OFFICER, request)
    for password in ("", "None", "null"):
        with pytest.raises(Unauthenticated):
            sign_in(office.hub.node, SignInRequest(name="tomas", password=password, code=""), "127.0.0.1")
