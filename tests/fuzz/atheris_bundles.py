"""Feeds mutated bytes to the readers of input until the given number of runs; a crash, a hang or a lost byte ends it.

Run by test_fuzz_bundles, or by hand: `python tests/fuzz/atheris_bundles.py -max_total_time=600 CORPUS`.
"""

import io
import sys

import atheris

with atheris.instrument_imports(include=["comity"]):
    from comity.errors import RecordRejected
    from comity.records.envelope import REASONS, read_envelope, record_refs, scan_id
    from comity.records.search_values import search_values
    from comity.records.upgrade import upgrade_20
    from comity.wire.bundles import Limits, read_objects

LIMITS = Limits(object_bytes=4096, objects=1000, body_bytes=1 << 20, dump_bytes=1 << 18)


def one_input(content: bytes) -> None:
    """Read the bytes as a body, and each element as an item."""
    for found in read_objects(io.BytesIO(content), LIMITS):
        if found.body is None:
            assert found.reason is not None
            continue
        assert found.body in content
        assert len(found.body) == found.size
        try:
            envelope = read_envelope(found.body)
        except RecordRejected as refusal:
            assert refusal.reason in REASONS
            continue
        assert scan_id(found.body) == envelope.stix_id
        assert (envelope.ends, envelope.refs) == record_refs(envelope.parsed)
        search_values(envelope.parsed)
        upgrade_20(envelope.parsed)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
