"""Tests what counts as taken, pending, failed or unknown, whatever a server says of a submission."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.rooms.exchange.submitting import NOT_SAID, STILL_PENDING, Outcome, Said, Sent, Word, judge_status

V = "2031-02-01T00:00:00.000Z"
SENT = [Sent("indicator--1", V), Sent("indicator--2", V), Sent("domain-name--3", "")]
TAKEN, PENDING, UNSAID = Outcome("taken"), Outcome("pending"), Outcome("unknown", NOT_SAID)
FAILED = Outcome("failed", "no")


def said(**more: Any) -> Said:
    return Said(**{"complete": True, "successes": 0, "failures": 0, **more})


def words(*names: str, version: str = V, message: str = "") -> tuple[Word, ...]:
    return tuple(Word(name, version, message) for name in names)


ALL = ("indicator--1", "indicator--2", "domain-name--3")


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (said(successes=3, taken=words(*ALL)), [TAKEN, TAKEN, TAKEN]),
        (said(successes=3), [TAKEN, TAKEN, TAKEN]),
        (said(successes=2, failures=1, refused=words("indicator--2", message="no")), [TAKEN, FAILED, TAKEN]),
        (said(successes=2, failures=1), [UNSAID, UNSAID, UNSAID]),
        (said(successes=0), [UNSAID, UNSAID, UNSAID]),
        (said(successes=1, taken=words("indicator--1")), [TAKEN, UNSAID, UNSAID]),
        (said(complete=False), [PENDING, PENDING, PENDING]),
        (said(complete=False, successes=1, taken=words("indicator--1")), [TAKEN, PENDING, PENDING]),
        (said(successes=2, waiting=words("indicator--1")), [Outcome("unknown", STILL_PENDING), TAKEN, TAKEN]),
    ],
)  # fmt: skip
def test_each_object_gets_what_is_said_of_it(told: Said, expected: list[Outcome]) -> None:
    assert judge_status(SENT, told) == expected


def test_words_on_other_objects_and_other_versions_count_for_nothing() -> None:
    other = words("indicator--9", "malware--1") + words("indicator--1", version="2031-03-01T00:00:00Z")
    assert judge_status(SENT, said(taken=other, refused=other, successes=0)) == [UNSAID, UNSAID, UNSAID]


def test_a_version_counts_by_its_time_and_an_object_without_one_by_its_id() -> None:
    told = said(successes=3, taken=words(*ALL, version="2031-02-01T00:00:00Z"))
    assert judge_status(SENT, told) == [TAKEN, TAKEN, TAKEN]
    assert judge_status(SENT[:1], said(taken=words("indicator--1", version="yesterday")))[0].fate == "unknown"


def test_where_a_server_contradicts_itself_the_worse_word_counts() -> None:
    told = said(successes=3, taken=words(*ALL), refused=words("indicator--1", message="no"), failures=1)
    assert [one.fate for one in judge_status(SENT, told)] == ["failed", "taken", "taken"]


@given(
    st.booleans(),
    st.integers(-5, 9),
    st.integers(-5, 9),
    st.lists(st.sampled_from([*SENT, Sent("x--1", V)]), max_size=8),
    st.lists(st.sampled_from([*SENT, Sent("x--1", V)]), max_size=8),
)
def test_a_complete_status_leaves_nothing_pending_and_claims_no_more_than_was_said(
    complete: bool, successes: int, failures: int, taken: list[Sent], refused: list[Sent]
) -> None:
    told = Said(
        complete=complete,
        successes=successes,
        failures=failures,
        taken=tuple(Word(one.id, one.version) for one in taken),
        refused=tuple(Word(one.id, one.version) for one in refused),
    )
    fates = [one.fate for one in judge_status(SENT, told)]
    assert len(fates) == len(SENT)
    assert not (complete and "pending" in fates)
    named = {one.id for one in taken}
    assert sum(fate == "taken" for fate in fates) <= max(successes, 0) + len(named)
