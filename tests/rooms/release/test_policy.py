"""One policy a clause: what its text says, whom it concerns, and that its words cannot break out of it."""

import hashlib

import cedarpy
import pytest

from comity.rooms.release.policy import (
    RULES_VERSION,
    SCHEMA,
    audience,
    context,
    policy_text,
    reaches,
    refusal_set,
    saying_set,
    touches,
)
from comity.rooms.release.standing import OperationalClause, operational
from tests.support.agreements import FREE, NORTH, NOW, RURI, SYLD, a_clause, an_agreement, facts, in_force

THREE = (FREE, RURI, NORTH)


def operating(clauses: str) -> tuple[OperationalClause, ...]:
    return operational(in_force(an_agreement(clauses, parties=THREE)), FREE, NOW)


def test_a_share_clause_is_one_policy_that_names_its_article() -> None:
    (clause,) = operating(a_clause("4(1)", "share", 'types = ["malware"]'))
    text = policy_text(clause, FREE)

    assert text == (
        '@id("free-ruri/4(1)")\npermit (principal, action, resource)\n'
        'when { (context.originator == "freedonia-csirt" || context.consented)'
        ' && context.tlp <= 2 && context.classification <= 0 && context.type == "malware" };'
    )


@pytest.mark.parametrize("article", ["4(1)", "§ 5/2", "ст. 4", "a{b}", "x //", "第4条"])
def test_any_article_gives_a_policy_that_fits_the_schema(article: str) -> None:
    share, redact = operating(a_clause(article, "share") + a_clause(f"{article}+", "redact", 'properties = ["name"]'))

    for text in (refusal_set([policy_text(share, FREE)]), saying_set([policy_text(redact, FREE)])):
        assert cedarpy.validate_policies(text, SCHEMA).validation_passed
        assert article in str(cedarpy.PolicySet.from_str(text))


def test_the_version_of_the_rules_is_raised_when_their_words_change() -> None:
    clauses = (
        a_clause("1", "share", 'types = ["file"]\ncategories = ["threat"]\npersonal_data = false')
        + a_clause("2", "forward")
        + a_clause("3", "withhold", f'tlp_at_least = "amber"\nclassification_at_least = 1\noriginators = ["{NORTH}"]')
        + a_clause("4", "redact", 'properties = ["name"]\npersonal_data = true')
    )
    words = refusal_set(policy_text(clause, FREE) for clause in operating(clauses))

    # Nodes keep decisions. If this digest changes, raise RULES_VERSION with it, or they go on by the old rules.
    assert (RULES_VERSION, hashlib.sha256(words.encode()).hexdigest()[:16]) == (2, "fc13cc5a5c814e84")


def test_without_attaching_clauses_there_is_no_second_set() -> None:
    assert saying_set([]) == ""


def test_a_clause_concerns_those_it_names_and_never_ourselves() -> None:
    (clause,) = operating(a_clause("1", "share", f'to = ["{RURI}"]'))

    (for_all,) = operating(a_clause("1", "share"))

    assert audience(clause, FREE) == {RURI}
    assert audience(for_all, FREE) == {RURI, NORTH}
    assert audience(for_all, SYLD) == frozenset()


def test_a_clause_touches_only_what_it_may_decide() -> None:
    share, forward = operating(a_clause("1", "share", 'types = ["file"]') + a_clause("2", "forward"))

    assert touches(share, FREE, RURI, facts("file"))
    assert not touches(share, FREE, RURI, facts("malware"))
    assert not touches(share, FREE, RURI, facts("file", originator=NORTH))
    assert touches(share, FREE, RURI, facts("file", originator=NORTH, consents=(RURI,)))
    assert touches(forward, FREE, RURI, facts(originator=NORTH))
    assert not touches(forward, FREE, RURI, facts())
    assert not reaches(forward, "file", own=True, consented=True)


def test_facts_towards_a_reader_say_whether_it_gave_or_may_have_them() -> None:
    seen = context(RURI, facts(originator=RURI, consents=(RURI, NORTH)))

    assert (seen.own, seen.consented) == (True, True)
    assert not context(SYLD, facts()).own
