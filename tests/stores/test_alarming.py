"""Tests that alarms are counted, listed and cleared, on every store."""

from comity.stores import alarming, directory
from comity.stores.opening import Store
from comity.stores.streams import StreamNo
from comity.values import instant

NOW = instant("2031-03-01T12:00:00Z")


def a_party(tx: object, name: str) -> int:
    return directory.add_party(
        tx,  # type: ignore[arg-type]
        name=name,
        title=name,
        kind="state",
        acts_for=None,
        default_tlp=None,
        is_self=False,
        now=NOW,
    ).no


def test_an_alarm_that_stands_is_counted_and_keeps_its_first_evidence(store: Store) -> None:
    with store.write() as tx:
        party = a_party(tx, "elbonia")
        for _ in range(3):
            alarming.raise_alarm(tx, party, "gap", "statement 1", NOW, b"proof")
        alarming.raise_alarm(tx, party, "gap", "statement 2", NOW, None)
        assert [(one.party, one.facts, one.evidence, one.times) for one in alarming.standing_alarms(tx)] == [
            ("elbonia", "statement 1", b"proof", 3),
            ("elbonia", "statement 2", None, 1),
        ]


def test_an_alarm_is_listed_without_its_evidence_and_cleared_once(store: Store) -> None:
    with store.write() as tx:
        one, other = a_party(tx, "elbonia"), a_party(tx, "sylvania")
        alarming.raise_alarm(tx, one, "gap", "statement 1", NOW, b"proof")
        alarming.raise_alarm(tx, other, "fork", "statement 2", NOW, None)
        first, second = alarming.alarm_lines(tx)
        assert (first.party, first.evidence_bytes, second.party, second.evidence_bytes) == ("elbonia", 5, "sylvania", 0)
        assert alarming.alarm_lines(tx, "sylvania") == [second]
        assert alarming.alarm_count(tx) == 2
        assert [alarming.clear_alarm(tx, first.no, NOW) for _ in range(2)] == [True, False]
        assert alarming.alarm_count(tx) == 1
        assert alarming.alarm_lines(tx) == [second]
        kept = alarming.alarm_of(tx, first.no)
        assert kept is not None
        assert (kept.kind, kept.evidence) == ("gap", b"proof")
        assert alarming.alarm_of(tx, second.no + 1) is None
        alarming.raise_alarm(tx, one, "gap", "statement 1", NOW, b"proof")
        assert len(alarming.alarm_lines(tx, "elbonia")) == 1, "what goes on is raised anew"


def test_an_alarm_on_a_gap_is_cleared_once_that_gap_is_filled(store: Store) -> None:
    with store.write() as tx:
        party = a_party(tx, "elbonia")
        for seq in (1, 2):
            gap = alarming.Gap(StreamNo(5), seq)
            alarming.raise_alarm(tx, party, "gap", f"statement {seq}", NOW, None, gap)
        alarming.raise_alarm(tx, party, "rollback", "statement 1", NOW, None)
        alarming.clear_filled(tx, "statement-gap", alarming.Gap(StreamNo(5), 1), NOW)
        alarming.clear_filled(tx, "gap", alarming.Gap(StreamNo(6), 1), NOW)
        assert len(alarming.alarm_lines(tx)) == 3, "of another kind, or another stream"
        alarming.clear_filled(tx, "gap", alarming.Gap(StreamNo(5), 1), NOW)
        assert [(one.kind, one.facts) for one in alarming.alarm_lines(tx)] == [
            ("gap", "statement 2"),
            ("rollback", "statement 1"),
        ]
