"""Tests which ID tokens hold; what a provider can get wrong beside this is tested at the page."""

from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey, RSAKey

from comity.errors import RecordRejected
from comity.values import Instant
from comity.wire.id_token import Expected, Identity, key_id, read_id_token, read_keys

NOW = Instant(1_900_000_000_000)
EXPECTED = Expected(issuer="https://login.example", client_id="node", nonce="n" * 43)
CLAIMS: dict[str, Any] = {
    "iss": "https://login.example", "sub": "4711", "aud": "node", "iat": 1_900_000_000, "exp": 1_900_000_300,
    "nonce": "n" * 43,
}  # fmt: skip


def signed(key: Any, alg: str, **claims: Any) -> str:
    return jwt.encode({"alg": alg, "kid": key.kid}, CLAIMS | claims, key, algorithms=[alg])


def published(*keys: Any) -> Any:
    import json

    return read_keys(json.dumps(KeySet(list(keys)).as_dict(private=False)).encode())


@pytest.mark.parametrize(("curve", "alg"), [("P-256", "ES256"), ("P-384", "ES384"), ("P-521", "ES512")])
def test_a_token_says_who_it_is(curve: str, alg: str) -> None:
    key = ECKey.generate_key(curve, {"kid": "k"}, private=True)
    found = read_id_token(signed(key, alg, name="Mara"), published(key), EXPECTED, NOW)
    assert found == Identity(issuer="https://login.example", subject="4711", shown="Mara")


def test_edwards_keys_are_taken() -> None:
    key = OKPKey.generate_key("Ed25519", {"kid": "k"}, private=True)
    assert read_id_token(signed(key, "Ed25519"), published(key), EXPECTED, NOW).subject == "4711"


def test_the_two_clocks_may_differ_by_two_minutes_and_no_more() -> None:
    key = ECKey.generate_key("P-256", {"kid": "k"}, private=True)
    keys = published(key)
    for off_s, holds in ((-119, True), (119 + 300, True), (-121, False), (121 + 300, False)):
        now = Instant(NOW + off_s * 1000)
        if holds:
            assert read_id_token(signed(key, "ES256"), keys, EXPECTED, now)
        else:
            with pytest.raises(RecordRejected):
                read_id_token(signed(key, "ES256"), keys, EXPECTED, now)


def test_a_key_for_another_algorithm_or_kind_signs_nothing() -> None:
    key = ECKey.generate_key("P-256", {"kid": "k", "alg": "ES384"}, private=True)
    plain = ECKey.import_key({name: value for name, value in key.as_dict(private=True).items() if name != "alg"})
    with pytest.raises(RecordRejected):
        read_id_token(signed(plain, "ES256"), published(key), EXPECTED, NOW)


def test_two_keys_of_one_id_or_none_named_fit_nothing() -> None:
    one, two = (ECKey.generate_key("P-256", {"kid": "k"}, private=True) for _ in range(2))
    token = signed(one, "ES256")
    nameless = jwt.encode({"alg": "ES256"}, CLAIMS, one)
    assert (key_id(token), key_id(nameless)) == ("k", None)
    assert read_id_token(nameless, published(one), EXPECTED, NOW).subject == "4711"
    for said in (token, nameless):
        with pytest.raises(RecordRejected, match="no one key"):
            read_id_token(said, published(one, two), EXPECTED, NOW)


def test_symmetric_short_and_encrypting_keys_are_left_out() -> None:
    import json

    short = {"kty": "RSA", "n": RSAKey.generate_key(2048).as_dict()["n"][:100], "e": "AQAB"}
    secret = OctKey.import_key("x" * 32).as_dict()
    other = ECKey.generate_key("P-256", {"use": "enc"}).as_dict(private=False)
    odd = {"kty": "EC", "crv": "P-256", "x": "!", "y": "!"}
    assert read_keys(json.dumps({"keys": [short, secret, other, odd, {"kty": "EC"}, {}]}).encode()) == ()


@pytest.mark.parametrize(
    "token", ["", "a.b", "a.b.c", "e30.e30.", "é.é.é", "x" * 40_000, "eyJhbGciOiJub25lIn0.e30.", "W10.e30.AA", "....."]
)
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(RecordRejected):
        key_id(token)


def test_a_claim_that_stands_twice_is_refused() -> None:
    from joserfc import jws

    key = ECKey.generate_key("P-256", {"kid": "k"}, private=True)
    token = jws.serialize_compact({"alg": "ES256", "kid": "k"}, b'{"sub":"a","sub":"b"}', key)
    with pytest.raises(RecordRejected, match="repeated-key"):
        read_id_token(token, published(key), EXPECTED, NOW)


@pytest.mark.parametrize("name", ["a\0b", "\u202eevil", "x" * 1_000, 7, None, ["Mara"]])
def test_a_name_is_shown_only_if_it_can_be_seen(name: object) -> None:
    key = ECKey.generate_key("P-256", {"kid": "k"}, private=True)
    shown = read_id_token(signed(key, "ES256", name=name), published(key), EXPECTED, NOW).shown
    assert len(shown) <= 200 and shown.isprintable()
