"""Tests that what was seen of a peer's log moves on from what it was, and from nothing else."""

from comity.stores import stating, streams, witnessing
from comity.stores.opening import Store
from comity.stores.stating import HeldStatement
from comity.stores.tables import ACT
from comity.stores.witnessing import LogCheck, PeerLog
from comity.values import Instant
from tests.support.stores import NOW, a_record, keep

SEEN = PeerLog(7, 1, "freedonia-csirt/comity/1", 16, b"r" * 32, b"note", "key", 1000)


def test_a_log_is_kept_and_moves_on_from_what_was_seen(store: Store) -> None:
    later = SEEN._replace(size=32, root=b"s" * 32, seen_ms=2000)
    with store.write() as tx:
        assert witnessing.put_peer_log(tx, None, SEEN)
        assert not witnessing.put_peer_log(tx, None, SEEN)
        assert witnessing.put_peer_log(tx, SEEN, later)
        assert not witnessing.put_peer_log(tx, SEEN, later._replace(size=48))
        assert witnessing.peer_logs_of(tx, 7) == [later]
        assert witnessing.peer_logs_of(tx, 8) == []


def test_the_logs_of_a_peer_are_given_in_their_order(store: Store) -> None:
    second = SEEN._replace(no=2, origin="freedonia-csirt/comity/2", size=0)
    with store.write() as tx:
        witnessing.put_peer_log(tx, None, SEEN)
        assert witnessing.put_peer_log(tx, None, second)
        assert not witnessing.put_peer_log(tx, None, SEEN._replace(origin="freedonia-csirt/comity/3"))
        assert [one.no for one in witnessing.peer_logs_of(tx, 7)] == [1, 2]


def test_a_look_is_noted_with_the_last_time_that_all_was_in_order(store: Store) -> None:
    with store.write() as tx:
        assert witnessing.log_check(tx, 7) is None
        witnessing.note_check(tx, 7, "bad", Instant(1))
        assert witnessing.log_check(tx, 7) == LogCheck(7, 1, None, "bad")
        witnessing.note_check(tx, 7, "", Instant(2))
        witnessing.note_check(tx, 7, "x" * 1000, Instant(3))
        assert witnessing.log_check(tx, 7) == LogCheck(7, 3, 2, "x" * witnessing.LONGEST_ERROR)


def test_what_came_after_a_log_last_grew_is_found_by_its_first(store: Store) -> None:
    act = a_record("x-comity-adherence--1", source_no=7, class_no=0, family=ACT)
    keep(store, act, a_record("x-comity-adherence--2", source_no=8, class_no=0, family=ACT))
    with store.write() as tx:
        assert witnessing.came_since(tx, 7, NOW) is None
        assert witnessing.came_since(tx, 7, NOW - 1) == NOW
        stream = streams.open_stream(tx, 7, "view")
        for seq, at in ((1, NOW - 50), (2, NOW + 50)):
            stating.hold_statement(tx, stream.no, HeldStatement(seq, bytes([seq]) * 32, b"{}"), "", Instant(at))
        found = [witnessing.came_since(tx, 7, NOW + since) for since in (-100, -10, 0, 50)]
        assert found == [NOW - 50, NOW, NOW + 50, None]
