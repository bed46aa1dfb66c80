import io
import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.wire.bundles import FILE, NETWORK, Found, Limits, read_objects
from comity.wire.dumps import read_dump

ONE, TWO, THREE = b'{"type":"a","id":"a--1"}', b'{ "id":"a--2",\n"type":"a" }', b'{"type":"a","id":"a--3","x":[{}]}'
FEW = Limits(object_bytes=1000, objects=3, body_bytes=10_000, dump_bytes=5_000)
DUMP = (
    b'{"/discovery":{"title":"T","api_roots":["http://localhost/r1/"]},\n "r1":{"information":{"collections":[{}]},'
    b'"status":[{"objects":[1]}],"collections":[{"id":"c1","objects":[],"manifest":[]},'
    b'{"id":"c2","manifest":[{"id":"a--1"}],"objects":[' + ONE + b" ,\n" + TWO + b"]}]},"
    b'"r2":{"collections":[{"objects":[' + THREE + b'],"title":"]"}]}, "odd":[1]}'
)


def read(content: bytes, limits: Limits = FILE) -> list[Found]:
    return list(read_objects(io.BytesIO(content), limits))


def outcome(content: bytes, limits: Limits = FILE) -> list[bytes | str | None]:
    return [found.body if found.reason is None else found.reason for found in read(content, limits)]


def test_each_object_of_a_dump_is_found_with_its_bytes_and_its_path() -> None:
    found = read(DUMP)

    assert [f.body for f in found] == [ONE, TWO, THREE]
    assert [f.path for f in found] == [
        "$.r1.collections[1].objects[0]",
        "$.r1.collections[1].objects[1]",
        "$.r2.collections[0].objects[0]",
    ]


def test_a_dump_may_be_larger_than_one_read() -> None:
    padded = DUMP.replace(b'"title":"T"', b'"title":"' + b"x" * 3_000_000 + b'"')

    assert outcome(padded) == [ONE, TWO, THREE]


def test_a_dump_beyond_its_limit_is_one_find() -> None:
    padded = DUMP.replace(b'"title":"T"', b'"title":"' + b"x" * 6_000 + b'"')

    assert outcome(padded, FEW) == ["too-large"]
    assert outcome(DUMP + b" " * 3_000 + ONE, FEW) == [ONE, TWO, THREE, "too-many"]


def test_a_dump_is_not_taken_from_the_network() -> None:
    assert outcome(DUMP, NETWORK) == [DUMP]


@pytest.mark.parametrize(
    "content",
    [
        b'{"r":{"collections":[]}}',
        b'{"r":{"collections":[{"id":"c","title":"t"}]}}',
        b'{"r":{"collections":{"objects":[{}]}}}',
        b'{"collections":[{"objects":[{}]}]}',
        b'{"r":{"s":{"collections":[{"objects":[{}]}]}}}',
        b'{"r":{"collections":[{"objects":{}}]}}',
        b'{"r":{"collections":[{"x":1,"x":2}]}}',
        b'{"backend":{"filename":"a.json"},"users":{"admin":"x"},"taxii":{"max_page_size":100}}',
    ],
)
def test_what_only_resembles_a_dump_is_one_find(content: bytes) -> None:
    assert outcome(content) == [content]


@pytest.mark.parametrize("own", [b'"type":"x-box"', b'"id":"x-box--1"'])
def test_an_object_of_its_own_is_never_taken_for_a_dump(own: bytes) -> None:
    content = b"{" + own + b"," + DUMP[1:]

    assert outcome(content) == [content]
    padded = content.replace(b'"title":"T"', b'"title":"' + b"x" * 3_000_000 + b'"')
    assert outcome(padded) == [padded]


def test_a_broken_object_does_not_sink_its_dump() -> None:
    broken = DUMP.replace(TWO, b'{"id":"a--2" "type":"a"}')

    assert outcome(broken) == [ONE, "not-json", THREE]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'{"r":{"collections":[{"objects":[' + ONE + b'],"objects":[' + TWO + b"]}]}}", [ONE, "repeated-key"]),
        (b'{"r":{"x":1,"x":2,"collections":[{"objects":[' + ONE + b"]}]}}", ["repeated-key", ONE]),
        (
            b'{"r":{"collections":[{"objects":[' + ONE + b']}]},"r":{"collections":[{"objects":[' + TWO + b"]}]}}",
            ["repeated-key", ONE],
        ),
        (b'{"r":{"collections":[{"objects":[' + ONE + b"]}]},5}", ["not-json"]),
        (b'{"r":{"collections":[{"objects":[' + ONE + b'] "x" }]}}', [ONE, "not-json"]),
        (b'{"r":{"collections":[{"objects":[' + ONE + b"]}", ["cut-short"]),
    ],
)
def test_what_is_wrong_with_a_dump_is_said(content: bytes, expected: list[bytes | str]) -> None:
    assert outcome(content) == expected


def test_elements_that_are_no_objects_are_said() -> None:
    assert outcome(b'{"r":{"collections":[5,{"objects":[1,' + ONE + b",[]]}]}}") == [
        "not-an-object",
        ONE,
        "not-an-object",
    ]


def test_many_roots_and_collections_take_no_longer_than_they_are_long() -> None:
    roots = b",".join(b'"r%d":{"collections":[{"objects":[]},{},{"objects":[{}]}]}' % i for i in range(1_000))
    deep = b'{"r":{"collections":[' + b"[" * 500_000 + b"]" * 500_000 + b"]}}"

    began = time.monotonic()
    assert len(read(b"{" + roots + b"}")) == 1_000
    assert len(read(deep)) == 1
    assert time.monotonic() - began < 20


pieces = st.sampled_from(
    [DUMP, b'{"r":', b'{"collections":', b'[{"objects":', b"[" + ONE, b"]}]}}", *b'{ } [ ] " , : 5'.split(b" ")]
)
soup = st.lists(pieces | st.binary(max_size=2), max_size=20).map(b"".join)


@given(soup, st.sampled_from([FILE, FEW]))
def test_any_bytes_give_finds_and_each_body_stands_in_them(content: bytes, limits: Limits) -> None:
    for found in [*read_dump(content or b"{", limits, "$"), *read(content, limits)]:
        assert (found.body is None) != (found.reason is None)
        if found.body is not None:
            assert found.body in content
            assert len(found.body) == found.size <= limits.object_bytes


@given(st.data())
def test_a_few_changed_bytes_never_raise(data: st.DataObject) -> None:
    content = bytearray(DUMP)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    assert all(found.body is None or found.body in content for found in read(bytes(content)))


def test_the_reference_servers_dump_gives_what_the_standard_library_reads(shared_data: Path) -> None:
    content = (shared_data / "taxii-medallion" / "default_data.json").read_bytes()
    stored = json.loads(content)
    expected = [
        (f"$.{name}.collections[{number}].objects[{at}]", obj)
        for name, root in stored.items()
        for number, collection in enumerate(root.get("collections", []))
        for at, obj in enumerate(collection["objects"])
    ]

    found = read(content)

    assert [(f.path, json.loads(f.body or b"")) for f in found] == expected
    assert len(expected) > 5
