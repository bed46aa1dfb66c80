import json
import time
from pathlib import Path

import pytest
import stix2
from hypothesis import given
from hypothesis import strategies as st

from comity.catalogue.read import load_catalogue
from comity.errors import RecordRejected
from comity.records.markings import STANDARD_MARKINGS, TLP2_EXTENSION, Marking, handling, read_marking
from comity.values import Instant, JsonObject, Tlp

RULES = load_catalogue().markings
TLP1_AMBER = "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"
TLP1_WHITE = "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"
TLP2_RED = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"
OTHER = "marking-definition--826578e1-40ad-459f-bc73-ede076f81f37"


def a_marking(**fields: object) -> Marking:
    obj: JsonObject = {"type": "marking-definition", "id": OTHER, **fields}  # type: ignore[dict-item]  # JSON by kwargs
    return read_marking(obj, RULES)


def test_the_oasis_extension_is_read() -> None:
    level = {"extension_type": "property-extension", "tlp_2_0": "amber+strict"}
    assert a_marking(extensions={TLP2_EXTENSION: level}) == Marking(stix_id=OTHER, tlp=Tlp.AMBER_STRICT)


@pytest.mark.parametrize("word", ["white", "clear", "green", "amber", "amber+strict", "red", "TLP:RED"])
def test_the_tlp_1_definition_is_read_with_white_as_clear(word: str) -> None:
    assert a_marking(definition_type="tlp", definition={"tlp": word}).tlp == Tlp.of(word)


def test_the_opencti_statement_is_read_where_opencti_says_that_it_is_tlp() -> None:
    marking = a_marking(
        definition_type="statement",
        definition={"statement": "custom"},
        x_opencti_definition_type="TLP",
        x_opencti_definition="TLP:AMBER+STRICT",
    )
    assert marking == Marking(stix_id=OTHER, tlp=Tlp.AMBER_STRICT)


def test_opencti_bookkeeping_beside_a_level_says_nothing() -> None:
    bookkeeping = {"extension-definition--ea279b3e-5c71-4632-ac08-831c66a786ba": {"id": "7", "order": 1}}
    marking = a_marking(definition_type="TLP", definition={"TLP": "TLP:GREEN"}, extensions=bookkeeping)
    assert marking == Marking(stix_id=OTHER, tlp=Tlp.GREEN)


def test_a_standard_id_means_its_level_whatever_a_sender_writes() -> None:
    claims: JsonObject = {"id": TLP2_RED, "definition_type": "tlp", "definition": {"tlp": "white"}, "name": "TLP:CLEAR"}
    assert read_marking(claims, RULES).tlp is Tlp.RED
    older: JsonObject = {
        "id": TLP1_WHITE,
        "definition_type": "tlp",
        "definition": {"tlp": "clear"},
        "name": "TLP:CLEAR",
    }
    assert read_marking(older, RULES).tlp is Tlp.CLEAR


def test_a_definition_sent_for_a_standard_id_is_not_believed() -> None:
    believed = handling([TLP2_RED], {TLP2_RED: Marking(stix_id=TLP2_RED, tlp=Tlp.CLEAR)}, Tlp.CLEAR)
    assert believed.tlp is Tlp.RED


def test_contradictions_in_one_marking_are_read_at_their_strictest() -> None:
    marking = a_marking(
        definition_type="tlp",
        definition={"tlp": "green"},
        x_opencti_definition_type="TLP",
        x_opencti_definition="TLP:RED",
    )
    assert marking.tlp is Tlp.RED


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"name": "TLP:GREEN"},
        {"definition_type": "tlp"},
        {"definition_type": "tlp", "definition": {"tlp": "purple"}},
        {"definition_type": "tlp", "definition": {"tlp": ["green"]}},
        {"definition_type": 7, "definition": {"tlp": "green"}},
        {"definition_type": "acme-handling", "definition": {"acme-handling": "free"}},
        {"definition": {"tlp": "green"}},
        {"definition_type": "statement", "definition": {"statement": 5}},
        {"extensions": {"extension-definition--00000000-0000-4000-8000-000000000000": {"level": 1}}},
        {"extensions": {TLP2_EXTENSION: {"tlp_2_0": "blue"}}},
        {"extensions": {TLP2_EXTENSION: "clear"}},
        {"extensions": []},
        {"definition_type": "statement", "definition": {"statement": "TLP:CLEAR"}},
        {"definition_type": "tlp", "definition": {"tlp": "clear"}, "x_opencti_definition_type": "ACME"},
    ],
)
def test_what_cannot_be_read_is_unknown_and_refuses(fields: dict[str, object]) -> None:
    marking = a_marking(**fields)
    assert marking.unknown
    handled = handling([OTHER], {OTHER: marking}, Tlp.CLEAR)
    assert (handled.tlp, handled.restricted) == (Tlp.RED, True)


def test_a_copyright_notice_restricts_nothing_and_leaves_the_default() -> None:
    marking = a_marking(definition_type="statement", definition={"statement": "Copyright 2015-2025, Example."})
    assert marking == Marking(stix_id=OTHER)
    assert handling([OTHER], {OTHER: marking}, Tlp.AMBER).tlp is Tlp.AMBER


def test_a_scheme_level_and_a_caveat_are_read_from_a_statement() -> None:
    marking = a_marking(definition_type="statement", definition={"statement": "Top Secret // ORCON"})
    assert (marking.classification, marking.originator_control, marking.unknown) == (4, True, False)
    assert a_marking(definition_type="statement", definition={"statement": "SECRET//HCS"}).unknown


