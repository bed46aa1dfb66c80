import pytest

from comity.desk.tokens import read_token, write_token
from comity.desk.views import ReadQuery
from comity.errors import UsageError

KEY = b"k" * 32
QUERY = ReadQuery(limit=10, types=("indicator", "malware"))


def test_a_token_gives_its_place_back_whatever_the_limit_and_the_date() -> None:
    token = write_token(KEY, 1, "objects", QUERY, 123456789)
    again = ReadQuery(limit=99, added_after_ms=5, types=("malware", "indicator"))

    assert read_token(KEY, 1, "objects", again, token) == 123456789


@pytest.mark.parametrize(
    ("key", "reader", "purpose", "query"),
    [
        (b"x" * 32, 1, "objects", QUERY),
        (KEY, 2, "objects", QUERY),
        (KEY, 1, "manifest", QUERY),
        (KEY, 1, "objects", ReadQuery(limit=10)),
    ],
)
def test_a_token_is_worth_nothing_elsewhere(key: bytes, reader: int, purpose: str, query: ReadQuery) -> None:
    token = write_token(KEY, 1, "objects", QUERY, 7)

    with pytest.raises(UsageError):
        read_token(key, reader, purpose, query, token)


@pytest.mark.parametrize("token", ["", "A", "AAAA", "é", "A" * 32, "A" * 10_000, "====", "\0"])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(UsageError):
        read_token(KEY, 1, "objects", QUERY, token)


def test_every_changed_character_is_noticed() -> None:
    token = write_token(KEY, 1, "objects", QUERY, 7)
    for place in range(len(token)):
        other = "A" if token[place] != "A" else "B"
        with pytest.raises(UsageError):
            read_token(KEY, 1, "objects", QUERY, token[:place] + other + token[place + 1 :])
