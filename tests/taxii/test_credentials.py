"""Tests what an Authorization header says."""

import base64

import pytest

from comity.errors import Unauthenticated
from comity.taxii.credentials import Basic, Bearer, read_credentials


def packed(text: str, encoding: str = "utf-8") -> str:
    return base64.b64encode(text.encode(encoding)).decode()


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC"])
def test_the_scheme_is_taken_in_any_case(scheme: str) -> None:
    assert read_credentials(f"{scheme} {packed('ruri:word')}") == Basic("ruri", "word")


@pytest.mark.parametrize("password", ["a:b:c", ":", "pässwörd – 密", " spaced "])
def test_a_password_may_hold_colons_and_any_script(password: str) -> None:
    assert read_credentials(f"Basic {packed(f'ruri:{password}')}") == Basic("ruri", password)


def test_latin_1_is_read_where_it_is_no_utf8() -> None:
    assert read_credentials(f"Basic {packed('ruri:é', 'latin-1')}") == Basic("ruri", "é")


def test_missing_padding_is_forgiven() -> None:
    assert read_credentials(f"Basic {packed('ab:cd').rstrip('=')}") == Basic("ab", "cd")


def test_a_token_is_taken_as_it_is() -> None:
    assert read_credentials("bearer  abc.def") == Bearer("abc.def")


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Basic",
        "Basic ",
        "Basic !!!",
        "Basic \u00e9",
        f"Basic {packed('no colon')}",
        f"Basic {packed(':no user')}",
        f"Basic {packed('no password:')}",
        f"Basic {packed('ru' + chr(0) + 'ri:x')}",
        f"Basic {packed('ruri:x' + chr(10))}",
        "Digest abc",
        "Bearer a\x00b",
        "Bearer " + "x" * 5000,
    ],
)
def test_what_is_not_understood_is_nobody(header: str | None) -> None:
    with pytest.raises(Unauthenticated):
        read_credentials(header)


def test_attempts_are_counted_by_a_short_name_that_tells_no_secret() -> None:
    basic, bearer = Basic("u" * 3000, "word"), Bearer("token")
    assert len(basic.account) < 40 and "word" not in basic.account
    assert len(bearer.account) < 40 and "token:token" not in bearer.account
    assert basic.account == Basic("u" * 3000, "other").account
