"""Tests whom an identity lets in; the whole way is tested at the page."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from comity.desk.begin_account import WaitingAccount, founding_code
from comity.desk.identities import (
    begin_by_identity,
    bind_identity,
    drop_identity,
    identities_of,
    may_begin_by_identity,
    offers,
    sign_in_by_identity,
)
from comity.desk.sessions import FRESH_FOR_MS, Person, person_of
from comity.errors import Conflict, NotFound, NotPermitted, Unauthenticated
from comity.stores import accounts, identities
from comity.values import Instant
from comity.wire.id_token import Identity
from tests.support.desk import Office, an_office

MARA = Identity(issuer="https://a.example", subject="4711")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with an_office(tmp_path) as opened:
        with opened.hub.node.store.write() as tx:
            identities.add_provider(
                tx, name="ministry", title="Ministry", issuer="https://a.example", client_id="x", acr="", origins="",
                now=opened.hub.clock.now,
            )  # fmt: skip
        yield opened


def person(office: Office, name: str, method: str = "password") -> Person:
    office.account(name, "analyst")
    with office.hub.node.store.read() as tx:
        row = accounts.account_named(tx, name)
    assert row is not None
    now = office.hub.clock.now
    return Person(
        no=row.no, name=name, title=name, roles=("analyst",), method=method, since=now, until=now, session=b""
    )


def test_an_identity_opens_the_account_it_was_bound_to_and_says_how(office: Office) -> None:
    mara, node = person(office, "mara.ellend"), office.hub.node
    assert [one.title for one in offers(node)] == ["Ministry"]
    bind_identity(node, mara, "ministry", MARA)
    (held,) = identities_of(node, mara)
    assert held.used_at is None
    found = person_of(node, sign_in_by_identity(node, "ministry", MARA, "192.0.2.1"))
    assert (found.name, found.method) == ("mara.ellend", "identity")
    assert identities_of(node, mara)[0].used_at is not None


@pytest.mark.parametrize(
    ("provider", "identity"),
    [
        ("ministry", Identity(issuer="https://b.example", subject="4711")),
        ("ministry", Identity(issuer="https://a.example", subject="4712")),
        ("agency", MARA),
    ],
)
def test_the_same_subject_of_another_issuer_opens_nothing(office: Office, provider: str, identity: Identity) -> None:
    bind_identity(office.hub.node, person(office, "mara.ellend"), "ministry", MARA)
    with pytest.raises(Unauthenticated):
        sign_in_by_identity(office.hub.node, provider, identity, "192.0.2.1")


def test_binding_needs_who_has_just_shown_to_the_node_who_they_are(office: Office) -> None:
    mara = person(office, "mara.ellend", "identity")
    with pytest.raises(NotPermitted):
        bind_identity(office.hub.node, mara, "ministry", MARA)
    tomas = person(office, "tomas.weyl", "passkey")
    office.hub.clock.now = Instant(office.hub.clock.now + FRESH_FOR_MS)
    with pytest.raises(NotPermitted):
        bind_identity(office.hub.node, tomas, "ministry", MARA)


def test_an_identity_is_bound_once_and_an_account_has_one_of_a_provider(office: Office) -> None:
    mara, tomas = person(office, "mara.ellend"), person(office, "tomas.weyl")
    bind_identity(office.hub.node, mara, "ministry", MARA)
    for who, identity in ((tomas, MARA), (mara, Identity(issuer="https://a.example", subject="9"))):
        with pytest.raises(Conflict, match="this identity is bound already, or your account has another"):
            bind_identity(office.hub.node, who, "ministry", identity)
    with pytest.raises(NotFound):
        drop_identity(office.hub.node, tomas, "ministry")
    drop_identity(office.hub.node, mara, "ministry")
    bind_identity(office.hub.node, tomas, "ministry", MARA)


def test_the_first_account_of_a_node_begins_without_a_provider(office: Office) -> None:
    code = founding_code(office.hub.node)
    assert code is not None and not may_begin_by_identity(WaitingAccount())
    with pytest.raises(Unauthenticated):
        begin_by_identity(office.hub.node, code, "ministry", MARA, "192.0.2.1")


def test_the_only_way_in_is_not_removed(office: Office) -> None:
    mara, node = person(office, "mara.ellend"), office.hub.node
    bind_identity(node, mara, "ministry", MARA)
    with node.store.write() as tx:
        held = identities.identities_of(tx, mara.no)
        accounts.forget_ways_in(tx, mara.no)
        identities.add_identity(tx, held[0])
    with pytest.raises(Conflict, match="only way in"):
        drop_identity(node, mara, "ministry")
