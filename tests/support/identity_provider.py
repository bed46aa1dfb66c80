"""An identity provider on loopback: OpenID Connect's code flow with PKCE, strict as a good one, and with each fault.

It is written from the specifications, not from our client: it judges the request, and signs what it is told to.
"""

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

CLIENT, SECRET = "comity-freedonia", "s3cret with+signs%"
Json = dict[str, Any]


@cache
def first_key() -> Any:
    """One key for all providers of a run: making one takes a while."""
    return RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"}, private=True)


class IdentityProvider:
    """One provider and whoever is signed in there. Set a field to break it in one way."""

    def __init__(self) -> None:
        self.url = ""
        self.clock: Callable[[], int] = lambda: 0  # in seconds since 1970
        self.subject, self.name = "freedonia-4711", "Mara E. at the ministry"
        self.key = first_key()
        self.keys: list[Any] = [self.key]
        self.codes: dict[str, Json] = {}
        self.calls: list[str] = []
        self.metadata: Json = {}  # in the place of what is said otherwise; None leaves a field out
        self.claims: Json = {}
        self.header: Json = {}
        self.sign: Callable[[Json, Json], str] | None = None
        self.jwks: bytes | None = None
        self.says_issuer = True
        self.on_call: Callable[[str], tuple[int, bytes] | None] = lambda path: None

    def configuration(self) -> Json:
        said = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "authorization_response_iss_parameter_supported": True,
        }
        return {name: value for name, value in (said | self.metadata).items() if value is not None}

    def rotate(self) -> None:
        """Sign by a new key from now on; the old one is published no longer."""
        self.key = ECKey.generate_key("P-256", {"kid": "two", "use": "sig", "alg": "ES256"}, private=True)
        self.keys = [self.key]

    def authorize(self, address: str) -> str:
        """Do what the page of the provider does once its user has signed in: give where the browser goes."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert address.startswith(f"{self.url}/authorize?")
        assert asked["response_type"] == "code" and asked["client_id"] == CLIENT
        assert "openid" in asked["scope"].split()
        assert asked["code_challenge_method"] == "S256" and len(asked["code_challenge"]) == 43
        assert len(asked["state"]) >= 22 and len(asked["nonce"]) >= 22
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        back = {"code": code, "state": asked["state"]} | ({"iss": self.url} if self.says_issuer else {})
        return f"{asked['redirect_uri']}?{urlencode(back)}"

    def token(self, credentials: str, form: dict[str, str]) -> tuple[int, Json]:
        """Give an ID token for a code, once, to the client that asked, if it knows the verifier."""
        scheme, _, pair = credentials.partition(" ")
        client, _, secret = base64.b64decode(pair).decode().partition(":") if scheme == "Basic" else ("", "", "")
        if (unquote_plus(client), unquote_plus(secret)) != (CLIENT, SECRET):
            return 401, {"error": "invalid_client"}
        asked = self.codes.pop(form.get("code", ""), None)
        verifier = form.get("code_verifier", "")
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        if (
            asked is None
            or form.get("grant_type") != "authorization_code"
            or form.get("redirect_uri") != asked["redirect_uri"]
            or len(verifier) < 43
            or digest != asked["code_challenge"]
        ):
            return 400, {"error": "invalid_grant"}
        access = secrets.token_urlsafe(16)
        return 200, {"token_type": "Bearer", "access_token": access, "id_token": self.id_token(asked["nonce"], access)}

    def id_token(self, nonce: str, access: str) -> str:
        now = self.clock()
        half = hashlib.sha256(access.encode()).digest()[:16]
        claims = {
            "iss": self.url, "sub": self.subject, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce,
            "name": self.name, "email": "mara.ellend@freedonia.example", "acr": "high", "amr": ["pwd", "otp"],
            "at_hash": base64.urlsafe_b64encode(half).decode().rstrip("="),
        }  # fmt: skip
        said = {name: value for name, value in (claims | self.claims).items() if value is not None}
        alg = "ES256" if isinstance(self.key, ECKey) else "RS256"
        header = {name: value for name, value in ({"alg": alg, "kid": self.key.kid} | self.header).items() if value}
        return self.sign(header, said) if self.sign is not None else jwt.encode(header, said, self.key)

    def published(self) -> bytes:
        if self.jwks is not None:
            return self.jwks
        return json.dumps(KeySet(self.keys).as_dict(private=False)).encode()


@contextmanager
def identity_provider(clock: Callable[[], int]) -> Iterator[IdentityProvider]:
    """Serve until the block ends."""
    provider = IdentityProvider()
    provider.clock = clock

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            if path == "/authorize":
                self._send(302, b"", location=provider.authorize(provider.url + self.path))
            elif path == "/.well-known/openid-configuration":
                self._answer(path, lambda: (200, json.dumps(provider.configuration()).encode()))
            elif path == "/keys":
                self._answer(path, lambda: (200, provider.published()))
            else:
                self._send(404, b"{}")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}

            def tokens() -> tuple[int, bytes]:
                status, said = provider.token(self.headers.get("authorization", ""), form)
                return status, json.dumps(said).encode()

            self._answer(urlsplit(self.path).path, tokens)

        def _answer(self, path: str, otherwise: Callable[[], tuple[int, bytes]]) -> None:
            provider.calls.append(path)
            self._send(*(provider.on_call(path) or otherwise()))

        def _send(self, status: int, body: bytes, **headers: str) -> None:
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
