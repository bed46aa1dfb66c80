"""Tests that whatever arrives as a note, checkpoint, proof, tile name or bundle is read or refused, nothing else."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.errors import RecordRejected
from comity.records.log.checkpoint import read_checkpoint
from comity.records.log.evidence import check_evidence
from comity.records.log.note import read_key, read_note
from comity.records.log.proof import read_proof, write_proof
from comity.records.log.tiles import read_bundle, read_path, write_bundle
from tests.support.fuzzing import needs_atheris, run_target
from tests.support.logs import KEY, a_proof_file, entries

PROOF = a_proof_file(size=5, index=3)
SEEDS = [
    PROOF,
    read_proof(PROOF).checkpoint,
    read_note(read_proof(PROOF).checkpoint).text.encode(),
    read_proof(PROOF).extra or b"",
    KEY.text.encode(),
    b"0/x001/234.p/17",
    b"entries/000",
    write_bundle(entries(3)),
]


def as_text(read: Callable[[str], object]) -> Callable[[bytes], object]:
    return lambda raw: read(raw.decode("utf-8", "surrogateescape"))


READERS: tuple[Callable[[bytes], object], ...] = (
    read_proof,
    check_evidence,
    read_note,
    as_text(read_checkpoint),
    as_text(read_key),
    as_text(read_path),
    read_bundle,
)
pieces = st.sampled_from([*SEEDS, *(line for seed in SEEDS for line in seed.split(b"\n"))]) | st.binary(max_size=12)
inputs = st.lists(pieces, max_size=8).map(b"\n".join) | st.lists(pieces, max_size=8).map(b"".join)


@pytest.mark.parametrize("read", READERS)
@given(raw=inputs)
def test_any_bytes_are_read_or_refused(read: Callable[[bytes], object], raw: bytes) -> None:
    with suppress(RecordRejected):
        read(raw)


@given(raw=inputs)
def test_a_proof_that_is_read_is_written_as_the_same_bytes(raw: bytes) -> None:
    for candidate in (raw, PROOF + raw):
        with suppress(RecordRejected):
            assert write_proof(read_proof(candidate)) == candidate


@given(raw=inputs)
def test_a_bundle_that_is_read_is_written_as_the_same_bytes(raw: bytes) -> None:
    with suppress(RecordRejected):
        assert write_bundle(read_bundle(raw)) == raw


@needs_atheris
def test_coverage_guided_fuzzing_finds_no_crash(tmp_path: Path, soak: bool) -> None:
    run_target("atheris_log.py", SEEDS, tmp_path, seconds=600 if soak else 10)
