"""Tests sessions: kept as hashes, noted once a minute, gone with their time."""

import pytest

from comity.desk.sessions import ABSOLUTE_MS, IDLE_MS, begin_session, person_of, sign_out
from comity.errors import Unauthenticated
from comity.stores import accounts
from comity.values import Instant
from tests.support.desk import Office


def begun(office: Office) -> str:
    office.account("mara.ellend", "analyst")
    hub = office.hub
    with hub.node.store.write() as tx:
        row = accounts.account_named(tx, "mara.ellend")
        assert row is not None
        return begin_session(hub.node, tx, row, "password", "127.0.0.1", hub.clock.now)


def test_a_session_is_found_by_its_secret_and_kept_as_a_hash(office: Office) -> None:
    secret = begun(office)
    person = person_of(office.hub.node, secret)
    assert (person.name, person.roles, person.method) == ("mara.ellend", ("analyst",), "password")
    assert person.until == office.hub.clock.now + ABSOLUTE_MS
    assert len(secret) == 43 and secret.encode() not in person.session
    for other in ("", "x", secret[:-1], secret.lower(), "é" * 43):
        with pytest.raises(Unauthenticated):
            person_of(office.hub.node, other)


def test_use_is_noted_once_a_minute(office: Office) -> None:
    secret, hub = begun(office), office.hub
    seen = []
    for seconds in (30, 30, 59, 1):
        hub.later(seconds)
        key = person_of(hub.node, secret).session
        with hub.node.store.read() as tx:
            held = accounts.session(tx, key)
        assert held is not None
        seen.append(hub.clock.now - held.seen_ms)
    assert seen == [30_000, 0, 59_000, 0]


def test_a_signed_out_session_is_gone(office: Office) -> None:
    secret, hub = begun(office), office.hub
    sign_out(hub.node, person_of(hub.node, secret))
    with pytest.raises(Unauthenticated):
        person_of(hub.node, secret)


def test_old_sessions_are_swept_out_by_new_ones(office: Office) -> None:
    old, hub = begun(office), office.hub
    key = person_of(hub.node, old).session
    hub.clock.now = Instant(hub.clock.now + IDLE_MS)
    with pytest.raises(Unauthenticated):
        person_of(hub.node, old)
    hub.clock.now = Instant(hub.clock.now + ABSOLUTE_MS)
    with hub.node.store.write() as tx:
        row = accounts.account_named(tx, "mara.ellend")
        assert row is not None
        begin_session(hub.node, tx, row, "passkey", "127.0.0.1", hub.clock.now)
        assert accounts.session(tx, key) is None


def test_a_node_that_writes_nothing_still_shows_pages(office: Office) -> None:
    secret, hub = begun(office), office.hub
    hub.later(120)
    hub.node.store.read_only = "for a test"
    assert person_of(hub.node, secret).name == "mara.ellend"
