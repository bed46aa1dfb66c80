import pytest

from comity.catalogue.read import load_catalogue
from comity.records.iep import read_iep
from comity.values import Json, JsonObject, Tlp, instant

TERMS = load_catalogue().markings.iep
# The example of the FIRST IEP 2.0 framework, appendix A.
EXAMPLE: JsonObject = {
    "id": "01bc4353-4829-4d55-8d52-0ab7e0790df9",
    "name": "FIRST IEP-SIG TLP-AMBER",
    "description": "This is the FIRST IEP-SIG TLP-AMBER Information Exchange Policy.",
    "iep_version": 2.0,
    "start_date": "2017-01-01T00:00:00Z",
    "end_date": None,
    "encrypt_in_transit": "may",
    "permitted_actions": "externally-visible-direct-actions",
    "affected_party_notifications": "may",
    "tlp": "amber",
    "attribution": "must-not",
    "unmodified_resale": "must-not",
    "external_references": ["https://www.first.org/tlp", "https://www.first.org/iep"],
}


def test_the_example_of_first_is_read_in_full() -> None:
    read = read_iep(EXAMPLE, TERMS)
    assert (read.tlp, read.starts, read.expires) == (Tlp.AMBER, instant("2017-01-01"), None)
    assert not read.unknown
    assert read.originator_control  # attribution must-not: the node does not hide its sources
    assert "iep:attribution=must-not" in read.flags


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("iep_version", 3.0),
        ("iep_version", True),
        ("iep_version", None),
        ("encrypt_in_transit", "must"),
        ("permitted_actions", "whatever"),
        ("permitted_actions", ["none"]),
        ("unmodified_resale", "perhaps"),
        ("tlp", "purple"),
        ("end_date", "tomorrow"),
        ("end_date", 5),
        ("start_date", "9" * 50),
        ("obfuscate_affected_parties", "must"),
    ],
)
def test_a_restriction_that_is_not_known_or_cannot_be_kept_refuses(field: str, value: Json) -> None:
    assert read_iep({**EXAMPLE, field: value}, TERMS).unknown


def test_a_bare_reference_to_a_policy_refuses() -> None:
    assert read_iep(
        {"id_ref": "01bc4353-4829-4d55-8d52-0ab7e0790df9", "url": "https://x", "iep_version": 2.0}, TERMS
    ).unknown


@pytest.mark.parametrize("action", ["none", "contact-for-instruction"])
def test_nobody_passes_on_what_the_originator_wants_to_be_asked_about(action: str) -> None:
    read = read_iep({"iep_version": "2.0", "permitted_actions": action}, TERMS)
    assert read.originator_control and not read.unknown
