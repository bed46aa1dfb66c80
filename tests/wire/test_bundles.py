import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.errors import UsageError
from comity.values import Json
from comity.wire.bundles import FILE, NETWORK, Found, Limits, find_files, open_input, read_objects

ONE, TWO = b'{"type":"a","id":"a--1"}', b'{ "id":"a--2",\n"type":"a" }'
FEW = Limits(object_bytes=1000, objects=3, body_bytes=10_000)


def read(content: bytes, limits: Limits = FILE) -> list[Found]:
    return list(read_objects(io.BytesIO(content), limits))


def outcome(content: bytes, limits: Limits = FILE) -> list[bytes | str | None]:
    return [found.body if found.reason is None else found.reason for found in read(content, limits)]


@pytest.mark.parametrize(
    "content",
    [
        b'{"type":"bundle","id":"bundle--1","objects":[' + ONE + b"," + TWO + b"]}",
        b'{"objects":[' + ONE + b"," + TWO + b'],"more":true,"next":"x"}',
        b'{"spec_version":"2.0","x":{"objects":[1,{"y":"]"}]},"objects":\n['
        + ONE
        + b" , "
        + TWO
        + b' ],"id":"bundle--1"}',
        b'{"\\u006fbjects":[' + ONE + b"," + TWO + b"]}",
        b"[" + ONE + b"," + TWO + b"]",
        ONE + b"\n" + TWO,
        ONE + b"\r\n\r\n" + TWO + b"\n",
        b"\xef\xbb\xbf" + ONE + TWO,
        b'{"type":"bundle","objects":[' + ONE + b']}\n{"type":"bundle","objects":[' + TWO + b"]}",
    ],
)
def test_the_exact_bytes_of_each_object_are_found_in_every_form(content: bytes) -> None:
    assert outcome(content) == [ONE, TWO]


@pytest.mark.parametrize(
    "empty", [b"{}", b"[]", b'{"objects":[]}', b'{"more":false}', b'{"type":"bundle","id":"bundle--1"}']
)
def test_an_empty_envelope_holds_nothing(empty: bytes) -> None:
    assert outcome(empty) == []


def test_an_object_that_stands_alone_may_have_objects_of_its_own() -> None:
    observed = b'{"type":"observed-data","id":"observed-data--1","objects":{"0":{"type":"file"}}}'
    custom = b'{"type":"x-box","id":"x-box--1","objects":[{"type":"file"}]}'

    assert outcome(observed + b"\n" + custom) == [observed, custom]


def test_a_json_file_that_is_no_stix_is_one_find_and_not_silence() -> None:
    assert outcome(b'{"Event":{"info":"x"}}') == [b'{"Event":{"info":"x"}}']


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", ["not-json"]),
        (b" \n", ["not-json"]),
        (b"<stix/>", ["not-json"]),
        (b'{"objects":5}', ["not-an-object"]),
        (b'{"type":"bundle","objects":{"a":1}}', ["not-an-object"]),
        ('{"objects":[{}]}'.encode("utf-16"), ["not-utf8"]),
        ('{"objects":[{}]}'.encode("utf-16-le"), ["not-utf8"]),
        ('{"objects":[{}]}'.encode("utf-32-be"), ["not-utf8"]),
        (b'{"objects":[' + ONE + b'],"objects":[' + TWO + b"]}", [ONE, "repeated-key"]),
        (b'{"objects":[' + ONE + b'],"obj\\u0065cts":[' + TWO + b"]}", [ONE, "repeated-key"]),
        (b'{"id":"bundle--1","id":"bundle--2","objects":[' + ONE + b"]}", ["repeated-key", ONE]),
        (b'{"objects":[' + ONE + b"]", [ONE, "cut-short"]),
        (b'{"objects":[' + ONE + b'],"x":"y', [ONE, "cut-short"]),
        (b'{"type":"bundle","ob', ["cut-short"]),
        (b'{"objects":[' + ONE + b"] junk }", [ONE, "not-json"]),
    ],
)
def test_what_is_wrong_with_the_whole_is_said(content: bytes, expected: list[bytes | str]) -> None:
    assert outcome(content) == expected


def test_a_broken_line_does_not_sink_the_others() -> None:
    lines = [
        ONE,
        b'{"type":"a" "id":"a--3"}',
        TWO.replace(b"\n", b""),
        b'{"type":"a","id":"never ends',
        ONE,
        b"junk",
        ONE,
    ]

    found = read(b"\n".join(lines) + b"\n")

    assert [f.body for f in found] == [ONE, None, lines[2], None, ONE, None, ONE]
    assert [f.path for f in found] == ["$", "$#2", "$#3", "$#4", "$#5", "$#6", "$#7"]


def test_there_is_an_end_to_the_number_of_objects() -> None:
    assert outcome(b"[" + b",".join([ONE] * 10) + b"]", FEW) == [ONE, ONE, ONE, "too-many"]
    assert outcome(b"\n".join([ONE] * 10), FEW) == [ONE, ONE, ONE, "too-many"]


