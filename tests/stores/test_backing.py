"""Tests that every store lists backups, and finds those that may hold a record."""

from comity.stores import backing
from comity.stores.opening import Store
from comity.stores.tables import ACT
from comity.values import Instant
from tests.support.stores import NOW, a_record, keep


def test_a_backup_may_hold_what_was_kept_before_it_and_until_it_is_destroyed(store: Store) -> None:
    with store.write() as tx:
        assert (backing.last_record(tx), backing.all_backups(tx)) == (0, [])
        one = backing.note_backup(tx, NOW, "/b/1.tar", b"1" * 32, 10, with_keys=False)
        two = backing.note_backup(tx, NOW, "/b/2.tar", b"2" * 32, 20, with_keys=True)
        assert [row.no for row in backing.holding(tx, [10, 15])] == [one, two]
        assert [row.no for row in backing.holding(tx, [11])] == [two]
        assert backing.holding(tx, [21]) == []
        assert [row.no for row in backing.holding(tx, [])] == [one, two], "what was in quarantine has no number"
        assert backing.destroy(tx, two, NOW)
        assert not backing.destroy(tx, two, NOW)
        assert not backing.destroy(tx, 77, NOW)
        assert [row.no for row in backing.holding(tx, [5])] == [one]
        assert [(row.sha256, row.with_keys, row.destroyed_ms) for row in backing.all_backups(tx)] == [
            (b"1" * 32, False, None),
            (b"2" * 32, True, int(NOW)),
        ]


def test_one_that_is_being_written_may_hold_everything(store: Store) -> None:
    with store.write() as tx:
        number = backing.note_backup(tx, NOW, "/b/1.tar", b"", backing.ALL, with_keys=False)
        assert [row.no for row in backing.holding(tx, [1_000_000_000])] == [number]
        backing.complete(tx, number, b"1" * 32, 10)
        assert backing.holding(tx, [11]) == []
        assert [(row.sha256, row.last_no) for row in backing.all_backups(tx)] == [(b"1" * 32, 10)]
        backing.forget(tx, number)
        assert backing.all_backups(tx) == []


def test_acts_of_erasure_are_counted_from_a_time_on(store: Store) -> None:
    assert keep(store, a_record("x-comity-erasure--1", class_no=0, family=ACT)) == [1]
    with store.read() as tx:
        assert backing.last_record(tx) == 1
        assert backing.erasures_since(tx, 0) == 1
        assert backing.erasures_since(tx, int(Instant(NOW + 10**9))) == 0
