"""Tests that codes have words, and that a code of a newer version is shown as it is."""

from typing import get_args

from comity.desk.peers import PeerView
from comity.rooms.release.explain import NextStep
from comity.rooms.release.standing import State
from comity.texts import speaking
from comity.web import words


def test_every_state_and_step_has_words_in_every_language() -> None:
    with speaking("en_XA"):
        said = [words.agreement_state(state) for state in get_args(State)]
        said += [words.next_step(step) for step in get_args(NextStep)]
        said += [words.outcome_word(name) for name in ("goes", "redacted", "refused")]
        said += [words.officer_said(level) for level in ("seen", "accepted", "declined", "need-time")]
        said += [words.item_state(state) for state in ("live", "withdrawn", "erased")]
        said += [words.alarm_title(kind, "x") for kind in ("gap", "fork", "something-new")]
    assert [one for one in said if not one.startswith("⟦")] == []


def test_a_code_that_is_not_known_is_shown_as_it_is() -> None:
    assert words.agreement_state("new-state") == "new-state"
    assert words.next_step(None) == words.officer_said("stored") == ""
    assert "something-new" in words.alarm_title("something-new", "Ruritania")
    assert words.clause_kind("no_forward") == "no forward"


def test_a_relation_keeps_its_own_word() -> None:
    assert words.relation_word("related-to", outward=True) == "related to"
    assert words.relation_word("names", outward=True) == "names"
    assert words.relation_word("names", outward=False) == "named by"


def test_a_peer_that_fails_is_silent() -> None:
    said = {"party": "x", "number": 1, "url": "", "submits": False, "objects": 0, "since": "", "tried_at": None}
    said |= {"synced_at": None, "next_at": "", "failures": 1, "last_error": None, "statement": None, "missing": 0}
    assert words.peer_state(PeerView(state="failing", **said)) == "silent"  # type: ignore[arg-type]
    assert words.peer_state(PeerView(state="other", **said)) == "other"  # type: ignore[arg-type]
