"""Tests that tokens are found by their secret and by their account, on each store."""

from comity.stores import api_tokens
from comity.stores.opening import Store
from comity.values import Instant


def test_tokens_are_kept_by_hash_found_used_and_dropped(store: Store) -> None:
    now, until = Instant(1_000), Instant(2_000)
    with store.write() as tx:
        first = api_tokens.add_token(tx, b"one", 7, "night", "item:read", now, until)
        second = api_tokens.add_token(tx, b"two", 8, "day", "*:read", now, until)
    with store.read() as tx:
        assert api_tokens.token_by_secret(tx, b"one") == first
        assert api_tokens.token_by_secret(tx, b"three") is None
        assert api_tokens.tokens_of(tx, 8) == [second] and api_tokens.tokens_of(tx) == [first, second]
        assert b"one" not in first.sha256
    with store.write() as tx:
        api_tokens.use_token(tx, first.no, Instant(1_500))
        api_tokens.drop_token(tx, second.no)
    with store.write() as tx:
        assert [one.used_ms for one in api_tokens.tokens_of(tx)] == [1_500]
        assert api_tokens.drop_tokens(tx, 7) == 1
        assert api_tokens.tokens_of(tx) == []
