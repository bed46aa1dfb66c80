import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from comity.catalogue.read import load_catalogue
from comity.errors import RecordRejected
from comity.records.granular import portions, redact
from comity.records.iep import IEP_EXTENSION
from comity.records.markings import TLP2_EXTENSION, Marking, handling, read_marking
from comity.records.personal import personal_data
from comity.values import JsonObject, Tlp
from tests.support.fuzzing import needs_atheris, run_target

CATALOGUE = load_catalogue()
WORDS = """id type definition_type definition tlp statement iep iep_version tlp_2_0 extensions end_date start_date name
    x_opencti_definition_type x_opencti_definition granular_markings selectors marking_ref lang pattern objects
    identity indicator marking-definition report object_refs [0] name.[0] extension_type new-sdo TLP:RED SECRET//ORCON
    permitted_actions none 2.0 euci"""
words = st.sampled_from([*WORDS.split(), TLP2_EXTENSION, IEP_EXTENSION])
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8) | words
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words | st.text(max_size=4), inner, max_size=6)
)
objects = st.dictionaries(words | st.text(max_size=4), anything, max_size=10)


@given(objects)
def test_any_object_is_read_as_a_marking_or_rejected(obj: JsonObject) -> None:
    try:
        marking = read_marking(obj, CATALOGUE.markings)
    except RecordRejected:
        assert not isinstance(obj.get("id"), str)
        return
    assert isinstance(marking, Marking)
    assert handling([marking.stix_id], {marking.stix_id: marking}, Tlp.CLEAR).tlp in Tlp


@given(objects)
def test_any_object_has_portions_that_can_be_cut_or_withhold_it(obj: JsonObject) -> None:
    before = json.dumps(obj)
    for portion in portions(obj):
        left = redact(obj, portion.selectors)
        assert left is None or isinstance(left, dict)
    assert json.dumps(obj) == before


@given(objects)
def test_any_object_is_judged_for_personal_data(obj: JsonObject) -> None:
    assert personal_data(obj, CATALOGUE.personal) in ("no", "yes", "undetermined")


SEEDS = [
    json.dumps({"type": kind, "id": f"{kind}--1", "created": "2031-03-01T12:00:00Z", **more}).encode()
    for kind, more in (
        ("marking-definition", {"definition_type": "tlp", "definition": {"tlp": "amber"}}),
        (
            "marking-definition",
            {"extensions": {TLP2_EXTENSION: {"tlp_2_0": "red"}}},
        ),
        ("marking-definition", {"definition_type": "statement", "definition": {"statement": "SECRET//ORCON"}}),
        (
            "marking-definition",
            {"definition_type": "iep", "definition": {"iep_version": 2.0, "end_date": None}},
        ),
        ("marking-definition", {"x_opencti_definition_type": "TLP", "x_opencti_definition": "TLP:AMBER+STRICT"}),
        (
            "indicator",
            {
                "labels": ["a", {"b": "c"}],
                "pattern": "[email-addr:value = 'a@b.example']",
                "object_marking_refs": ["marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"],
                "granular_markings": [
                    {"marking_ref": "marking-definition--1", "selectors": ["labels.[1].b"]},
                    {"lang": "fr", "selectors": ["pattern"]},
                ],
            },
        ),
    )
]


@needs_atheris
def test_coverage_guided_fuzzing_finds_no_crash(tmp_path: Path, soak: bool) -> None:
    run_target("atheris_markings.py", SEEDS, tmp_path, seconds=600 if soak else 10)
