"""Tests how providers are asked: what is held for how long, how the node signs in, and which origins it speaks to."""

import base64
import ipaddress
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from comity.errors import NotPermitted, RecordRejected, Unreachable, UsageError
from comity.values import Instant
from comity.wire.oidc_client import ANEW_AFTER_MS, HELD_FOR_MS, Asked, Back, Client, Providers, checked_issuer
from comity.wire.outbound import Outbound
from tests.support.identity_provider import CLIENT, SECRET, IdentityProvider, identity_provider

NOW = Instant(1_900_000_000_000)
HERE = Outbound(listed=(ipaddress.ip_network("127.0.0.0/8"),))
ASKED = Asked(state="s" * 43, nonce="n" * 43, verifier="v" * 43, redirect_uri="http://localhost/back")


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    with identity_provider(lambda: int(NOW) // 1000) as served:
        yield served


def client(provider: IdentityProvider, **said: object) -> Client:
    fields = {"issuer": provider.url, "client_id": CLIENT, "secret": SECRET} | said
    return Client(**fields)  # type: ignore[arg-type]


def code(provider: IdentityProvider, asker: Providers, now: Instant = NOW) -> str:
    there = provider.authorize(asker.address(HERE, client(provider), ASKED, now))
    return parse_qs(urlsplit(there).query)["code"][0]


def test_what_a_provider_says_is_held_for_ten_minutes(provider: IdentityProvider) -> None:
    asker = Providers()
    for now, calls in ((NOW, 1), (NOW + HELD_FOR_MS - 1, 1), (NOW + HELD_FOR_MS, 2)):
        asker.metadata(HERE, client(provider), Instant(now))
        assert len(provider.calls) == calls


def test_unknown_keys_are_asked_for_at_most_once_a_minute(provider: IdentityProvider) -> None:
    asker = Providers()
    back = Back(code=code(provider, asker), issuer=provider.url)
    assert asker.identity(HERE, client(provider), ASKED, back, NOW).subject == provider.subject
    provider.rotate()
    for now in (NOW + 1, NOW + ANEW_AFTER_MS - 1):
        with pytest.raises(RecordRejected):
            back = Back(code=code(provider, asker), issuer=provider.url)
            asker.identity(HERE, client(provider), ASKED, back, Instant(now))
    assert provider.calls.count("/keys") == 1
    back = Back(code=code(provider, asker), issuer=provider.url)
    assert asker.identity(HERE, client(provider), ASKED, back, Instant(NOW + ANEW_AFTER_MS))
    assert provider.calls.count("/keys") == 2


def test_a_provider_that_promises_to_name_itself_must(provider: IdentityProvider) -> None:
    asker = Providers()
    for issuer in (None, "https://other.example", ""):
        with pytest.raises(RecordRejected, match=r"\$\.iss"):
            asker.identity(HERE, client(provider), ASKED, Back(code=code(provider, asker), issuer=issuer), NOW)
    assert "/token" not in provider.calls


def test_the_secret_goes_in_the_head_or_the_form_as_the_provider_asks(provider: IdentityProvider) -> None:
    seen: list[tuple[str, dict[str, str]]] = []

    def refusing(head: str, form: dict[str, str]) -> tuple[int, dict[str, object]]:
        seen.append((head, form))
        return 400, {}

    provider.token = refusing  # type: ignore[method-assign]
    both = ["client_secret_post", "client_secret_basic"]
    for methods, by_head in ((["client_secret_post"], False), (None, True), (both, True)):
        provider.metadata = {"token_endpoint_auth_methods_supported": methods}
        asker = Providers()
        with pytest.raises(RecordRejected):
            asker.identity(HERE, client(provider), ASKED, Back(code="c", issuer=provider.url), NOW)
        head, form = seen[-1]
        assert bool(head) is by_head and ("client_secret" in form) is not by_head
        assert form["code_verifier"] == ASKED.verifier
    assert base64.b64decode(seen[-1][0].removeprefix("Basic ")) == b"comity-freedonia:s3cret+with%2Bsigns%25"


def test_a_provider_within_is_called_only_where_its_network_is_listed(provider: IdentityProvider) -> None:
    with pytest.raises(NotPermitted):
        Providers().metadata(Outbound(), client(provider), NOW)
    assert provider.calls == []


def test_another_origin_must_be_named(provider: IdentityProvider) -> None:
    with identity_provider(lambda: 0) as keys:
        provider.metadata = {"jwks_uri": f"{keys.url}/keys"}
        with pytest.raises(RecordRejected, match="another place"):
            Providers().metadata(HERE, client(provider), NOW)
        assert Providers().metadata(HERE, client(provider, origins=(keys.url,)), NOW).jwks_uri.startswith(keys.url)


def test_a_provider_that_is_not_there_is_unreachable() -> None:
    with pytest.raises(Unreachable):
        Providers().metadata(HERE, Client(issuer="http://127.0.0.1:1", client_id="x"), NOW)


@pytest.mark.parametrize(
    "url", ["ftp://a.example", "https://a.example/?x", "https://a.example/#x", "a", "https://u@a.example"]
)
def test_what_is_no_issuer_is_refused(url: str) -> None:
    with pytest.raises(UsageError):
        checked_issuer(url)


def test_the_secret_is_not_shown() -> None:
    assert "geheim" not in repr(Client(issuer="https://a.example", client_id="x", secret="geheim"))
