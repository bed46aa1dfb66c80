"""Tests the sign-in by an identity provider that is served on loopback, and each way in without being its user."""

import base64
import hmac
import json
import logging
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from joserfc.jwk import RSAKey

from comity.desk.accounts import AccountInvited
from comity.desk.add_account import AddAccountRequest, add_account
from comity.desk.identity_providers import AddProviderRequest, RemoveProviderRequest, add_provider, remove_provider
from comity.desk.sessions import FRESH_FOR_MS
from comity.stores import registers
from comity.values import Instant
from tests.support.authenticator import Authenticator
from tests.support.desk import Office, Visitor, an_office
from tests.support.identity_provider import CLIENT, SECRET, IdentityProvider, identity_provider
from tests.support.nodes import OFFICER

NOTHING = "This identity opens nothing here"
NOT_BEGUN = "This sign-in was not begun here"
NOT_GOOD = "What was answered there does not hold"
AWAY = "The identity provider does not answer as it should"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with an_office(tmp_path, outbound_networks=["127.0.0.0/8"]) as opened:
        yield opened


@pytest.fixture
def provider(office: Office) -> Iterator[IdentityProvider]:
    with identity_provider(lambda: int(office.hub.clock.now) // 1000) as served:
        known(office, served, "ministry", "Foreign Ministry")
        yield served


def known(office: Office, provider: IdentityProvider, name: str, title: str, **said: Any) -> None:
    fields = {"name": name, "title": title, "issuer": provider.url, "client_id": CLIENT, "secret": SECRET} | said
    add_provider(office.hub.node, OFFICER, AddProviderRequest(**fields))


def left(visitor: Visitor, name: str = "ministry", query: str = "") -> str:
    """Leave for a provider by the sign-in page; give the address there."""
    answer = visitor.get(f"/sign-in/with/{name}{query}")
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def back(visitor: Visitor, address: str) -> Any:
    """Come back as a browser does that another site has sent."""
    parts = urlsplit(address)
    return visitor("GET", f"{parts.path}?{parts.query}", headers={"sec-fetch-site": "cross-site"})


def bound(office: Office, provider: IdentityProvider, *roles: Any, name: str = "mara.ellend") -> None:
    """Let a person bind their identity at the provider to their account."""
    visitor = office.signed_in(*roles, name=name)
    visitor.get("/account")
    page = visitor.fill("/account/identities/ministry")
    assert page.status_code == 200
    answer = back(visitor, provider.authorize(link_in(page.text, provider)))
    assert "Is this you?" in answer.text and provider.name in answer.text
    assert visitor.fill("/account/identities").status_code == 303
    assert "Foreign Ministry" in visitor.get("/account").text


def link_in(page: str, provider: IdentityProvider) -> str:
    start = page.index(f'href="{provider.url}') + len('href="')
    return page[start : page.index('"', start)].replace("&amp;", "&")


def refused(visitor: Visitor, answer: Any, words: str) -> None:
    assert answer.status_code == 422
    assert words in answer.text
    assert visitor.get("/account").status_code == 303


def audited(office: Office, verb: str) -> list[dict[str, Any]]:
    with office.hub.node.store.read() as tx:
        return [json.loads(row.facts) for row in registers.audit_rows(tx) if row.verb == verb]


def test_who_bound_an_identity_signs_in_by_it_and_gets_where_they_wanted(
    office: Office, provider: IdentityProvider
) -> None:
    bound(office, provider, "analyst")
    visitor = office.visitor()
    assert "Sign in with Foreign Ministry" in visitor.get("/sign-in").text
    answer = back(visitor, provider.authorize(left(visitor, query="?next=/account")))
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert "Mara Ellend, analyst" in visitor.get("/account").text
    assert "identity provider" in visitor.page.text
    facts = audited(office, "account sign-in")[-1]
    assert facts["method"] == "identity" and facts["amr"] == ["pwd", "otp"] and facts["acr"] == "high"
    assert provider.subject not in json.dumps(audited(office, "account identity added"))


def test_a_stranger_with_an_identity_gets_no_account_whatever_address_they_claim(
    office: Office, provider: IdentityProvider
) -> None:
    office.account("mara.ellend", "administrator")
    provider.claims = {"email": "mara.ellend", "preferred_username": "mara.ellend", "name": "mara.ellend"}
    visitor = office.visitor()
    refused(visitor, back(visitor, provider.authorize(left(visitor))), NOTHING)


def test_a_stranger_and_a_closed_account_are_told_alike(office: Office, provider: IdentityProvider) -> None:
    bound(office, provider)
    office.close("mara.ellend")
    closed, stranger = office.visitor(), office.visitor()
    said = back(closed, provider.authorize(left(closed))).text
    provider.subject = "nobody-here"
    assert back(stranger, provider.authorize(left(stranger))).text == said


def test_a_session_by_a_provider_adds_no_way_in_and_no_identity(office: Office, provider: IdentityProvider) -> None:
    bound(office, provider)
    visitor = office.visitor()
    back(visitor, provider.authorize(left(visitor)))
    visitor.get("/account")
    token = visitor.csrf
    assert "Sign in again" in visitor.page.text and "Add a passkey" not in visitor.page.text
    made = visitor("POST", "/passkeys/creation", content=b"{}", headers={"x-csrf": token})
    body = {"name": "theirs", "credential": Authenticator().make(made.json(), "http://localhost:8700")}
    answer = visitor("POST", "/passkeys", content=json.dumps(body).encode(), headers={"x-csrf": token})
    assert answer.status_code == 403
    for path in ("/account/identities/ministry", "/account/identities/ministry/drop"):
        assert visitor.post(path, {"csrf": token}).status_code == 403
    assert "My passkey" not in visitor.get("/account").text


def test_what_binds_needs_a_sign_in_of_the_last_five_minutes(office: Office, provider: IdentityProvider) -> None:
    visitor = office.signed_in("analyst")
    office.hub.clock.now = Instant(office.hub.clock.now + FRESH_FOR_MS)
    visitor.get("/account")
    assert visitor.post("/account/identities/ministry", {"csrf": visitor.csrf}).status_code == 403
    visitor.get("/sign-in?again=1&next=/account")
    assert "Sign in with Foreign Ministry" not in visitor.page.text
    account = office.people["mara.ellend"]
    answer = visitor.fill("/sign-in", name=account.name, password="plum river cabinet forty", code=account.next_code())
    assert answer.headers["location"] == "/account"
    visitor.get("/account")
    assert visitor.fill("/account/identities/ministry").status_code == 200


def test_an_invited_person_begins_by_an_identity_and_then_adds_a_passkey(
    office: Office, provider: IdentityProvider
) -> None:
    invited: AccountInvited = add_account(
        office.hub.node, OFFICER, AddAccountRequest(name="tomas.weyl", title="Tomas Weyl", roles=("approver",))
    )
    visitor = office.visitor()
    visitor.get("/begin")
    visitor.fill("/begin", code=invited.code)
    page = visitor.fill("/begin/with/ministry")
    answer = back(visitor, provider.authorize(link_in(page.text, provider)))
    assert "Is this you?" in answer.text and invited.code not in answer.text
    sealed = answer.text
    assert visitor.fill("/begin/identity").headers["location"] == "/account"
    assert "Tomas Weyl, approver" in visitor.get("/account").text and "Name of the new passkey" in visitor.page.text
    again = office.visitor()
    again.page = answer
    assert "Is this you?" in sealed
    assert again.fill("/begin/identity").status_code == 401


WRONG_CLAIMS: tuple[dict[str, Any], ...] = (
    {"nonce": "another"},
    {"nonce": None},
    {"nonce": 7},
    {"aud": "somebody-else"},
    {"aud": [CLIENT, "somebody-else"]},
    {"aud": [CLIENT, "somebody-else"], "azp": CLIENT},
    {"azp": "somebody-else"},
    {"azp": ""},
    {"iss": "http://127.0.0.1:1"},
    {"iss": None},
    {"exp": 1},
    {"exp": True},
    {"exp": None},
    {"iat": 2**40},
    {"iat": 1},
    {"iat": None},
    {"nbf": 2**40},
    {"sub": None},
    {"sub": ""},
    {"sub": 4711},
    {"sub": "x" * 256},
    {"sub": "freedonia-4711\0"},
    {"sub": "fréedonia"},
    {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    {"amr": "pwd"},
)


def test_a_token_that_is_not_for_us_now_is_refused(
    office: Office, provider: IdentityProvider, caplog: pytest.LogCaptureFixture
) -> None:
    bound(office, provider)
    for number, claims in enumerate(WRONG_CLAIMS):
        provider.claims = claims
        visitor = office.visitor(peer=f"192.0.2.{number}")
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            refused(visitor, back(visitor, provider.authorize(left(visitor))), NOT_GOOD)
        assert "ministry does not hold: bad-identity at $.id_token" in caplog.text, claims
        assert provider.subject not in caplog.text


def test_a_token_that_no_key_of_the_provider_has_signed_is_refused(office: Office, provider: IdentityProvider) -> None:
    """Unsigned, or with the public key taken for a shared secret, in each form in which it is published."""
    bound(office, provider)
    modulus = base64.urlsafe_b64decode(provider.key.as_dict(private=False)["n"] + "==")
    for number, (alg, secret) in enumerate(
        [
            ("none", b""),
            ("None", b""),
            ("HS256", provider.key.as_pem(private=False)),
            ("HS256", modulus),
            ("HS256", b""),
        ]
    ):
        provider.sign = partial(by_secret, alg, secret)
        visitor = office.visitor(peer=f"192.0.2.{number}")
        refused(visitor, back(visitor, provider.authorize(left(visitor))), NOT_GOOD)


def by_secret(alg: str, secret: bytes, header: dict[str, Any], claims: dict[str, Any]) -> str:
    def part(said: bytes) -> bytes:
        return base64.urlsafe_b64encode(said).rstrip(b"=")

    body = part(json.dumps(header | {"alg": alg}).encode()) + b"." + part(json.dumps(claims).encode())
    seal = part(hmac.digest(secret, body, "sha256")) if alg == "HS256" else b""
    return (body + b"." + seal).decode()


def test_a_token_of_a_foreign_key_under_a_known_id_is_refused(office: Office, provider: IdentityProvider) -> None:
    bound(office, provider)
    provider.key = RSAKey.generate_key(2048, {"kid": "one", "alg": "RS256"}, private=True)
    visitor = office.visitor()
    refused(visitor, back(visitor, provider.authorize(left(visitor))), NOT_GOOD)


def test_keys_may_change_at_any_time(office: Office, provider: IdentityProvider) -> None:
    bound(office, provider)
    office.hub.later(61)
    provider.rotate()
    visitor = office.visitor()
    assert back(visitor, provider.authorize(left(visitor))).status_code == 303


def test_a_state_opens_once_and_in_the_browser_that_asked(office: Office, provider: IdentityProvider) -> None:
    bound(office, provider)
    visitor, thief = office.visitor(), office.visitor()
    address = provider.authorize(left(visitor))
    refused(thief, back(thief, address), NOT_BEGUN)
    kept = {cookie.name: cookie.value or "" for cookie in visitor.cookies.jar}
    assert back(visitor, address).status_code == 303
    for name, value in kept.items():
        thief.cookies.set(name, value)
    refused(thief, back(thief, address), NOT_BEGUN)


def test_a_code_of_another_sign_in_does_not_open(office: Office, provider: IdentityProvider) -> None:
    """The attacker's own code, put into the victim's answer, and the victim's into the attacker's (injection)."""
    bound(office, provider)
    victim, attacker = office.visitor(), office.visitor()
    mine, theirs = provider.authorize(left(victim)), provider.authorize(left(attacker))
    code = parse_qs(urlsplit(mine).query)["code"][0]
    said = {name: values[0] for name, values in parse_qs(urlsplit(theirs).query).items()} | {"code": code}
    refused(attacker, back(attacker, f"/sign-in/from/ministry?{urlencode(said)}"), NOT_GOOD)


def test_an_answer_that_comes_too_late_is_refused(office: Office, provider: IdentityProvider) -> None:
    bound(office, provider)
    visitor = office.visitor()
    address = provider.authorize(left(visitor))
    office.hub.later(300)
    refused(visitor, back(visitor, address), NOT_BEGUN)


@pytest.mark.parametrize("says_issuer", [True, False])
def test_one_provider_cannot_pass_as_another(office: Office, provider: IdentityProvider, says_issuer: bool) -> None:
    """Mix-up (RFC 9207): an answer of one at the other's address, with the other's state."""
    bound(office, provider)
    with identity_provider(provider.clock) as rogue:
        known(office, rogue, "rogue", "Rogue")
        rogue.subject = provider.subject
        visitor = office.visitor()
        there = left(visitor, "rogue")
        own = office.visitor()
        assert rogue.authorize(there)
        refused(own, back(own, rogue.authorize(there)), NOT_BEGUN)
        refused(visitor, back(visitor, rogue.authorize(there)), NOTHING)  # its subject is not the other's

        visitor = office.visitor()
        asked = parse_qs(urlsplit(left(visitor, "rogue")).query)
        said = {"code": "a-code-of-the-ministry", "state": asked["state"][0]}
        if says_issuer:
            said["iss"] = provider.url
        refused(visitor, back(visitor, f"/sign-in/from/rogue?{urlencode(said)}"), NOT_GOOD)
        assert rogue.calls.count("/token") == 1  # the ministry's code never went to the rogue

        visitor = office.visitor()
        asked = parse_qs(urlsplit(left(visitor, "rogue")).query)
        refused(
            visitor,
            back(visitor, f"/sign-in/from/ministry?{urlencode({**said, 'state': asked['state'][0]})}"),
            NOT_BEGUN,
        )


@pytest.mark.parametrize("query", ["", "?state=x", "?code=x", "?error=access_denied", "?state=%FF&code=x", "?state=é"])
def test_what_was_never_asked_for_is_refused(office: Office, provider: IdentityProvider, query: str) -> None:
    visitor = office.visitor()
    refused(visitor, back(visitor, f"/sign-in/from/ministry{query}"), NOT_BEGUN)


def test_who_breaks_off_there_is_told_so_without_the_providers_words(
    office: Office, provider: IdentityProvider
) -> None:
    visitor = office.visitor()
    asked = parse_qs(urlsplit(left(visitor)).query)
    said = urlencode({"error": "access_denied", "error_description": "CANARY", "state": asked["state"][0]})
    answer = back(visitor, f"/sign-in/from/ministry?{said}")
    assert "CANARY" not in answer.text
    refused(visitor, answer, "Nobody signed in there")


@pytest.mark.parametrize(
    "target", ["//evil.example/", "https://evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_nobody_is_led_away_afterwards(office: Office, provider: IdentityProvider, target: str) -> None:
    bound(office, provider)
    visitor = office.visitor()
    answer = back(visitor, provider.authorize(left(visitor, query=f"?{urlencode({'next': target})}")))
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


ELSEWHERE: tuple[dict[str, Any], ...] = (
    {"issuer": "http://127.0.0.1:1"},
    {"issuer": None},
    {"token_endpoint": "http://127.0.0.1:1/token"},
    {"token_endpoint": "http://169.254.169.254/latest"},
    {"jwks_uri": "file:///etc/passwd"},
    {"authorization_endpoint": "javascript:alert(1)"},
    {"authorization_endpoint": "http://user@127.0.0.1:1/"},
    {"code_challenge_methods_supported": ["plain"]},
    {"response_types_supported": ["id_token"]},
    {"jwks_uri": 7},
)


def test_a_provider_that_sends_us_elsewhere_is_not_asked(office: Office, provider: IdentityProvider) -> None:
    for metadata in ELSEWHERE:
        provider.metadata = metadata
        answer = office.visitor().get("/sign-in/with/ministry")
        assert answer.status_code == 422 and AWAY in answer.text, metadata
        assert provider.url not in answer.text


def test_a_provider_that_is_away_holds_up_nobody_else(office: Office, provider: IdentityProvider) -> None:
    bound(office, provider)
    visitor = office.visitor()
    address = provider.authorize(left(visitor))
    provider.on_call = lambda path: (503, b"")
    answer = back(visitor, address)
    assert answer.status_code == 422
    other = office.visitor()
    assert other.sign_in(office.people["mara.ellend"]).status_code == 303


NO_KEYS = (b"x" * 300_000, json.dumps({"keys": [{}] * 101}).encode(), b"[]", b'{"keys": [7]}', b'{"keys": []}', b"\xff")


def test_keys_that_are_too_many_or_none_are_refused(office: Office, provider: IdentityProvider) -> None:
    bound(office, provider)
    for number, keys in enumerate(NO_KEYS):
        office.hub.later(601)
        provider.jwks = keys
        visitor = office.visitor(peer=f"192.0.2.{number}")
        assert back(visitor, provider.authorize(left(visitor))).status_code == 422
        assert visitor.get("/account").status_code == 303


def test_a_redirect_of_the_provider_is_not_followed(office: Office, provider: IdentityProvider) -> None:
    bound(office, provider)
    visitor = office.visitor()
    address = provider.authorize(left(visitor))
    provider.on_call = lambda path: (302, b"") if path == "/token" else None
    refused(visitor, back(visitor, address), AWAY)


def test_an_identity_opens_one_account_alone(office: Office, provider: IdentityProvider) -> None:
    bound(office, provider)
    other = office.signed_in("administrator", name="tomas.weyl")
    other.get("/account")
    page = other.fill("/account/identities/ministry")
    back(other, provider.authorize(link_in(page.text, provider)))
    assert other.fill("/account/identities").status_code == 409


def test_nobody_is_made_to_bind_an_identity_that_another_brought_back(
    office: Office, provider: IdentityProvider
) -> None:
    mine, theirs = office.signed_in("analyst"), office.signed_in("analyst", name="tomas.weyl")
    theirs.get("/account")
    page = theirs.fill("/account/identities/ministry")
    found = back(theirs, provider.authorize(link_in(page.text, provider)))
    sealed = found.text[found.text.index('name="found" value="') + 20 :].partition('"')[0]
    mine.get("/account")
    token = mine.csrf
    assert mine.post("/account/identities", {"csrf": token, "found": sealed}).status_code == 403
    assert mine.post("/account/identities", {"csrf": token, "found": sealed[:-8] + "AAAAAAAA"}).status_code == 401


def test_an_identity_is_removed_and_opens_nothing_then(office: Office, provider: IdentityProvider) -> None:
    bound(office, provider)
    by_provider = office.visitor()
    back(by_provider, provider.authorize(left(by_provider)))
    visitor = office.visitor()
    visitor.sign_in(office.people["mara.ellend"])
    visitor.get("/account")
    assert visitor.fill("/account/identities/ministry/drop").status_code == 303
    assert by_provider.get("/account").status_code == 303
    refused(by_provider, back(by_provider, provider.authorize(left(by_provider))), NOTHING)


def test_a_provider_that_is_removed_takes_its_identities_and_sessions_along(
    office: Office, provider: IdentityProvider
) -> None:
    bound(office, provider)
    visitor = office.visitor()
    back(visitor, provider.authorize(left(visitor)))
    late = office.visitor()
    address = provider.authorize(left(late))
    remove_provider(office.hub.node, OFFICER, RemoveProviderRequest(name="ministry"))
    assert visitor.get("/account").status_code == 303
    refused(late, back(late, address), NOT_BEGUN)
    assert late.get("/sign-in/with/ministry").status_code == 404


def test_a_level_of_assurance_that_is_asked_for_must_be_reached(office: Office, tmp_path: Path) -> None:
    with identity_provider(lambda: int(office.hub.clock.now) // 1000) as provider:
        known(office, provider, "ministry", "Foreign Ministry", acr=("high", "substantial"))
        bound(office, provider)
        visitor = office.visitor()
        there = left(visitor)
        assert parse_qs(urlsplit(there).query)["acr_values"] == ["high substantial"]
        provider.claims = {"acr": "low"}
        refused(visitor, back(visitor, provider.authorize(there)), NOT_GOOD)


def test_trying_again_and_again_is_stopped(office: Office, provider: IdentityProvider) -> None:
    visitor = office.visitor(peer="192.0.2.7")
    for _ in range(10):
        assert back(visitor, "/sign-in/from/ministry?state=x&code=y").status_code == 422
    assert back(visitor, "/sign-in/from/ministry?state=x&code=y").status_code == 503
    assert visitor.get("/sign-in/with/ministry").status_code == 503


def test_a_session_by_a_provider_makes_no_account_and_no_token(office: Office, provider: IdentityProvider) -> None:
    bound(office, provider, "administrator")
    visitor = office.visitor()
    back(visitor, provider.authorize(left(visitor)))
    visitor.get("/account")
    token = visitor.csrf
    fields = {"csrf": token, "title": "Eve", "name": "eve", "role-releaser": "1"}
    assert visitor.post("/administration/users", fields).status_code == 403
    answer = visitor.post("/account/tokens", {"csrf": token, "token_name": "p", "scopes": "*:write", "days": "90"})
    assert answer.status_code == 422 and "word is not enough" in answer.text
    assert "eve" not in [row["account"] for row in audited(office, "account add")]
