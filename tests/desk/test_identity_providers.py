"""Tests which providers may be added, where their secrets lie, and what goes with one."""

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from comity.desk.actor import Actor
from comity.desk.identity_providers import (
    AddProviderRequest,
    ChangeProviderRequest,
    ListProvidersRequest,
    RemoveProviderRequest,
    add_provider,
    change_provider,
    client_of,
    list_providers,
    must_be_provider,
    remove_provider,
)
from comity.errors import ComityError, Conflict, NotFound, NotPermitted, RecordRejected, Unreachable, UsageError
from comity.stores import registers
from tests.support.identity_provider import CLIENT, IdentityProvider, identity_provider
from tests.support.nodes import OFFICER, Freedonia, freedonia


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Freedonia]:
    with freedonia(tmp_path, outbound_networks=["127.0.0.0/8"]) as opened:
        yield opened


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    with identity_provider(lambda: 0) as served:
        yield served


def asked(provider: IdentityProvider, **said: Any) -> AddProviderRequest:
    fields = {"name": "ministry", "title": "Ministry", "issuer": provider.url, "client_id": CLIENT, "secret": "geheim"}
    return AddProviderRequest(**(fields | said))


def test_a_provider_is_listed_without_its_secret_which_lies_in_a_file(
    hub: Freedonia, provider: IdentityProvider
) -> None:
    view = add_provider(hub.node, OFFICER, asked(provider))
    assert view.returns_to.endswith("/sign-in/from/ministry") and view.has_secret
    listed = list_providers(hub.node, OFFICER, ListProvidersRequest())
    assert listed.providers == (view,) and b"geheim" not in msgspec.json.encode(listed)
    file = hub.node.folder / "logins" / "provider-1.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and "geheim" in file.read_text()
    with hub.node.store.read() as tx:
        assert all("geheim" not in row.facts for row in registers.audit_rows(tx))
        assert client_of(hub.node, must_be_provider(tx, "ministry")).secret == "geheim"


def test_a_secret_is_replaced_and_goes_with_the_provider(hub: Freedonia, provider: IdentityProvider) -> None:
    add_provider(hub.node, OFFICER, asked(provider))
    changed = change_provider(hub.node, OFFICER, ChangeProviderRequest(name="ministry", title="Office", secret="new"))
    assert changed.title == "Office"
    file = hub.node.folder / "logins" / "provider-1.json"
    assert "new" in file.read_text() and "geheim" not in file.read_text()
    remove_provider(hub.node, OFFICER, RemoveProviderRequest(name="ministry"))
    assert not file.exists()
    with pytest.raises(NotFound):
        remove_provider(hub.node, OFFICER, RemoveProviderRequest(name="ministry"))


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"name": "Ministry"}, UsageError),
        ({"name": "a/b"}, UsageError),
        ({"title": "\u202e"}, UsageError),
        ({"client_id": ""}, UsageError),
        ({"client_id": "é"}, UsageError),
        ({"secret": "é"}, UsageError),
        ({"acr": ("a b",)}, UsageError),
        ({"origins": ("https://a.example/path",)}, UsageError),
        ({"issuer": "ftp://a.example"}, UsageError),
        ({"issuer": "http://[::1]:1"}, NotPermitted),
        ({"issuer": "http://127.0.0.1:1"}, Unreachable),
    ],
)
def test_what_cannot_be_a_provider_is_refused_and_leaves_nothing(
    hub: Freedonia, provider: IdentityProvider, said: dict[str, Any], error: type[ComityError]
) -> None:
    with pytest.raises(error):
        add_provider(hub.node, OFFICER, asked(provider, **said))
    assert list_providers(hub.node, OFFICER, ListProvidersRequest()).providers == ()
    assert not (hub.node.folder / "logins").exists()


def test_a_provider_that_says_it_is_another_is_refused(hub: Freedonia, provider: IdentityProvider) -> None:
    provider.metadata = {"issuer": "https://login.example"}
    with pytest.raises(RecordRejected):
        add_provider(hub.node, OFFICER, asked(provider))


def test_a_name_and_an_issuer_are_there_once(hub: Freedonia, provider: IdentityProvider) -> None:
    add_provider(hub.node, OFFICER, asked(provider))
    with pytest.raises(Conflict):
        add_provider(hub.node, OFFICER, asked(provider, name="other"))


def test_no_program_with_a_token_changes_who_lets_people_in(hub: Freedonia, provider: IdentityProvider) -> None:
    program = Actor(name="ada", role="administrator", via="api")
    with pytest.raises(NotPermitted):
        add_provider(hub.node, program, asked(provider))
    with pytest.raises(NotPermitted):
        change_provider(hub.node, program, ChangeProviderRequest(name="ministry", secret="x"))
    with pytest.raises(NotPermitted):
        remove_provider(hub.node, program, RemoveProviderRequest(name="ministry"))


def test_secrets_are_not_shown_by_mistake(provider: IdentityProvider) -> None:
    assert "geheim" not in repr(asked(provider)) + repr(ChangeProviderRequest(name="a", secret="geheim"))
