"""Tests that an account is the guest of one party, and what is kept for that party's people, on every store."""

import pytest
from sqlalchemy import Connection, select

from comity.errors import ComityError
from comity.stores import accounts, directory, guests, keeping, stating
from comity.stores.account_tables import guest_acts
from comity.stores.opening import Store
from comity.stores.tables import ACT
from comity.values import Instant
from tests.support.stores import a_record, keep

NOW = Instant(1_000)


def enter(tx: Connection, name: str) -> int:
    named = {"name": name, "title": name, "kind": "company", "acts_for": None, "default_tlp": None, "is_self": False}
    return directory.add_party(tx, **named, now=NOW).no  # type: ignore[arg-type]


def test_a_guest_is_of_one_party_for_good(store: Store) -> None:
    with store.write() as tx:
        north, ruri = enter(tx, "northwind-energy"), enter(tx, "ruritania-csirt")
        row = accounts.add_account(tx, "nora", "Nora", "guest", b"h" * 32, NOW)
        assert guests.guest_of(tx, row.no) is None and not guests.has_guests(tx, north)
        guests.add_guest(tx, row.no, north)
        found = guests.guest_of(tx, row.no)
        assert found is not None and (found.party, found.before_ms) == ("northwind-energy", None)
        assert (guests.has_guests(tx, north), guests.has_guests(tx, ruri)) == (True, False)
        assert guests.has_guests(tx, north, coming=True)
        accounts.set_disabled(tx, row.no, NOW)
        assert (guests.has_guests(tx, north), guests.has_guests(tx, north, coming=True)) == (True, False)
    with pytest.raises(ComityError), store.write() as tx:
        guests.add_guest(tx, row.no, ruri)


def test_what_came_since_the_visit_before_the_last_is_new(store: Store) -> None:
    with store.write() as tx:
        guests.add_guest(tx, 7, enter(tx, "northwind-energy"))
        for moment, before in ((10, None), (20, 10), (30, 20)):
            guests.note_visit(tx, 7, Instant(moment))
            guests.note_visit(tx, 8, Instant(moment))
            found = guests.guest_of(tx, 7)
            assert found is not None and found.before_ms == before


def test_an_act_is_noted_once_and_given_by_its_kind(store: Store) -> None:
    (first,) = keep(store, a_record("x-comity-retraction--1", family=ACT, body=b"bytes"))
    with store.write() as tx:
        for no in (first, first):
            guests.note_act(tx, 2, no)
        assert tx.execute(select(guest_acts.c.record_no)).scalars().all() == [first]
        (told,) = guests.acts_for(tx, 2, ("x-comity-retraction",), 10)
        assert (told.record_no, told.stix_id, told.envelope) == (first, "x-comity-retraction--1", b"bytes")
        assert guests.acts_for(tx, 2, ("x-comity-erasure",), 10) == []
        assert guests.acts_for(tx, 3, ("x-comity-retraction",), 10) == []


def test_the_last_word_on_an_item_counts_and_only_of_the_party_itself(store: Store) -> None:
    (item,) = keep(store, a_record())
    with store.write() as tx:
        held = keeping.held_record(tx, item)
        assert held is not None
        levels = ((51, 2, "seen"), (52, 2, "stored"), (53, 3, "declined"), (54, 2, "accepted"))
        stating.note_receipts(store, tx, [(no, held.sha256, party, level, 1) for no, party, level in levels])
        assert guests.answers_of(tx, 2, [item, 999]) == {item: "accepted"}
        assert guests.answers_of(tx, 4, [item]) == {}
