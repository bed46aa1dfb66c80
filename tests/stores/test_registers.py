"""Tests what every store keeps to answer for: audit, repeated requests, statuses, quarantine."""

import hashlib

from sqlalchemy import Connection

from comity.stores import registers
from comity.stores.opening import Store
from comity.stores.registers import ROW_BYTES, Refused
from comity.values import Instant
from tests.support.stores import NOW

CAP = 1 << 20


def refuse(
    store: Store, tx: Connection, body: bytes | None, *, path: str = "$", origin: str = "a.json", version: int = 1
) -> bool:
    return registers.quarantine_all(store, tx, [refused(body, path=path, origin=origin, version=version)], CAP) == 1


def refused(body: bytes | None, *, path: str = "$", origin: str = "a.json", version: int = 1) -> Refused:
    digest = hashlib.sha256(body or b"-").digest()
    return Refused(1, digest, "no-id", path, len(body or b""), origin, NOW, version, body)


def test_audit_lines_stay_in_order(store: Store) -> None:
    with store.write() as tx:
        for verb in ("item import", "item erase"):
            registers.note(tx, at=NOW, actor="duty", via="cli", verb=verb, facts="{}")
    with store.read() as tx:
        rows = registers.audit_rows(tx)
        assert [row.verb for row in rows] == ["item import", "item erase"]
        assert [row.verb for row in registers.audit_rows(tx, rows[0].no)] == ["item erase"]
        assert len(registers.audit_rows(tx, limit=1)) == 1


def test_an_undone_act_leaves_no_audit_line(store: Store) -> None:
    try:
        with store.write() as tx:
            registers.note(tx, at=NOW, actor="duty", via="cli", verb="item erase", facts="{}")
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        pass
    with store.read() as tx:
        assert registers.audit_rows(tx) == []


def test_an_answer_is_given_again_to_the_same_actor_only(store: Store) -> None:
    with store.write() as tx:
        registers.remember_answer(tx, "duty", "k", b"h" * 32, b"{}", NOW)
        assert registers.earlier_answer(tx, "duty", "k") == (b"h" * 32, b"{}")
        assert registers.earlier_answer(tx, "other", "k") is None
        assert registers.earlier_answer(tx, "duty", "l") is None


def test_an_answer_that_names_what_is_erased_is_emptied_and_all_are_forgotten_in_time(store: Store) -> None:
    with store.write() as tx:
        registers.remember_answer(tx, "duty", "k", b"h" * 32, b'{"id":"tool--1","name":"x"}', NOW)
        registers.remember_answer(tx, "duty", "l", b"h" * 32, b'{"id":"tool--2"}', Instant(NOW + 1))
        assert registers.empty_answers(tx, {b"tool--1", b"tool--9"}) == 1
        assert registers.earlier_answer(tx, "duty", "k") == (b"h" * 32, b"")
        assert registers.earlier_answer(tx, "duty", "l") == (b"h" * 32, b'{"id":"tool--2"}')
        registers.forget_answers(tx, Instant(NOW + 1))
        assert [registers.earlier_answer(tx, "duty", key) is None for key in "kl"] == [True, False]


def test_a_status_is_its_submitters_alone_and_is_forgotten_in_time(store: Store) -> None:
    with store.write() as tx:
        registers.put_status(tx, "s1", 1, b"{}", NOW)
        registers.put_status(tx, "s2", 1, b"[]", Instant(NOW + 1))
        assert registers.status_of(tx, "s1", 1) == b"{}"
        assert registers.status_of(tx, "s1", 2) is None
        assert registers.status_of(tx, "s1\0", 1) is None
        assert registers.forget_statuses(tx, Instant(NOW + 1)) == 1
        assert registers.status_of(tx, "s1", 1) is None
        assert registers.status_of(tx, "s2", 1) == b"[]"


def test_the_same_input_is_quarantined_once_and_its_bytes_are_counted(store: Store) -> None:
    with store.write() as tx:
        assert registers.quarantined_bytes(tx) == 0
        assert refuse(store, tx, b"12345")
        assert not refuse(store, tx, b"12345")
        assert refuse(store, tx, b"123")
        assert refuse(store, tx, None)
        assert registers.quarantined_bytes(tx) == 8
        for row in registers.quarantine_rows(tx):
            registers.leave_quarantine(tx, row.no)
        assert registers.quarantined_bytes(tx) == 0
        assert registers.quarantine_rows(tx) == []


