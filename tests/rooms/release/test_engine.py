"""The engine decides as the guide says, agrees with an oracle, and takes anything unclear as a refusal."""

import cedarpy
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.records.facts import FACTS_VERSION
from comity.rooms.release.engine import ERROR, Decision, Engine, ask, differing, to_ask_again
from comity.rooms.release.policy import STANDING_REFUSALS, audience, context, decides, policy_text, refusal_set
from comity.rooms.release.standing import operational
from comity.values import Tlp, instant
from tests.support.agreements import (
    FREE,
    NORTH,
    NOW,
    PARTIES,
    RURI,
    SYLD,
    a_clause,
    an_agreement,
    an_engine,
    clause_of,
    facts,
    in_force,
    oracle,
    some_adherents,
    some_clauses,
    some_facts,
    standing_with,
)


def test_share_permits_own_holdings_and_names_its_clause() -> None:
    engine = an_engine(in_force(an_agreement(a_clause("4(1)", "share"))))

    assert engine.decide(RURI, facts()) == Decision(outcome="permitted", clauses=("free-ruri/4(1)",))


def test_share_does_not_pass_on_what_came_from_others() -> None:
    engine = an_engine(in_force(an_agreement(a_clause("1", "share"), parties=(FREE, RURI, NORTH))))

    assert engine.decide(RURI, facts(originator=NORTH)).outcome == "silent"


def test_consent_of_the_originator_extends_share_to_its_material() -> None:
    engine = an_engine(in_force(an_agreement(a_clause("1", "share"))))

    assert engine.decide(RURI, facts(originator=NORTH, consents=(RURI,))).outcome == "permitted"
    assert engine.decide(RURI, facts(originator=NORTH, consents=(SYLD,))).outcome == "silent"


@pytest.mark.parametrize(
    ("conditions", "held", "outcome"),
    [
        ('tlp_at_most = "green"', facts(tlp=Tlp.GREEN), "permitted"),
        ('tlp_at_most = "green"', facts(tlp=Tlp.AMBER), "silent"),
        ('tlp_at_most = "amber"', facts(tlp=Tlp.AMBER_STRICT), "silent"),
        ('types = ["malware"]', facts("indicator"), "silent"),
        ('types = ["other"]', facts("other"), "permitted"),
        ('categories = ["threat"]', facts("malware"), "permitted"),
        ('categories = ["threat"]', facts("indicator"), "silent"),
        ("", facts(classification=1), "silent"),
        ("classification_at_most = 2", facts(classification=2), "permitted"),
        ("personal_data = false", facts(personal="undetermined"), "silent"),
        ("personal_data = false", facts(personal="no"), "permitted"),
        ("personal_data = true", facts(personal="yes"), "permitted"),
    ],
)
def test_share_speaks_only_under_its_conditions(conditions: str, held: msgspec.Struct, outcome: str) -> None:
    engine = an_engine(in_force(an_agreement(a_clause("1", "share", conditions))))

    assert engine.decide(RURI, held).outcome == outcome  # type: ignore[arg-type]  # the table holds facts


def test_share_names_who_gives_and_who_receives() -> None:
    clauses = a_clause("1", "share", f'from = ["{RURI}"]') + a_clause("2", "share", f'to = ["{NORTH}"]')
    engine = an_engine(in_force(an_agreement(clauses, parties=(FREE, RURI, NORTH))))

    assert engine.decide(RURI, facts()).outcome == "silent"
    assert engine.decide(NORTH, facts()).clauses == ("free-ruri/2",)


def test_forward_opens_what_came_from_another_party() -> None:
    clauses = a_clause("5", "forward", f'from = ["{NORTH}"]\nto = ["{RURI}"]\nby = ["{FREE}"]')
    engine = an_engine(in_force(an_agreement(clauses, parties=(FREE, RURI, NORTH, SYLD))))

    assert engine.decide(RURI, facts(originator=NORTH)).clauses == ("free-ruri/5",)
    assert engine.decide(RURI, facts(originator=SYLD)).outcome == "silent"
    assert engine.decide(RURI, facts(originator=FREE)).outcome == "silent"
    assert engine.decide(SYLD, facts(originator=NORTH)).outcome == "silent"


