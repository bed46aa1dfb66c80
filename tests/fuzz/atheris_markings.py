"""Feeds mutated objects to the readers of markings; what cannot be read must bind most strictly.

Run by test_fuzz_markings, or by hand: `python tests/fuzz/atheris_markings.py -max_total_time=600 CORPUS`.
"""

import sys

import atheris

with atheris.instrument_imports(include=["comity"]):
    from comity.catalogue.read import load_catalogue
    from comity.errors import RecordRejected
    from comity.records.envelope import read_envelope
    from comity.records.granular import portions, redact
    from comity.records.markings import handling, read_marking
    from comity.records.personal import personal_data
    from comity.rooms.release.classing import Origin, classify
    from comity.values import PartyName, Tlp

CATALOGUE = load_catalogue()
ORIGIN = Origin(originator=PartyName("a"), received_from=PartyName("a"), default_tlp=Tlp.AMBER)


def one_input(content: bytes) -> None:
    """Read the bytes as an object: as a marking definition, and as something that is marked."""
    try:
        envelope = read_envelope(content)
    except RecordRejected:
        return
    obj = envelope.parsed
    marking = read_marking(obj, CATALOGUE.markings)
    known = {marking.stix_id: marking}
    bound = handling([marking.stix_id], known, Tlp.AMBER)
    assert not marking.unknown or (bound.restricted and bound.tlp is Tlp.RED)
    personal = personal_data(obj, CATALOGUE.personal)
    assert personal in ("no", "yes", "undetermined")
    for portion in portions(obj):
        left = redact(obj, portion.selectors)
        assert left is None or left.keys() <= obj.keys()
    made = classify(envelope, ORIGIN, known, personal)
    for part in made.portions:
        assert part.facts.tlp >= made.facts.tlp
        assert part.facts.restricted >= made.facts.restricted


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
