"""A draft is compared with what is in force: what flows, stops or changes its terms, to whom and by which clause."""

from hypothesis import given, settings
from hypothesis import strategies as st

from comity.rooms.release.explain import engine_of
from comity.rooms.release.what_if import Change, what_if
from comity.values import Tlp
from tests.support.agreements import (
    FREE,
    NOW,
    PARTIES,
    RURI,
    a_clause,
    an_agreement,
    an_engine,
    facts,
    in_force,
    some_clauses,
    some_facts,
    standing_with,
)

SHARE = a_clause("1", "share", 'tlp_at_most = "green"')
CLASSES = ((1, facts(), 700), (2, facts(tlp=Tlp.AMBER), 300), (3, facts("malware", personal="yes"), 5))


def told(changes: tuple[Change, ...]) -> list[tuple[str, int, str, int]]:
    return [(change.reader, change.class_no, change.effect, change.count) for change in changes]


def test_a_wider_share_lets_more_flow_and_counts_it() -> None:
    now, draft = an_engine(in_force(an_agreement(SHARE))), an_engine(in_force(an_agreement(a_clause("1", "share"))))

    changes = what_if(now, draft, [RURI], CLASSES)

    assert told(changes) == [(RURI, 2, "flows", 300)]
    assert changes[0].after.clauses == ("free-ruri/1",)


def test_a_withhold_stops_and_a_use_limit_changes() -> None:
    now = an_engine(in_force(an_agreement(SHARE)))
    more = a_clause("2", "withhold", "personal_data = true") + a_clause("3", "use_limit", 'purpose = "defence"')

    changes = what_if(now, an_engine(in_force(an_agreement(SHARE + more))), [RURI], CLASSES)

    assert told(changes) == [(RURI, 1, "changes", 700), (RURI, 3, "stops", 5)]
    assert changes[0].after.obligations == ("free-ruri/3",)
    assert changes[1].after.clauses == ("free-ruri/2",)


def test_the_same_agreement_changes_nothing() -> None:
    engine = an_engine(in_force(an_agreement(SHARE)))

    assert what_if(engine, an_engine(in_force(an_agreement(SHARE))), PARTIES, CLASSES) == ()


@settings(max_examples=40)
@given(some_clauses, some_clauses, st.lists(some_facts, max_size=8))
def test_what_if_agrees_with_asking_everything(old, new, held) -> None:  # type: ignore[no-untyped-def]
    now, draft = (engine_of([standing_with(clauses)], FREE, NOW) for clauses in (old, new))
    classes = [(i, one, 1) for i, one in enumerate(held)]

    opened = {
        (reader, i)
        for reader in PARTIES
        for i, one in enumerate(held)
        if (now.decide(reader, one).outcome == "permitted") != (draft.decide(reader, one).outcome == "permitted")
    }

    found = what_if(now, draft, PARTIES, classes)
    assert {(c.reader, c.class_no) for c in found if c.effect != "changes"} == opened
