import json

from hypothesis import given
from hypothesis import strategies as st

from comity.catalogue.read import load_catalogue
from comity.errors import RecordRejected
from comity.records.granular import portions, redact
from comity.records.iep import IEP_EXTENSION
from comity.records.markings import TLP2_EXTENSION, Marking, handling, read_marking
from comity.records.personal import personal_data
from comity.values import JsonObject, Tlp

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
