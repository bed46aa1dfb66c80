"""Tests the rows of outlets, on every store: one run at a time, and a dropped one goes on where it stood."""

from sqlalchemy import Connection

from comity.stores import directory, outlets
from comity.stores.opening import Store
from comity.stores.outlets import Outlet
from comity.values import Instant

NOW = Instant(1_900_000_000_000)
FOR_MS = 1_000


def an_outlet(tx: Connection) -> Outlet:
    party = directory.add_party(
        tx, name="elbonia", title="Elbonia", kind="state", acts_for=None, default_tlp=None, is_self=False, now=NOW
    )
    return outlets.add_outlet(tx, party.no, "https://peer.example/c/", NOW, readable=True)


def test_of_two_runs_one_has_the_outlet_until_its_lease_ends(store: Store) -> None:
    with store.write() as tx:
        no = an_outlet(tx).no
        assert outlets.claim(tx, no, NOW, FOR_MS)
        assert not outlets.claim(tx, no, Instant(NOW + FOR_MS - 1), FOR_MS)
        assert outlets.claim(tx, no, Instant(NOW + FOR_MS), FOR_MS)
        outlets.note_success(tx, no, NOW, Instant(NOW + 5))
        assert outlets.claim(tx, no, NOW, FOR_MS)


def test_a_lease_of_a_clock_that_was_years_ahead_holds_nothing(store: Store) -> None:
    with store.write() as tx:
        no = an_outlet(tx).no
        assert outlets.claim(tx, no, Instant(NOW + 10**11), FOR_MS)
        assert outlets.claim(tx, no, NOW, FOR_MS)


def test_a_paused_or_dropped_outlet_is_nobodys(store: Store) -> None:
    with store.write() as tx:
        no = an_outlet(tx).no
        outlets.set_paused(tx, no, NOW, paused=True)
        assert not outlets.claim(tx, no, NOW, FOR_MS) and not outlets.keep_claim(tx, no, NOW, FOR_MS)
        outlets.set_paused(tx, no, NOW, paused=False)
        assert outlets.claim(tx, no, NOW, FOR_MS) and outlets.keep_claim(tx, no, NOW, FOR_MS)
        outlets.drop(tx, no, NOW)
        assert not outlets.keep_claim(tx, no, NOW, FOR_MS)


def test_one_that_was_dropped_goes_on_where_it_stood(store: Store) -> None:
    with store.write() as tx:
        row = an_outlet(tx)
        outlets.move_on(tx, row.no, 77)
        outlets.drop(tx, row.no, NOW)
        assert outlets.all_outlets(tx) == []
        assert len(outlets.all_outlets(tx, dropped=True)) == 1
        again = outlets.add_outlet(tx, row.party_no, row.url, NOW, readable=False)
        assert (again.no, again.cursor_ms, again.readable, again.dropped_ms) == (row.no, 77, False, None)
        assert outlets.outlet(tx, row.no) == again


def test_failures_count_until_a_success(store: Store) -> None:
    with store.write() as tx:
        no = an_outlet(tx).no
        for _ in range(2):
            outlets.note_failure(tx, no, "x" * 1000, NOW, Instant(NOW + 1))
        row = outlets.outlet(tx, no)
        assert (row.failures, len(row.last_error or ""), row.due_ms) == (2, 500, NOW + 1)
        outlets.let_go(tx, no, Instant(NOW + 3))
        assert (outlets.outlet(tx, no).failures, outlets.outlet(tx, no).due_ms) == (2, NOW + 3)
        outlets.note_success(tx, no, NOW, Instant(NOW + 9))
        row = outlets.outlet(tx, no)
        assert (row.failures, row.last_error, row.done_ms, row.due_ms, row.lease_ms) == (0, None, NOW, NOW + 9, 0)