def test_there_is_an_end_to_the_size_of_a_body() -> None:
    assert outcome(b"[" + ONE + b"," + b" " * 20_000 + ONE + b"]", FEW) == [ONE, "too-large"]


def test_an_object_alone_may_be_too_large_for_one_read_or_for_the_limit() -> None:
    large = b'{"type":"a","id":"a--1","x":"' + b"y" * 3_000_000 + b'"}'

    assert outcome(large + b"\n" + ONE) == [large, ONE]
    found = read(large + b"\n" + ONE, NETWORK)
    assert [(f.body, f.reason) for f in found] == [(None, "too-large"), (ONE, None)]


texts = st.text(st.characters(codec="utf-8"), max_size=6) | st.text(st.sampled_from('{}[]",:\\ '), max_size=8)
values = st.recursive(
    texts | st.integers(-(2**70), 2**70) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(texts, values, max_size=4)
others = st.dictionaries(texts.filter(lambda key: key not in ("objects", "type")), values, max_size=3)


@given(st.lists(objects, max_size=30), others, others, st.sampled_from([None, 1]), st.booleans())
def test_any_bundle_gives_what_the_standard_library_reads_and_the_bytes_fit_together(
    elements: list[Json], before: dict[str, Json], after: dict[str, Json], indent: int | None, ascii_only: bool
) -> None:
    after = {key: value for key, value in after.items() if key not in before}
    bundle: Json = {**before, "type": "bundle", "objects": elements, **after}
    content = json.dumps(bundle, indent=indent, ensure_ascii=ascii_only).encode()

    found = read(content)

    assert [f.reason for f in found] == [None] * len(elements)
    assert [json.loads(f.body or b"") for f in found] == elements
    position = content.index(b'"objects"')
    for f in found:
        position = content.index(f.body or b"-", position) + f.size


def test_folders_are_walked_in_order_and_links_out_of_them_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside.json"
    outside.write_bytes(ONE)
    folder = tmp_path / "in"
    (folder / "deep").mkdir(parents=True)
    for name in ("b.json", "a.stix2", "deep/c.JSONL", "deep/d.stix", "notes.txt"):
        (folder / name).write_bytes(ONE)
    os.symlink(outside, folder / "escape.json")
    os.symlink(tmp_path, folder / "up")

    names = [str(path.relative_to(tmp_path)) for path in find_files([folder, outside, folder / "b.json"])]

    assert names == ["in/a.stix2", "in/b.json", "in/deep/c.JSONL", "in/deep/d.stix", "outside.json"]


def test_a_path_that_is_not_there_or_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        find_files([tmp_path / "none.json"])
    with pytest.raises(UsageError):
        open_input(tmp_path)


MEMORY = """
import io, pathlib, sys
from comity.wire.bundles import FILE, read_objects

class Made(io.RawIOBase):
    def __init__(self, parts): self.parts = iter(parts)
    def read(self, size=-1): return next(self.parts, b"")

head, tail = b'{"objects":[{}', b"]}"
inputs = {
    "tiny": ([head] + [b",{}" * 350_000] * 10 + [tail], 3_500_001),
    "string": ([head, b',{"x":"'] + [b"y" * (1 << 20)] * 200 + [b'"},{}'] + [tail], 3),
    "deep": ([head, b',{"x":'] + [b"[" * (1 << 20)] * 3 + [b"]" * (1 << 20)] * 3 + [b"},{}", tail], 3),
    "spaces": ([head] + [b" " * (1 << 20)] * 200 + [tail], 1),
    "nameless": ([b'{"x":"'] + [b"y" * (1 << 20)] * 200 + [b'"}'], 1),
    "unended": ([head, b',{"x":"'] + [b"y" * (1 << 20)] * 200, 2),
}
parts, expected = inputs[sys.argv[1]]
count = sum(1 for _ in read_objects(Made(parts), FILE))
assert count == expected, count
# Not ru_maxrss: a child begins with the high-water mark of the process that forked it.
marks = dict(line.split(":") for line in pathlib.Path("/proc/self/status").read_text().splitlines())
print(int(marks["VmHWM"].split()[0]) // 1024)
"""


@pytest.mark.parametrize("bomb", ["tiny", "string", "deep", "spaces", "nameless", "unended"])
def test_memory_stays_bounded_whatever_the_size(bomb: str) -> None:
    run = subprocess.run([sys.executable, "-c", MEMORY, bomb], capture_output=True, text=True, timeout=120, check=False)

    assert run.returncode == 0, run.stderr
    assert int(run.stdout) < 250  # megabytes, of which the interpreter itself takes some 30


def test_real_bundles_give_what_the_standard_library_reads(shared_data: Path) -> None:
    read_files = 0
    for folder in ("mitre-attack", "mitre-capec", "unit42-playbooks", "mvt-indicators", "stix-examples", "stix-idioms"):
        for path in find_files([shared_data / folder]):
            bundle = json.loads(path.read_bytes())
            with open_input(path) as stream:
                found = list(read_objects(stream, FILE))
            expected = bundle.get("objects", []) if bundle["type"] == "bundle" else [bundle]
            assert [json.loads(f.body or b"") for f in found] == expected, path
            read_files += 1
    assert read_files > 50