def test_forward_never_sends_back_to_the_originator() -> None:
    engine = an_engine(in_force(an_agreement(a_clause("5", "forward"), parties=(FREE, RURI, NORTH))))

    assert engine.decide(NORTH, facts(originator=NORTH)).outcome == "silent"
    assert engine.decide(RURI, facts(originator=NORTH)).outcome == "permitted"


def test_forward_works_only_for_those_who_may_pass_on() -> None:
    clauses = a_clause("5", "forward", f'by = ["{SYLD}"]')
    engine = an_engine(in_force(an_agreement(clauses, parties=PARTIES)))

    assert engine.decide(RURI, facts(originator=NORTH)).outcome == "silent"


@pytest.mark.parametrize("personal", ["yes", "undetermined"])
def test_withhold_of_personal_data_refuses_in_doubt_too(personal: str) -> None:
    clauses = a_clause("4", "share") + a_clause("6", "withhold", "personal_data = true")
    engine = an_engine(in_force(an_agreement(clauses)))

    assert engine.decide(RURI, facts(personal=personal)) == Decision(outcome="forbidden", clauses=("free-ruri/6",))
    assert engine.decide(RURI, facts(personal="no")).outcome == "permitted"


def test_withhold_of_one_agreement_holds_against_share_of_another() -> None:
    other = msgspec.structs.replace(an_agreement(a_clause("1", "share")), id="other")
    other = msgspec.structs.replace(other, clauses=(msgspec.structs.replace(other.clauses[0], id="other/1"),))
    withhold = an_agreement(a_clause("6", "withhold", 'tlp_at_least = "amber"'))
    engine = an_engine(in_force(withhold), in_force(other))

    assert engine.decide(RURI, facts(tlp=Tlp.AMBER)).clauses == ("free-ruri/6",)
    assert engine.decide(RURI, facts(tlp=Tlp.GREEN)).clauses == ("other/1",)


def test_use_limit_and_redact_go_with_what_is_permitted_only() -> None:
    clauses = (
        a_clause("1", "share")
        + a_clause("2", "use_limit", 'purpose = "network defence"')
        + a_clause("3", "redact", 'properties = ["description", "name"]\ntypes = ["malware"]')
        + a_clause("4", "redact", 'properties = ["name", "aliases"]')
    )
    engine = an_engine(in_force(an_agreement(clauses)))

    indicator, malware = engine.decide_many(RURI, [facts(), facts("malware")])
    assert (indicator.obligations, indicator.redact) == (("free-ruri/2",), ("aliases", "name"))
    assert malware.redact == ("aliases", "description", "name")
    assert engine.decide(RURI, facts(tlp=Tlp.RED)).obligations == ()


def test_a_redaction_of_what_the_type_requires_refuses() -> None:
    clauses = a_clause("1", "share") + a_clause("2", "redact", 'properties = ["description", "pattern"]')
    engine = an_engine(in_force(an_agreement(clauses)))

    assert engine.decide(RURI, facts("indicator")) == Decision(outcome="forbidden", clauses=("free-ruri/2",))
    assert engine.decide(RURI, facts("malware")).redacted_by == ("free-ruri/2",)


@pytest.mark.parametrize(
    ("held", "refusal"),
    [
        (facts(tlp=Tlp.RED), "handling/tlp-red"),
        (facts(restricted=True), "handling/unknown-restriction"),
        (facts(originator_control=True), "handling/originator-control"),
    ],
)
def test_handling_rules_refuse_whatever_the_clauses_say(held: msgspec.Struct, refusal: str) -> None:
    engine = an_engine(in_force(an_agreement(a_clause("1", "share"))))

    assert engine.decide(RURI, held) == Decision(outcome="forbidden", clauses=(refusal,))  # type: ignore[arg-type]


def test_consent_lifts_originator_control() -> None:
    engine = an_engine(in_force(an_agreement(a_clause("1", "share"))))

    assert engine.decide(RURI, facts(originator_control=True, consents=(RURI,))).outcome == "permitted"


def test_silence_is_the_default_and_lets_companions_flow() -> None:
    engine = Engine([], FREE)

    assert engine.decide(RURI, facts()) == Decision(outcome="silent")
    assert engine.decide(RURI, facts("identity")) == Decision(outcome="silent", companion=True)
    assert not engine.decide(RURI, facts("identity", tlp=Tlp.RED)).companion


