import io
import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from comity.errors import RecordRejected
from comity.records.envelope import REASONS, read_envelope, scan_id
from comity.records.search_values import search_values
from comity.records.upgrade import upgrade_20
from comity.wire.bundles import FILE, Limits, read_objects
from tests.support.fuzzing import needs_atheris, run_target

SMALL = Limits(object_bytes=200, objects=50, body_bytes=5000)
SEEDS = [
    b'{"type":"bundle","id":"bundle--1","objects":[{"type":"indicator","id":"indicator--1","pattern":"[a:b=\'c\']"}]}',
    b'{"objects":[{"type":"malware","id":"malware--1","labels":["trojan"]},{"x":NaN},{"y":"\\ud800"},{"z":"cut}]}',
    b'[{"type":"observed-data","id":"observed-data--1","objects":{"0":{"type":"file","created":"x","parent_ref":"0"}}}]',
    b'{"type":"tool","id":"tool--1"}\n{"type":"tool" "id":5}\n{"type":"sighting","id":"sighting--1","a_ref":"x--1"}',
    b'{"r":{"collections":[{"id":"c","objects":[{"type":"tool","id":"tool--1"},{"type":5}]},{"objects":[]}]}}',
]
pieces = st.sampled_from(
    [
        *SEEDS,
        *b'{ } [ ] " , : \\ \n'.split(b" "),
        b'"objects":[',
        b'"type":"bundle"',
        b"\xff",
        b"\xef\xbb\xbf",
        b"1e999",
        b"null",
    ]
)
soup = st.lists(pieces | st.binary(max_size=3), max_size=25).map(b"".join)


@given(soup, st.sampled_from([FILE, SMALL]))
def test_any_bytes_give_finds_and_each_body_stands_in_them(content: bytes, limits: Limits) -> None:
    for found in read_objects(io.BytesIO(content), limits):
        assert (found.body is None) != (found.reason is None)
        if found.body is not None:
            assert found.body in content
            assert len(found.body) == found.size <= limits.object_bytes


@given(st.sampled_from(SEEDS), st.data())
def test_a_few_changed_bytes_never_escape_as_another_error(seed: bytes, data: st.DataObject) -> None:
    content = bytearray(seed)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
        if not content:
            return
    for found in read_objects(io.BytesIO(bytes(content)), FILE):
        if found.body is None:
            continue
        try:
            envelope = read_envelope(found.body)
        except RecordRejected as refusal:
            assert refusal.reason in REASONS
            continue
        assert scan_id(found.body) == envelope.stix_id
        search_values(envelope.parsed)
        assert json.dumps(upgrade_20(envelope.parsed)[0])


@needs_atheris
def test_coverage_guided_fuzzing_finds_no_crash(tmp_path: Path, soak: bool) -> None:
    run_target("atheris_bundles.py", SEEDS, tmp_path, seconds=600 if soak else 10)