def test_what_an_older_reading_refused_is_tried_once_by_a_newer_one(store: Store) -> None:
    with store.write() as tx:
        refuse(store, tx, b"old")
        refuse(store, tx, b"new", version=2)
        refuse(store, tx, None)
        assert [row.body for row in registers.to_retry(tx, 2)] == [b"old"]
        registers.retried(tx, registers.to_retry(tx, 2)[0].no, 2)
        assert registers.to_retry(tx, 2) == []


def test_a_file_and_a_path_with_hostile_names_are_kept_legibly(store: Store) -> None:
    with store.write() as tx:
        refuse(store, tx, b"x", path="$.a\0b", origin="caf\udce9\ud800.json")
        (row,) = registers.quarantine_rows(tx)
    assert row.path == "$.a\\0b"
    assert row.origin == "caf\\udce9\\ud800.json"


def test_beyond_the_cap_one_line_stands_for_all_of_an_origin_and_reason(store: Store) -> None:
    with store.write() as tx:
        garbage = [refused(b"%d" % n) for n in range(100)]
        assert registers.quarantine_all(store, tx, garbage, 10 * ROW_BYTES + 5) == 11
        assert registers.quarantine_all(store, tx, [refused(b"%d" % n) for n in range(100, 200)], 10 * ROW_BYTES) == 0
        assert registers.quarantine_all(store, tx, [refused(b"x", origin="b.json")], 10 * ROW_BYTES) == 1
        rows = registers.quarantine_rows(tx)
    assert [row.body is None for row in rows] == [False] * 10 + [True] * 2


def test_content_in_quarantine_is_given_by_its_source_beyond_one_reading(store: Store) -> None:
    bodies = [b"%d" % n for n in range(registers.BODIES_AT_ONCE + 5)]
    with store.write() as tx:
        registers.quarantine_all(store, tx, [refused(body) for body in bodies], CAP)
        registers.quarantine_all(store, tx, [refused(b"other")._replace(source_no=2), refused(None)], CAP)

        assert sorted(body for _, body in registers.quarantined_bodies(tx, {1})) == sorted(bodies)
        assert [body for _, body in registers.quarantined_bodies(tx, {2, 3})] == [b"other"]


def test_a_status_is_changed_for_its_submitter_alone(store: Store) -> None:
    with store.write() as tx:
        registers.put_status(tx, "s1", 1, b"{}", NOW)
        registers.put_status(tx, "s2", 2, b"{}", NOW)

        assert list(registers.statuses_of(tx, {1})) == [("s1", b"{}")]
        registers.change_status(tx, "s1", b"[]")

        assert (registers.status_of(tx, "s1", 1), registers.status_of(tx, "s2", 2)) == (b"[]", b"{}")


def test_audit_lines_of_one_verb_are_counted_and_the_latest_given_first(store: Store) -> None:
    with store.write() as tx:
        for n, verb in enumerate(("spillage", "item import", "spillage", "spillage")):
            registers.note(tx, at=Instant(NOW + n), actor="node", via="intake", verb=verb, facts="{}")

        count, rows = registers.audit_of(tx, "spillage", 2)

        assert (count, [row.at_ms - NOW for row in rows]) == (3, [3, 2])
        assert registers.audit_of(tx, "doctor", 2) == (0, [])


def test_the_quarantine_is_told_by_source_and_reason(store: Store) -> None:
    with store.write() as tx:
        lines = [refused(b"%d" % number)._replace(at_ms=100 - number) for number in range(3)]
        registers.quarantine_all(store, tx, [*lines, refused(b"x")._replace(reason="other", at_ms=7)], CAP)
        groups = registers.quarantine_groups(tx)
        assert [(one.lines, one.oldest_ms) for one in groups] == [(3, 98), (1, 7)]
        assert registers.quarantine_count(tx) == 4
