"""Tests what is kept of content that is taken in beside requests, on every database."""

from comity.stores import taking
from comity.stores.opening import open_store
from comity.stores.taking import IntakeRow
from comity.values import Instant

NOW, LATER = Instant(1_000), Instant(2_000)


def a_row(name: str, **said: object) -> IntakeRow:
    row = IntakeRow(name, "mara", "web", "analyst", "drop.json", int(NOW), "waiting", 0, 0, None, None, None)
    return row._replace(**said)  # type: ignore[arg-type]


def test_it_goes_on_ends_once_and_is_listed_to_who_asked(address: str) -> None:
    store = open_store(address)
    with store.write() as tx:
        for row in (
            a_row("a"),
            a_row("b", asked_ms=NOW + 1),
            a_row("c", asked_by="tomas"),
            a_row("d", asked_via="api"),
        ):
            taking.add_intake(tx, row)
        assert [row.id for row in taking.intakes_of(tx, "mara", "web", 2)] == ["b", "a"]
        assert taking.running_count(tx) == 4 and taking.intake(tx, "x") is None
        taking.go_on(tx, "a", taking.KEEPING, 250, 900, b"so far")
        row = taking.intake(tx, "a")
        assert row is not None and (row.state, row.done, row.total, row.answer) == ("keeping", 250, 900, b"so far")
        taking.end(tx, "a", taking.DONE, None, b"all", LATER)
        taking.end(tx, "a", taking.FAILED, "too late", None, LATER)
        row = taking.intake(tx, "a")
        assert row is not None and (row.state, row.error, row.answer, row.ended_ms) == ("done", None, b"all", LATER)
        assert taking.running_count(tx) == 3
    store.close()


def test_what_became_of_it_can_be_changed_and_is_forgotten_in_the_end(address: str) -> None:
    store = open_store(address)
    with store.write() as tx:
        for row in (a_row("a"), a_row("b")):
            taking.add_intake(tx, row)
        taking.end(tx, "a", taking.DONE, None, b"all", NOW)
        assert taking.answers(tx) == [("a", b"all")]
        taking.change_answer(tx, "a", b"less")
        assert taking.answers(tx) == [("a", b"less")]
        assert taking.forget_ended(tx, NOW) == 0 and taking.forget_ended(tx, LATER) == 1
        assert taking.intake(tx, "a") is None and taking.intake(tx, "b") is not None
    store.close()
