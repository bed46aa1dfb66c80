"""Tests that a token is sent to nobody but the node that was named, over TLS or on this machine."""

import pytest

from comity.desk.list_parties import ListPartiesRequest
from comity.errors import Unauthenticated, Unreachable, UsageError
from comity.wire.api_client import call_api, is_remote


@pytest.mark.parametrize(
    ("node", "remote"),
    [("https://cert.example", True), ("HTTP://localhost:1", True), ("/var/lib/comity", False), ("node", False)],
)
def test_an_address_is_told_from_a_folder(node: str, remote: bool) -> None:
    assert is_remote(node) is remote


@pytest.mark.parametrize(
    "node",
    [
        "http://cert.example",
        "http://192.0.2.1",
        "https://",
        "https://user:word@cert.example",
        "https://cert.example?x=1",
        "https://cert.example#x",
        "http://localhost.evil.example",
        "https://[::1",
        "https://cert.example:99999",
    ],
)
def test_a_token_goes_to_no_other_address(node: str) -> None:
    with pytest.raises(UsageError):
        call_api(node, "comity-x", "party list", ListPartiesRequest(), writes=False)


def test_without_a_token_nobody_is_asked() -> None:
    with pytest.raises(Unauthenticated):
        call_api("https://cert.example", "", "party list", ListPartiesRequest(), writes=False)


def test_where_nobody_answers_is_said(free_port: int) -> None:
    with pytest.raises(Unreachable):
        call_api(f"http://127.0.0.1:{free_port}", "comity-x", "party list", ListPartiesRequest(), writes=False)
