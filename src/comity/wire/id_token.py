"""Decides whether an ID token of an identity provider holds, and what it says of the person.

OpenID Connect Core 1.0 §3.1.3.7: signed by a key of the provider, with an algorithm of a closed list that is never
symmetric; from the issuer, for this node and nobody beside, now, and for this very sign-in.
"""

import hmac
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from authlib.oidc.core import CodeIDToken
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key

from comity.errors import RecordRejected
from comity.records.strict_json import strictly
from comity.values import Instant

ALGORITHMS: Final = tuple("RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 Ed25519 EdDSA".split())
LONGEST_TOKEN: Final = 32_768
LONGEST_SUBJECT: Final = 255  # OpenID Connect Core §2
LEEWAY_S: Final = 120  # by which the two clocks may differ
OLDEST_S: Final = 600  # a token is issued when it is asked for
MOST_KEYS: Final = 100
SHORTEST_RSA_BITS: Final = 2048
SHORTEST_MODULUS: Final = 342  # characters that so many bits are written in
_KINDS: Final = ("RSA", "EC", "OKP")
_LONGEST_SHOWN: Final = 200
_REASON: Final = "bad-identity"


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """Whose token it must be, and for which sign-in. `acr`: levels of assurance of which one must be named, if any."""

    issuer: str
    client_id: str
    nonce: str
    acr: tuple[str, ...] = ()


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """A person as a provider knows them: by issuer and subject, nothing else.

    `shown` is a name that the provider claims, for the person's own eyes. `acr` and `amr` say how the provider found
    out who it is; they are noted, and open nothing.
    """

    issuer: str
    subject: str
    shown: str = ""
    acr: str = ""
    amr: tuple[str, ...] = ()


def read_keys(body: bytes) -> tuple[Key, ...]:
    """Read the keys of a provider that could sign; others in the set are left out.

    Raises:
        RecordRejected: it is no set of keys, or one of too many.
    """
    try:
        found = msgspec.json.decode(body, type=_KeySet).keys
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise RecordRejected(_REASON, "$.keys", "this is no set of keys") from exc
    if len(found) > MOST_KEYS:
        raise RecordRejected(_REASON, "$.keys", "too many keys")
    return tuple(key for one in found if (key := _usable(one)) is not None)


def key_id(token: str) -> str | None:
    """Give the id of the key that a token says it is signed by; nothing is believed of it.

    Raises:
        RecordRejected: it is no token, or its algorithm is not of the list.
    """
    if not token.isascii() or len(token) > LONGEST_TOKEN or token.count(".") != 2:
        raise RecordRejected(_REASON, "$.id_token", "this is no signed token")
    try:
        header = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError, RecursionError) as exc:
        raise RecordRejected(_REASON, "$.id_token", "its header cannot be read") from exc
    if header.get("alg") not in ALGORITHMS:
        raise RecordRejected(_REASON, "$.id_token", "its algorithm is not one that is taken")
    kid = header.get("kid")
    return kid if isinstance(kid, str) else None


def read_id_token(
    token: str, keys: Sequence[Key], expected: Expected, now: Instant, access_token: str | None = None
) -> Identity:
    """Give who signed in.

    Raises:
        RecordRejected: it does not hold; its path names the claim.
    """
    kid = key_id(token)
    fitting = [key for key in keys if kid is None or key.kid == kid]
    if len(fitting) != 1:  # without an id, or with one that two keys bear, nothing says which key it is
        raise RecordRejected(_REASON, "$.id_token", "no one key of the provider fits it")
    try:
        signed = jws.deserialize_compact(token, fitting[0], algorithms=ALGORITHMS)
        header, claims = signed.headers(), strictly(signed.payload or b"")
        _check(header, claims, expected, now, access_token)
    except JoseError as exc:
        claim = getattr(exc, "claim", None)
        path = f"$.id_token.{claim}" if isinstance(claim, str) else "$.id_token"
        raise RecordRejected(_REASON, path, "it does not hold") from exc
    except (ValueError, TypeError, OverflowError, RecursionError) as exc:
        raise RecordRejected(_REASON, "$.id_token", "it cannot be read") from exc
    return _identity(claims, expected)


def _check(
    header: dict[str, Any], claims: dict[str, Any], expected: Expected, now: Instant, access_token: str | None
) -> None:
    now_s = now // 1000
    params = {"nonce": expected.nonce, "client_id": expected.client_id, "access_token": access_token}
    options: dict[str, Any] = {
        "iss": {"essential": True, "value": expected.issuer},
        "aud": {"essential": True, "value": expected.client_id},
    }
    CodeIDToken(claims, header, options, params).validate(now_s, LEEWAY_S)
    if claims["aud"] not in (expected.client_id, [expected.client_id]):  # others beside us are none that we trust
        raise RecordRejected(_REASON, "$.id_token.aud", "it is for others too")
    if "azp" in claims and claims["azp"] != expected.client_id:
        raise RecordRejected(_REASON, "$.id_token.azp", "it was made for another")
    if not isinstance(claims["nonce"], str) or not hmac.compare_digest(claims["nonce"], expected.nonce):
        raise RecordRejected(_REASON, "$.id_token.nonce", "it is of another sign-in")
    if claims["iat"] < now_s - OLDEST_S - LEEWAY_S:
        raise RecordRejected(_REASON, "$.id_token.iat", "it was issued too long ago")
    if expected.acr and claims.get("acr") not in expected.acr:
        raise RecordRejected(_REASON, "$.id_token.acr", "the person was not identified as asked for")


def _identity(claims: dict[str, Any], expected: Expected) -> Identity:
    subject = claims["sub"]
    is_text = isinstance(subject, str) and subject.isascii() and subject.isprintable()
    if not is_text or not 0 < len(subject) <= LONGEST_SUBJECT:
        raise RecordRejected(_REASON, "$.id_token.sub", "it names nobody")
    shown = next((words for name in ("name", "preferred_username", "email") if (words := _words(claims.get(name)))), "")
    amr = claims.get("amr")
    methods = tuple(words for one in amr[:10] if (words := _words(one))) if isinstance(amr, list) else ()
    return Identity(issuer=expected.issuer, subject=subject, shown=shown, acr=_words(claims.get("acr")), amr=methods)


def _words(said: object) -> str:
    if not isinstance(said, str):
        return ""
    plain = " ".join(said.split())[:_LONGEST_SHOWN]
    return plain if plain.isprintable() else ""


def _usable(said: dict[str, Any]) -> Key | None:
    """Read one key; none if it is symmetric, weak, not for signatures, or not understood."""
    if said.get("kty") not in _KINDS or said.get("use", "sig") != "sig":
        return None
    if said["kty"] == "RSA" and len(str(said.get("n"))) < SHORTEST_MODULUS:
        return None
    try:
        key = JWKRegistry.import_key({name: said[name] for name in _PUBLIC if name in said})
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    if key.key_type == "RSA" and getattr(key.public_key, "key_size", 0) < SHORTEST_RSA_BITS:
        return None
    return key


_PUBLIC: Final = ("kty", "kid", "use", "alg", "n", "e", "crv", "x", "y")  # never a private part, were one published


class _KeySet(msgspec.Struct, frozen=True):
    keys: list[dict[str, Any]]