def test_a_scheme_is_read_from_its_definition_type() -> None:
    assert a_marking(definition_type="euci", definition={"euci": "R-UE/EU-R"}).classification == 1
    assert a_marking(definition_type="euci", definition={"euci": "SOMETHING ELSE"}).unknown
    assert a_marking(definition_type="eu-limite", definition={"eu-limite": "LIMITE"}).tlp is Tlp.AMBER_STRICT


def test_an_information_exchange_policy_brings_its_level_and_dates() -> None:
    policy = {"iep_version": 2.0, "tlp": "amber", "end_date": "2031-01-01T00:00:00Z", "unmodified_resale": "must-not"}
    marking = a_marking(definition_type="iep", definition=policy)
    assert (marking.tlp, marking.expires, marking.unknown) == (Tlp.AMBER, Instant(1_924_992_000_000), False)


def test_a_marking_without_an_id_is_rejected() -> None:
    with pytest.raises(RecordRejected) as refusal:
        read_marking({"type": "marking-definition"}, RULES)
    assert refusal.value.path == "$.id"


def test_unmarked_is_the_default_of_the_source() -> None:
    assert handling([], {}, Tlp.AMBER_STRICT).tlp is Tlp.AMBER_STRICT


def test_an_unknown_id_is_red_and_listed_so_that_it_is_classed_again() -> None:
    handled = handling([TLP1_AMBER, OTHER], {}, Tlp.CLEAR)
    assert (handled.tlp, handled.restricted, handled.unresolved) == (Tlp.RED, True, (OTHER,))
    later = handling([TLP1_AMBER, OTHER], {OTHER: Marking(stix_id=OTHER, tlp=Tlp.GREEN)}, Tlp.CLEAR)
    assert (later.tlp, later.restricted, later.unresolved) == (Tlp.AMBER, False, ())


def test_ten_thousand_markings_are_joined_in_a_moment() -> None:
    ids = [f"marking-definition--{n}" for n in range(10_000)]
    started = time.perf_counter()
    assert len(handling(ids * 2, {}, Tlp.CLEAR).unresolved) == 10_000
    assert time.perf_counter() - started < 1


levels = st.none() | st.sampled_from(Tlp)
markings = st.builds(
    lambda n, **fields: Marking(stix_id=f"m{n}", **fields),
    st.integers(0, 9),
    tlp=levels,
    classification=st.integers(0, 4),
    originator_control=st.booleans(),
    starts=st.none() | st.integers(0, 9).map(Instant),
    expires=st.none() | st.integers(0, 9).map(Instant),
    unknown=st.booleans(),
    flags=st.lists(st.sampled_from("abc"), unique=True).map(tuple),
)
sets = st.lists(markings, max_size=6, unique_by=lambda m: m.stix_id)
STANDARD = st.lists(st.sampled_from(sorted(STANDARD_MARKINGS)), max_size=2)


@given(sets, STANDARD, st.sampled_from(Tlp), st.randoms(use_true_random=False))
def test_the_order_of_markings_does_not_matter(own: list[Marking], standard: list[str], default: Tlp, shuffle) -> None:  # type: ignore[no-untyped-def]  # random.Random
    known = {m.stix_id: m for m in own}
    ids = [*known, *standard, "unresolved"]
    other = ids[:]
    shuffle.shuffle(other)
    assert handling(ids, known, default) == handling(other, known, default)


@given(sets, markings)
def test_adding_a_marking_never_loosens(own: list[Marking], more: Marking) -> None:
    known = {m.stix_id: m for m in own}
    before = handling(known, known, Tlp.CLEAR)
    after = handling([*known, "more"], {**known, "more": more}, Tlp.CLEAR)
    assert after.tlp >= before.tlp and after.classification >= before.classification
    assert after.originator_control >= before.originator_control and after.restricted >= before.restricted
    assert before.starts is None or (after.starts is not None and after.starts >= before.starts)
    assert before.expires is None or (after.expires is not None and after.expires <= before.expires)


def test_the_standard_ids_are_those_of_the_stix2_library() -> None:
    theirs = {stix2.TLP_WHITE.id: 0, stix2.TLP_GREEN.id: 1, stix2.TLP_AMBER.id: 2, stix2.TLP_RED.id: 4}
    assert {stix_id: STANDARD_MARKINGS[stix_id].tlp for stix_id in theirs} == theirs


def test_real_marking_definitions_are_read(shared_data: Path) -> None:
    found: dict[str, Marking] = {}
    for folder in ("stix-examples", "stix-idioms", "mitre-capec"):
        for path in sorted((shared_data / folder).rglob("*.json")):
            bundle = json.loads(path.read_bytes())
            for obj in bundle.get("objects", []) if isinstance(bundle, dict) else []:
                if isinstance(obj, dict) and obj.get("type") == "marking-definition":
                    found[obj["id"]] = read_marking(obj, RULES)
    assert found[TLP1_AMBER].tlp is Tlp.AMBER
    assert found["marking-definition--c0d0976c-76a1-4cf2-accd-19632991ac3f"].classification == 2  # PROTECTED
    assert found["marking-definition--17d82bb2-eeeb-4898-bda5-3ddbcd2b799d"].flags == ()  # a long notice
    assert not any(marking.unknown for marking in found.values())
