"""Tests what is kept of acts that wait, on every database: each is decided once, and what it held goes then."""

from comity.stores import approving
from comity.stores.approving import PendingRow
from comity.stores.opening import open_store
from comity.values import Instant

NOW, LATER = Instant(1_000), Instant(2_000)


def a_row(no: int, **said: object) -> PendingRow:
    row = PendingRow(
        no=no, verb="item erase", sealed=b"sealed", request_sha256=b"r" * 32, challenge=b"c" * 32, asked_by="mara",
        asked_via="web", asked_role="releaser", device=None, reason="why", asked_ms=NOW, until_ms=LATER, state="open",
    )  # fmt: skip
    return row._replace(**said)  # type: ignore[arg-type]


def test_an_act_is_decided_once_and_within_its_time(address: str) -> None:
    store = open_store(address)
    with store.write() as tx:
        assert approving.next_number(tx) == 1
        approving.add_pending(tx, a_row(1))
        assert approving.next_number(tx) == 2
        assert approving.open_like(tx, b"r" * 32, "mara", NOW) == a_row(1)
        assert approving.open_like(tx, b"r" * 32, "tomas", NOW) is None
        assert not approving.decide(tx, 1, "done", "tomas", "passkey", "", LATER)
        assert approving.decide(tx, 1, "done", "tomas", "passkey", "", NOW)
        assert not approving.decide(tx, 1, "refused", "ines", "", "no", NOW)
        row = approving.pending(tx, 1)
        assert row is not None and (row.state, row.sealed, row.decided_by) == ("done", None, "tomas")
        assert approving.open_pendings(tx, NOW) == [] and approving.pending(tx, 2) is None
    store.close()


def test_what_was_done_by_one_is_unreviewed_until_it_is_reviewed(address: str) -> None:
    store = open_store(address)
    with store.write() as tx:
        for no, method in ((1, "break-glass"), (2, "passkey"), (3, "break-glass")):
            approving.add_pending(tx, a_row(no))
            approving.decide(tx, no, "done", "mara", method, "why", Instant(NOW + 10 - no))
        assert [row.no for row in approving.unreviewed(tx)] == [3, 1]
        assert approving.review(tx, 1, "tomas", "fine", NOW)
        assert not approving.review(tx, 1, "tomas", "again", NOW) and not approving.review(tx, 2, "tomas", "x", NOW)
        assert [row.no for row in approving.unreviewed(tx)] == [3]
        assert [row.no for row in approving.latest(tx, 3, 5)] == [2, 1]
        assert [row.no for row in approving.latest(tx, 9, 1)] == [3]
    store.close()


def test_what_waited_too_long_is_dropped(address: str) -> None:
    store = open_store(address)
    with store.write() as tx:
        approving.add_pending(tx, a_row(1))
        approving.add_pending(tx, a_row(2, until_ms=5_000))
        assert approving.expire(tx, LATER) == 1
        late, other = approving.pending(tx, 1), approving.pending(tx, 2)
        assert late is not None and (late.state, late.sealed) == ("expired", None)
        assert other is not None and other.state == "open"
    store.close()


def test_acts_are_found_by_all_that_they_are_about(address: str) -> None:
    store = open_store(address)
    item, other, to = b"i" * 32, b"o" * 32, b"t" * 32
    with store.write() as tx:
        approving.add_pending(tx, a_row(1, verb="release grant"), (item, to, to))
        approving.add_pending(tx, a_row(2, verb="release grant"), (item, other, to))
        approving.add_pending(tx, a_row(3, verb="item erase"), (item, to))
        approving.decide(tx, 1, "refused", "tomas", "", "no", NOW)
        assert [row.no for row in approving.pendings_about(tx, "release grant", (item, to))] == [2, 1]
        assert [row.no for row in approving.pendings_about(tx, "release grant", (other, to))] == [2]
        assert approving.pendings_about(tx, "release grant", (b"x" * 32, to)) == []
    store.close()
