"""Speaks to identity providers: finds their addresses, sends a browser there, and takes an ID token for its code.

OpenID Connect Discovery 1.0 §4, RFC 6749 §4.1, RFC 7636 (S256 always), RFC 9207. Each call goes over the node's own
line: to the issuer's origin or one that the administrator named, within small limits, without redirects.
"""

import base64
import threading
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Final, TypeAlias, TypeVar
from urllib.parse import quote_plus, urlencode

import msgspec
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc.jwk import Key

from comity.errors import RecordRejected, Unreachable, UsageError
from comity.values import Instant
from comity.wire.id_token import Expected, Identity, key_id, read_id_token, read_keys
from comity.wire.outbound import Answer, Limits, Line, Outbound, origin_of

T = TypeVar("T")
Held: TypeAlias = dict[tuple[str, ...], tuple[Instant, T]]

LIMITS: Final = Limits(answer_bytes=256 * 1024, connect_s=5.0, answer_s=10.0)
HELD_FOR_MS: Final = 10 * 60_000
ANEW_AFTER_MS: Final = 60_000  # so soon at most keys are asked for again, whatever tokens name
SCOPE: Final = "openid profile"
_DISCOVERY: Final = "/.well-known/openid-configuration"
_REASON: Final = "bad-identity"
_BASIC, _POST = "client_secret_basic", "client_secret_post"


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """This node as one provider knows it. `origins`: where its addresses may stand besides the issuer's own origin."""

    issuer: str
    client_id: str
    secret: str = ""
    acr: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Client(issuer={self.issuer!r}, client_id={self.client_id!r})"


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider says of itself; names are those of OpenID Connect Discovery §3, RFC 8414 and RFC 9207."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    response_types_supported: tuple[str, ...] = ("code",)
    code_challenge_methods_supported: tuple[str, ...] | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = (_BASIC,)
    authorization_response_iss_parameter_supported: bool = False


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One sign-in that was begun: what binds its answer to it."""

    state: str
    nonce: str
    verifier: str
    redirect_uri: str


class Back(msgspec.Struct, frozen=True, kw_only=True):
    """What a browser brings back from a provider."""

    code: str
    issuer: str | None = None


class Providers:
    """Asks providers. State kept consistent: what they said of themselves and their keys, for ten minutes."""

    def __init__(self) -> None:
        self._metadata: Held[Metadata] = {}
        self._keys: Held[Sequence[Key]] = {}
        self._lock = threading.Lock()

    def address(self, outbound: Outbound, client: Client, asked: Asked, now: Instant) -> str:
        """Give where the browser goes to sign in.

        Raises:
            Unreachable, NotPermitted, TooLarge, RecordRejected: the provider is not there, or not as it must be.
        """
        found = self.metadata(outbound, client, now)
        return str(
            prepare_grant_uri(
                found.authorization_endpoint, client.client_id, "code", asked.redirect_uri, SCOPE, asked.state,
                nonce=asked.nonce, code_challenge=create_s256_code_challenge(asked.verifier),
                code_challenge_method="S256", acr_values=" ".join(client.acr) or None,
            )
        )  # fmt: skip

    def identity(self, outbound: Outbound, client: Client, asked: Asked, back: Back, now: Instant) -> Identity:
        """Take the ID token for a code, and give who signed in.

        Raises:
            Unreachable, NotPermitted, TooLarge: the provider is not there. RecordRejected: what it says does not hold,
                or the answer is another provider's (RFC 9207).
        """
        found = self.metadata(outbound, client, now)
        must_say = found.authorization_response_iss_parameter_supported
        if (back.issuer is None and must_say) or back.issuer not in (None, client.issuer):
            raise RecordRejected(_REASON, "$.iss", "the answer is another provider's")
        said = _token(outbound, client, found, asked, back.code)
        expected = Expected(issuer=client.issuer, client_id=client.client_id, nonce=asked.nonce, acr=client.acr)
        keys = self._keys_for(outbound, client, found, said.id_token, now)
        return read_id_token(said.id_token, keys, expected, now, said.access_token)

    def metadata(self, outbound: Outbound, client: Client, now: Instant) -> Metadata:
        """Give what a provider says of itself.

        Raises:
            Unreachable, NotPermitted, TooLarge, RecordRejected: it is not there, or not as it must be.
        """

        def asked() -> Metadata:
            url = client.issuer.removesuffix("/") + _DISCOVERY
            return _checked(_decoded(_get(outbound, url), Metadata), client)

        return self._known(self._metadata, (client.issuer, *client.origins), asked, now, HELD_FOR_MS)

    def _keys_for(self, outbound: Outbound, client: Client, found: Metadata, token: str, now: Instant) -> Sequence[Key]:
        def asked() -> Sequence[Key]:
            return read_keys(_get(outbound, found.jwks_uri))

        kid, place = key_id(token), (found.jwks_uri,)
        keys = self._known(self._keys, place, asked, now, HELD_FOR_MS)
        if any(key.kid == kid for key in keys):
            return keys
        return self._known(self._keys, place, asked, now, ANEW_AFTER_MS)  # it has new ones

    def _known(self, held: Held[T], place: tuple[str, ...], ask: Callable[[], T], now: Instant, held_for_ms: int) -> T:
        with self._lock:
            known = held.get(place)
        if known is not None and 0 <= now - known[0] < held_for_ms:
            return known[1]
        said = ask()
        with self._lock:
            held[place] = (now, said)
        return said


def checked_issuer(url: str) -> str:
    """Give an issuer's address as it may be.

    Raises:
        UsageError: it is no address, or has a query or a fragment.
    """
    origin_of(url)
    if "?" in url or "#" in url:
        raise UsageError("an issuer is an address without query or fragment")
    return url


def _checked(said: Metadata, client: Client) -> Metadata:
    """Refuse a provider that is another than configured, or sends us elsewhere."""
    if said.issuer != client.issuer:
        raise RecordRejected(_REASON, "$.issuer", "it names another issuer")
    if "code" not in said.response_types_supported:
        raise RecordRejected(_REASON, "$.response_types_supported", "it gives no codes")
    methods = said.code_challenge_methods_supported
    if methods is not None and "S256" not in methods:  # some support it and do not say so
        raise RecordRejected(_REASON, "$.code_challenge_methods_supported", "it does not know S256")
    allowed = {origin_of(one) for one in (client.issuer, *client.origins)}
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        try:
            inside = origin_of(getattr(said, name)) in allowed
        except UsageError:
            inside = False
        if not inside:
            raise RecordRejected(_REASON, f"$.{name}", "it stands at another place than the issuer")
    return said


class _Tokens(msgspec.Struct, frozen=True, kw_only=True):
    id_token: str
    access_token: str | None = None


def _token(outbound: Outbound, client: Client, found: Metadata, asked: Asked, code: str) -> _Tokens:
    methods = found.token_endpoint_auth_methods_supported
    by_form = _POST in methods and _BASIC not in methods
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": asked.redirect_uri,
        "code_verifier": asked.verifier,
    }
    headers = {"content-type": "application/x-www-form-urlencoded"}
    if client.secret and not by_form:
        # RFC 6749 §2.3.1: each half is form-encoded before both are joined.
        pair = f"{quote_plus(client.client_id)}:{quote_plus(client.secret)}"
        headers["authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    else:
        form |= {"client_id": client.client_id} | ({"client_secret": client.secret} if client.secret else {})
    answer = _call(outbound, "POST", found.token_endpoint, headers, urlencode(form).encode())
    if answer.status != HTTPStatus.OK:
        raise RecordRejected(_REASON, "$.code", "the provider does not take it")
    return _decoded(answer.body, _Tokens)


def _get(outbound: Outbound, url: str) -> bytes:
    answer = _call(outbound, "GET", url, {}, None)
    if answer.status != HTTPStatus.OK:
        raise Unreachable("{host} answers with status {status}", host=origin_of(url).host, status=answer.status)
    return answer.body


def _call(outbound: Outbound, method: str, url: str, headers: dict[str, str], body: bytes | None) -> Answer:
    within = msgspec.structs.replace(outbound, limits=LIMITS)
    with Line(within, origin_of(url)) as line:
        return line.call(method, url, headers={"accept": "application/json", **headers}, body=body)


def _decoded(body: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise RecordRejected(_REASON, "$", "the answer of the provider cannot be read") from exc
