"""Tests the rows of what is read from others, on every store."""

from comity.stores import directory, subscribing
from comity.stores.opening import Store
from comity.stores.subscribing import HOUR_MS, LAG_HOURS, LagHour
from comity.values import Instant

NOW = Instant(1_900_000_000_000)


def test_a_subscription_moves_on_once_for_each_page(store: Store) -> None:
    with store.write() as tx:
        party = directory.add_party(
            tx, name="elbonia", title="Elbonia", kind="state", acts_for=None, default_tlp=None, is_self=False, now=NOW
        )
        first = subscribing.subscribe(tx, party.no, "https://peer.example/a/", None, NOW)
        second = subscribing.subscribe(tx, party.no, "https://peer.example/b/", "https://peer.example/in/", NOW)
        assert (first.no, second.no) == (1, 2)
        assert subscribing.advance(tx, first, "2030-01-01T00:00:00Z", 5)
        assert not subscribing.advance(tx, first, "2030-01-02T00:00:00Z", 5)
        again = subscribing.subscription(tx, first.no)
        assert again is not None and (again.cursor, again.objects) == ("2030-01-01T00:00:00Z", 5)


def test_failures_count_until_a_success(store: Store) -> None:
    with store.write() as tx:
        party = directory.add_party(
            tx, name="elbonia", title="Elbonia", kind="state", acts_for=None, default_tlp=None, is_self=False, now=NOW
        )
        row = subscribing.subscribe(tx, party.no, "https://peer.example/a/", None, NOW)
        for n in range(2):
            subscribing.note_failure(tx, row.no, "x" * 1000, NOW, Instant(NOW + n))
        (named,) = subscribing.all_subscriptions(tx)
        assert (named.party, named.row.failures, len(named.row.last_error or "")) == ("elbonia", 2, 500)
        subscribing.note_success(tx, row.no, NOW, Instant(NOW + 9))
        found = subscribing.subscription(tx, row.no)
        assert found is not None
        assert (found.failures, found.last_error, found.synced_ms, found.due_ms) == (0, None, NOW, NOW + 9)
        subscribing.set_paused(tx, row.no, NOW, paused=True)
        subscribing.unsubscribe(tx, row.no)
        assert subscribing.all_subscriptions(tx) == []


def test_lags_are_counted_by_hour_and_kept_for_a_week(store: Store) -> None:
    hour = Instant(NOW - NOW % HOUR_MS)
    with store.write() as tx:
        subscribing.note_lag(tx, 1, None, 0, hour, failed=True)
        subscribing.note_lag(tx, 1, 7, 5, Instant(hour + 1), failed=False)
        subscribing.note_lag(tx, 1, 3, 2, Instant(hour + HOUR_MS - 1), failed=False)
        subscribing.note_lag(tx, 2, 9, 1, Instant(hour + HOUR_MS), failed=False)
        first, other = LagHour(1, hour, 7, 7, 3, 1), LagHour(2, hour + HOUR_MS, 9, 1, 1, 0)
        assert subscribing.lags_since(tx, hour) == {1: [first], 2: [other]}
        assert subscribing.lags_since(tx, Instant(hour + 1)) == {2: [other]}
        later = Instant(hour + LAG_HOURS * HOUR_MS)
        subscribing.note_lag(tx, 1, 1, 0, later, failed=False)
        assert subscribing.lags_since(tx, hour) == {1: [LagHour(1, later, 1, 0, 1, 0)], 2: [other]}, "bounded"
        subscribing.unsubscribe(tx, 2)
        assert 2 not in subscribing.lags_since(tx, hour)
