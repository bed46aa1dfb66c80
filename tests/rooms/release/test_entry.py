"""When an agreement is in force, and for whom: thresholds, those without whom it is not, and days to wait."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.errors import AgreementRejected
from comity.rooms.release.entry import DAY_MS, Entry, entered, in_force_since, read_entry
from comity.values import Instant, PartyName
from tests.support.agreements import FREE, NORTH, PARTIES, RURI, START, SYLD, an_agreement


def after(days: int) -> Instant:
    return Instant(START + days * DAY_MS)


def test_without_a_rule_all_must_consent_and_the_last_decides() -> None:
    since = {FREE: after(1), RURI: after(5), NORTH: after(3)}
    assert entered(Entry(), PARTIES, since, START) is None
    assert entered(Entry(), PARTIES, {**since, SYLD: after(2)}, START) == after(5)


def test_it_enters_into_force_so_many_days_after_so_many_consents() -> None:
    rule = Entry(consents=2, days=30)
    since = {FREE: after(1), RURI: after(5), NORTH: after(90)}
    assert entered(rule, PARTIES, {FREE: after(1)}, START) is None
    assert entered(rule, PARTIES, since, START) == after(35)
    assert in_force_since(rule, PARTIES, since, START) == {FREE: after(35), RURI: after(35), NORTH: after(120)}


def test_it_waits_for_those_without_whom_it_is_not_in_force() -> None:
    rule = Entry(consents=2, required=(NORTH,))
    assert entered(rule, PARTIES, {FREE: after(1), RURI: after(2)}, START) is None
    assert entered(rule, PARTIES, {FREE: after(1), RURI: after(2), NORTH: after(9)}, START) == after(9)


def test_it_is_never_in_force_before_its_own_date() -> None:
    assert entered(Entry(), (FREE, RURI), {FREE: Instant(0), RURI: Instant(0)}, START) == START


consents = st.dictionaries(st.sampled_from(PARTIES), st.integers(0, 400).map(after))
rules = st.builds(
    Entry,
    consents=st.sampled_from([0, 2, 3, 4]),
    required=st.lists(st.sampled_from(PARTIES), unique=True).map(tuple),
    days=st.integers(0, 90),
)


@given(rules, consents, st.sampled_from(PARTIES), st.integers(0, 400))
def test_a_further_consent_never_delays_nor_undoes_it(
    rule: Entry, since: dict[PartyName, Instant], party: PartyName, day: int
) -> None:
    before = entered(rule, PARTIES, since, START)
    later = entered(rule, PARTIES, {party: after(day), **since}, START)
    if before is not None and rule.consents:
        assert later is not None and later <= before
    in_force = in_force_since(rule, PARTIES, since, START)
    assert all(start >= since[name] for name, start in in_force.items())
    assert not in_force or min(in_force.values()) == before


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("entry_into_force = 5", "entry_into_force"),
        ("[entry_into_force]\nconsents = 1", "entry_into_force.consents"),
        ("[entry_into_force]\nconsents = 5", "entry_into_force.consents"),
        ("[entry_into_force]\nrequired = ['elbonia']", "entry_into_force.required"),
        ("[entry_into_force]\ndays = -1", "entry_into_force.days"),
        ("[entry_into_force]\ndays = 99999", "entry_into_force.days"),
        ("[entry_into_force]\nprovisional = 'yes'", "entry_into_force.provisional"),
        ("[entry_into_force]\nconsent = 2", "entry_into_force.consent"),
        ("binding = 'signature'", "binding"),
        ("survival = 'burn'", "survival"),
        ("notice_days = 1.5", "notice_days"),
        ("depositary = 'Concord Secretariat'", "depositary"),
        ("languages = ['English']", "languages[0]"),
        ("reservable = ['9']", "reservable[0]"),
    ],
)
def test_what_is_no_rule_is_refused_at_its_place(text: str, path: str) -> None:
    clauses = "\n[[clause]]\narticle = '1'\nkind = 'poc'\n"
    with pytest.raises(AgreementRejected) as refused:
        an_agreement(clauses, head=text, parties=PARTIES)
    assert refused.value.path == path


def test_the_final_clauses_are_read() -> None:
    head = """binding = "ratification"
depositary = "concord-secretariat"
languages = ["en", "fr"]
notice_days = 90
suspension_notice_days = 5
survival = "destroy"
reservable = ["1"]
[entry_into_force]
consents = 3
required = ["freedonia-csirt"]
days = 30
provisional = true
"""
    read = an_agreement("[[clause]]\narticle = '1'\nkind = 'poc'\n", head=head, parties=PARTIES)
    assert read.entry == Entry(consents=3, required=(FREE,), days=30, provisional=True)
    assert (read.binding, read.survival, read.notice_days, read.suspension_notice_days) == (
        "ratification", "destroy", 90, 5,
    )  # fmt: skip
    assert (read.depositary, read.languages, read.reservable) == ("concord-secretariat", ("en", "fr"), ("1",))


def test_no_table_is_the_rule_of_all() -> None:
    assert read_entry(None, PARTIES) == Entry()
