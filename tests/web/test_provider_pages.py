"""Tests the page on identity providers: what administrators do there, what others see, and hostile words."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from comity.desk.sessions import FRESH_FOR_MS
from comity.values import Instant
from tests.support.desk import Office, an_office
from tests.support.identity_provider import CLIENT, SECRET, IdentityProvider, identity_provider
from tests.web.test_hostile import HOSTILE, check_inert

PAGE = "/administration/providers"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with an_office(tmp_path, outbound_networks=["127.0.0.0/8"]) as opened:
        yield opened


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    with identity_provider(lambda: 0) as served:
        yield served


def fields(provider: IdentityProvider, **said: str) -> dict[str, str]:
    named = {"title": "Foreign Ministry", "name": "ministry", "issuer": provider.url, "client_id": CLIENT}
    return named | {"secret": SECRET} | said


def test_a_provider_is_added_given_a_new_secret_and_removed(office: Office, provider: IdentityProvider) -> None:
    admin = office.signed_in("administrator")
    assert "Nobody signs in by an identity provider" in admin.get(PAGE).text
    assert admin.fill("/providers", **fields(provider)).status_code == 303
    page = admin.get(PAGE).text
    assert "One identity provider lets people in" in page and "http://localhost:8700/sign-in/from/" in page
    assert SECRET not in page and "kept in a file" in page
    assert admin.fill("/ministry/secret", secret="another").status_code == 303
    assert "another" in (office.hub.node.folder / "logins" / "provider-1.json").read_text()
    admin.get(PAGE)
    assert admin.fill("/ministry/remove").status_code == 303
    assert "No provider" in admin.get(PAGE).text


def test_what_cannot_be_is_told(office: Office, provider: IdentityProvider) -> None:
    admin = office.signed_in("administrator")
    for said, status in (({"name": "a b"}, 400), ({"issuer": "x"}, 400), ({"issuer": "http://[::1]:1"}, 403)):
        admin.get(PAGE)
        assert admin.fill("/providers", **fields(provider, **said)).status_code == status


def test_it_needs_a_sign_in_of_the_last_five_minutes(office: Office, provider: IdentityProvider) -> None:
    admin = office.signed_in("administrator")
    office.hub.clock.now = Instant(office.hub.clock.now + FRESH_FOR_MS)
    assert "Sign in again" in admin.get(PAGE).text
    admin.get("/account")
    assert admin.post(PAGE, {"csrf": admin.csrf, **fields(provider)}).status_code == 403


def test_others_see_nothing_of_it_and_the_auditor_changes_nothing(office: Office, provider: IdentityProvider) -> None:
    for role, status in (("analyst", 404), ("operator", 404), ("auditor", 200)):
        visitor = office.signed_in(role, name=f"some.{role}")  # type: ignore[arg-type]
        assert visitor.get(PAGE).status_code == status
        visitor.get("/account")
        token = visitor.csrf
        assert visitor.post(PAGE, {"csrf": token, **fields(provider)}).status_code == 404
        assert visitor.post(f"{PAGE}/ministry/remove", {"csrf": token}).status_code == 404


def test_hostile_words_stay_words(office: Office, provider: IdentityProvider) -> None:
    admin = office.signed_in("administrator")
    for words in HOSTILE[::3]:
        admin.get(PAGE)
        answer = admin.fill("/providers", **fields(provider, title=words))
        if answer.status_code == 303:
            for path in (PAGE, "/account"):
                check_inert(admin.get(path).text)
            check_inert(office.visitor().get("/sign-in").text)
            admin.get(PAGE)
            admin.fill("/ministry/remove")
        else:
            check_inert(answer.text)
