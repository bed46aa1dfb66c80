import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.records.facts import (
    CATEGORIES,
    CATEGORY_OF_TYPE,
    FACTS_VERSION,
    GATED_TYPES,
    KNOWN_TYPES,
    OTHER_TYPE,
    TYPE_NUMBERS,
    TYPES,
    ClassFacts,
    category_fact,
    facts_of_key,
    type_fact,
)
from comity.values import PartyName, Tlp

names = st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,8})?", fullmatch=True).map(PartyName)
any_facts = st.builds(
    ClassFacts,
    originator=names,
    received_from=names,
    type=st.sampled_from((*TYPES, OTHER_TYPE)),
    category=st.sampled_from(CATEGORIES),
    tlp=st.sampled_from(Tlp),
    classification=st.integers(0, 4),
    personal=st.sampled_from(("no", "yes", "undetermined")),
    originator_control=st.booleans(),
    restricted=st.booleans(),
    consents=st.lists(names, max_size=3).map(tuple),
)


@given(any_facts)
def test_a_class_is_read_back_from_its_key(facts: ClassFacts) -> None:
    assert facts_of_key(facts.key) == facts


@given(any_facts, any_facts)
def test_two_classes_have_one_key_only_if_their_facts_are_the_same(one: ClassFacts, other: ClassFacts) -> None:
    assert (one.key == other.key) == (one == other)


def test_a_key_names_every_fact_and_the_version_of_the_tuple() -> None:
    facts = ClassFacts(
        originator=PartyName("a"), received_from=PartyName("b"), type="tool", category="threat", tlp=Tlp.AMBER
    )

    # Keys stand in every node's database: another order, name or default would split each class in two.
    assert facts.key == (
        '{"originator":"a","received_from":"b","type":"tool","category":"threat","tlp":2,"classification":0,'
        '"personal":"no","originator_control":false,"restricted":false,"consents":[],"version":1}'
    )
    assert facts.version == FACTS_VERSION


def test_what_is_no_class_is_not_read_as_one() -> None:
    with pytest.raises(msgspec.ValidationError):
        facts_of_key('{"originator":"a"}')


@pytest.mark.parametrize("odd", ["x-thing", "", "Indicator", "bundle", "other"])
def test_an_unknown_type_is_other_so_that_classes_stay_closed(odd: str) -> None:
    assert type_fact(odd) == OTHER_TYPE
    assert category_fact(odd) == OTHER_TYPE


def test_every_known_type_has_a_number_and_a_category() -> None:
    assert len(set(TYPES)) == len(TYPES) == len(TYPE_NUMBERS)
    assert set(CATEGORY_OF_TYPE) == KNOWN_TYPES
    assert {type_fact(kind) for kind in TYPES} == KNOWN_TYPES
    assert {category_fact(kind) for kind in TYPES} == set(CATEGORIES) - {OTHER_TYPE}


def test_the_numbers_of_types_never_change() -> None:
    # Tables hold them: a type may only be added at the end.
    assert {kind: TYPE_NUMBERS[kind] for kind in ("relationship", "indicator", "tool", "x509-certificate")} == {
        "relationship": 1,
        "indicator": 12,
        "tool": 23,
        "x509-certificate": 42,
    }


def test_what_stands_and_falls_with_others_is_known() -> None:
    assert {"relationship", "sighting", "language-content"} == GATED_TYPES <= KNOWN_TYPES
