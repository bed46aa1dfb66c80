"""Tests which verbs programs may ask for, and how their requests are read."""

import pytest

from comity.api.operations import OPERATIONS, PEOPLE_ALONE, read_request
from comity.desk.registry import VERBS
from comity.desk.roles import OPENED
from comity.desk.take_in import TakeInRequest
from comity.errors import UsageError


def test_every_verb_that_a_role_opens_is_offered_and_no_other() -> None:
    assert {one.verb.name for one in OPERATIONS.values()} == set(OPENED) - PEOPLE_ALONE
    assert set(OPENED) <= set(VERBS)
    assert OPERATIONS["/api/v1/item/take-in"].verb is VERBS["item take-in"]


def test_a_key_in_the_head_becomes_the_requests_own() -> None:
    operation = OPERATIONS["/api/v1/item/take-in"]
    assert operation.repeatable
    asked = read_request(operation, b'{"body": "e30=", "name": "x"}', "k-1")
    assert isinstance(asked, TakeInRequest)
    assert (asked.idempotency_key, asked.body) == ("k-1", b"{}")
    with pytest.raises(UsageError):
        read_request(operation, b'{"body": "e30=", "name": "x", "idempotency_key": "k-2"}', "k-1")


@pytest.mark.parametrize("key", ["", "x" * 65, "ü", "a\nb"])
def test_a_key_has_one_form(key: str) -> None:
    with pytest.raises(UsageError):
        read_request(OPERATIONS["/api/v1/party/list"], b"", key)


def test_an_empty_body_asks_for_nothing_in_particular() -> None:
    assert read_request(OPERATIONS["/api/v1/party/list"], b"", None) == VERBS["party list"].request()


@pytest.mark.parametrize("number", ["9007199254740992", "-9007199254740992", "27853028318042499579904", "1e22"])
def test_a_number_that_no_database_holds_is_refused(number: str) -> None:
    operation = OPERATIONS["/api/v1/act/show"]
    with pytest.raises(UsageError, match="a number is at most"):
        read_request(operation, f'{{"number": {number}}}'.encode(), None)
    read_request(operation, b'{"number": 9007199254740991}', None)
