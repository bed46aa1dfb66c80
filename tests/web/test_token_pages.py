"""Tests a person's tokens: made, shown once, revoked; never another's."""

import re

import pytest

from tests.support.desk import Office


def test_a_token_is_made_shown_once_and_revoked(office: Office) -> None:
    visitor = office.signed_in("analyst")
    assert "No program may act for you" in visitor.get("/account/tokens").text
    page = visitor.fill("/account/tokens", token_name="night report", scopes="item:read", days="30").text
    secret = re.search(r"comity-[A-Za-z0-9_-]{43}", page)
    assert secret is not None and "One program may act for you" in page
    again = visitor.get("/account/tokens").text
    assert secret[0] not in again and "night report" in again
    head = {"content-type": "application/json", "authorization": f"Bearer {secret[0]}"}
    ask = office.visitor()
    assert ask("POST", "/api/v1/item/search", content=b'{"value": "x"}', headers=head).status_code == 200
    assert visitor.fill("/revoke").status_code == 303
    assert ask("POST", "/api/v1/item/search", content=b'{"value": "x"}', headers=head).status_code == 401


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"scopes": "all"}, 422),
        ({"scopes": ""}, 422),
        ({"token_name": ""}, 422),
        ({"days": "400"}, 422),
        ({"days": "-1"}, 422),
        ({"csrf": "x"}, 403),
    ],
)
def test_what_does_not_hold_is_refused_and_what_was_typed_stays(
    office: Office, fields: dict[str, str], code: int
) -> None:
    visitor = office.signed_in("analyst")
    visitor.get("/account/tokens")
    said = {"token_name": "<b>night", "scopes": "item:read", "days": "30"} | fields
    answer = visitor.fill("/account/tokens", **said)
    assert answer.status_code == code and "<b>night" not in answer.text
    if code == 422:
        assert "Not made." in answer.text and "comity-" not in answer.text


def test_another_persons_token_is_not_there(office: Office) -> None:
    visitor = office.signed_in("analyst")
    visitor.get("/account/tokens")
    visitor.fill("/account/tokens", token_name="mine", scopes="item:read", days="30")
    other = office.signed_in("administrator", name="tomas.weyl")
    page = other.get("/account/tokens")
    assert "mine" not in page.text
    assert other.post("/account/tokens/1/revoke", {"csrf": other.csrf}).status_code == 404
    assert "mine" in visitor.get("/account/tokens").text


def test_without_a_session_there_is_nothing(office: Office) -> None:
    assert office.visitor().get("/account/tokens").status_code == 303