def test_nothing_is_released_to_ourselves_by_clause() -> None:
    assert an_engine(in_force(an_agreement(a_clause("1", "share")))).decide(FREE, facts()).outcome == "silent"


def test_a_decision_lasts_until_the_soonest_end_of_what_decided() -> None:
    clauses = a_clause("1", "share", "ends = 2026-09-01") + a_clause(
        "2", "use_limit", 'purpose = "x"\nends = 2026-08-01'
    )
    engine = an_engine(in_force(an_agreement(clauses, head="in_force_until = 2026-12-31")))

    assert engine.decide(RURI, facts()).valid_until == instant("2026-08-01")


def test_facts_of_another_version_are_refused() -> None:
    engine = an_engine(in_force(an_agreement(a_clause("1", "share"))))
    odd = msgspec.structs.replace(facts(), version=FACTS_VERSION + 1)

    assert [d.clauses for d in engine.decide_many(RURI, [odd, facts()])] == [("engine/error",), ("free-ruri/1",)]


def test_two_clauses_with_one_id_are_refused() -> None:
    clauses = operational(in_force(an_agreement(a_clause("1", "share"))), FREE, NOW)

    with pytest.raises(ValueError, match="one id"):
        Engine([*clauses, *clauses], FREE)


GARBLED: tuple[object, ...] = (None, "zzz", "", 9, -1, ["no"], {})


BROKEN = [
    (fact, garbled)
    for fact in msgspec.to_builtins(context(RURI, facts()))
    for garbled in ("absent", *GARBLED)
    if not (fact in ("originator", "received_from") and garbled == "zzz")  # any text can be a party's name
]


@pytest.mark.parametrize(("fact", "garbled"), BROKEN, ids=repr)
def test_a_missing_or_garbled_fact_is_refused(fact: str, garbled: object) -> None:
    (share,) = operational(in_force(an_agreement(a_clause("1", "share"))), FREE, NOW)
    policies = cedarpy.PolicySet.from_str(refusal_set([policy_text(share, FREE)]))
    sound = msgspec.to_builtins(context(RURI, facts()))
    assert ask(policies, [sound])[0][0] == "permitted"

    broken = {key: value for key, value in sound.items() if key != fact}
    if garbled != "absent":
        broken[fact] = garbled
    outcome, reasons = ask(policies, [broken])[0]
    assert outcome == "forbidden"
    assert set(reasons) <= set(STANDING_REFUSALS)


def test_a_policy_that_errs_refuses_although_cedar_would_allow() -> None:
    policies = cedarpy.PolicySet.from_str(
        '@id("a/1") permit (principal, action, resource);\n'
        '@id("a/2") forbid (principal, action, resource) when { context.nowhere == 1 };'
    )

    assert ask(policies, [context(RURI, facts())]) == [("forbidden", ("engine/error",))]


def test_a_policy_without_a_name_refuses() -> None:
    policies = cedarpy.PolicySet.from_str("permit (principal, action, resource);")

    assert ask(policies, [context(RURI, facts())]) == [("forbidden", ("engine/error",))]


@settings(max_examples=80)
@given(some_clauses, some_adherents, st.lists(some_facts, min_size=1, max_size=25), st.sampled_from(PARTIES))
def test_engine_agrees_with_the_oracle(clauses, adhered, classes, me) -> None:  # type: ignore[no-untyped-def]
    operating = operational(standing_with(clauses, adhered), me, NOW)
    engine = Engine(operating, me)

    for reader in PARTIES:
        for held, decided in zip(classes, engine.decide_many(reader, classes), strict=True):
            assert (decided.outcome, set(decided.clauses), set(decided.obligations), set(decided.redact)) == oracle(
                operating, me, reader, held
            )


