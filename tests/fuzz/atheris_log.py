"""Feeds mutated bytes to the readers of notes, checkpoints, proofs, tile names and bundles.

Run by test_fuzz_log, or by hand: `python tests/fuzz/atheris_log.py -max_total_time=600 CORPUS`.
"""

import sys
from contextlib import suppress

import atheris

with atheris.instrument_imports(include=["comity"]):
    from comity.errors import RecordRejected
    from comity.records.log.checkpoint import read_checkpoint
    from comity.records.log.evidence import check_evidence
    from comity.records.log.note import read_key, read_note
    from comity.records.log.proof import read_proof, write_proof
    from comity.records.log.tiles import read_bundle, read_path, write_bundle


def one_input(raw: bytes) -> None:
    """Read it as each of them; what is read must be written as the same bytes."""
    text = raw.decode("utf-8", "surrogateescape")
    for read in (check_evidence, read_note):
        with suppress(RecordRejected):
            read(raw)
    for read_text in (read_checkpoint, read_key, read_path):
        with suppress(RecordRejected):
            read_text(text)
    with suppress(RecordRejected):
        assert write_proof(read_proof(raw)) == raw
    with suppress(RecordRejected):
        assert write_bundle(read_bundle(raw)) == raw


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