@settings(max_examples=60)
@given(some_clauses, some_adherents, st.lists(some_facts, min_size=1, max_size=25))
def test_each_reader_gets_what_cedar_says_to_its_clauses_alone(clauses, adhered, classes) -> None:  # type: ignore[no-untyped-def]
    operating = operational(standing_with(clauses, adhered), FREE, NOW)
    shared = Engine(operating, FREE)

    for reader in PARTIES:
        own = [c for c in operating if reader in audience(c, FREE) and decides(c.clause)]
        # One set with everything in it, so that Cedar itself lets forbid win.
        policies = cedarpy.PolicySet.from_str(refusal_set(policy_text(c, FREE) for c in own))
        verdicts = ask(policies, [context(reader, held) for held in classes])
        for verdict, decided in zip(verdicts, shared.decide_many(reader, classes), strict=True):
            spoilt = decided.outcome == "forbidden" and verdict[0] == "permitted"  # by a redaction, tested elsewhere
            assert spoilt or (decided.outcome, decided.clauses) == verdict


@settings(max_examples=25)
@given(some_clauses, st.lists(some_facts, min_size=1, max_size=10), st.randoms(use_true_random=False))
def test_what_was_asked_before_does_not_matter(clauses, classes, random) -> None:  # type: ignore[no-untyped-def]
    shared = an_engine(standing_with(clauses))
    asked = [(reader, held) for reader in PARTIES for held in classes]
    random.shuffle(asked)

    for reader, held in asked:
        assert shared.decide(reader, held) == an_engine(standing_with(clauses)).decide(reader, held)


def test_a_clause_that_errs_refuses_the_class_to_everyone() -> None:
    clauses = a_clause("1", "share") + a_clause("2", "redact", f'properties = ["description"]\nfrom = ["{FREE}"]')
    for broken in ("free-ruri/1", "free-ruri/2"):
        engine = an_engine(in_force(an_agreement(clauses)))
        engine._policies[broken] = engine._policies[broken].replace("when { ", "when { context.nowhere == 1 && ")

        assert engine.decide(RURI, facts("malware")) == ERROR


@settings(max_examples=25)
@given(some_clauses, some_facts, st.randoms(use_true_random=False))
def test_the_order_of_clauses_does_not_matter(clauses, held, random) -> None:  # type: ignore[no-untyped-def]
    operating = list(operational(standing_with(clauses), FREE, NOW))
    before = [Engine(operating, FREE).decide(reader, held) for reader in PARTIES]
    random.shuffle(operating)

    assert [Engine(operating, FREE).decide(reader, held) for reader in PARTIES] == before


@settings(max_examples=30)
@given(some_clauses, clause_of(["withhold"]), some_facts)
def test_adding_a_withhold_never_permits(clauses, added, held) -> None:  # type: ignore[no-untyped-def]
    before, after = an_engine(standing_with(clauses)), an_engine(standing_with([*clauses, added]))

    for reader in PARTIES:
        if after.decide(reader, held).outcome == "permitted":
            assert before.decide(reader, held).outcome == "permitted"


@settings(max_examples=30)
@given(some_clauses, clause_of(["share", "forward"]), some_facts)
def test_adding_a_share_or_forward_never_forbids(clauses, added, held) -> None:  # type: ignore[no-untyped-def]
    before, after = an_engine(standing_with(clauses)), an_engine(standing_with([*clauses, added]))

    for reader in PARTIES:
        was, is_now = before.decide(reader, held).outcome, after.decide(reader, held).outcome
        assert is_now == was or (was, is_now) == ("silent", "permitted")


@settings(max_examples=30)
@given(some_clauses, some_clauses, st.lists(some_facts, min_size=1, max_size=10))
def test_what_need_not_be_asked_again_has_the_same_answer(old, new, classes) -> None:  # type: ignore[no-untyped-def]
    before, after = an_engine(standing_with(old)), an_engine(standing_with([*old[:2], *new]))

    for reader in PARTIES:
        again = to_ask_again(differing(before, after), FREE, reader, classes)
        kept = [held for i, held in enumerate(classes) if i not in again]
        assert before.decide_many(reader, kept) == after.decide_many(reader, kept)


def test_what_another_passed_on_goes_back_to_neither_of_the_two() -> None:
    agreement = an_agreement(a_clause("5", "forward"), parties=(FREE, RURI, NORTH, SYLD))
    relayed = facts(originator=NORTH, received_from=RURI)

    engine = an_engine(in_force(agreement))

    assert [engine.decide(reader, relayed).outcome for reader in (NORTH, RURI, SYLD)] == [
        "silent", "silent", "permitted",
    ]  # fmt: skip
