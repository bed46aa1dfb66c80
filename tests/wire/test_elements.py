import io
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.wire.bundles import FILE, NETWORK, Found, Limits, read_objects


def read(content: bytes, limits: Limits = FILE) -> list[Found]:
    return list(read_objects(io.BytesIO(content), limits))


def around(*elements: bytes) -> bytes:
    return b'{"type":"bundle","id":"bundle--1","objects":[' + b", ".join(elements) + b"]}"


def outcome(content: bytes, limits: Limits = FILE) -> list[bytes | str | None]:
    return [found.body if found.reason is None else found.reason for found in read(content, limits)]


ONE, TWO = b'{"type":"a","id":"a--1"}', b'{ "id" : "a--2",\n"type":"a", "x":[{"y":1}, {"y":2}] }'


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (b'{"x":01}', "not-json"),
        (b'{"x":NaN}', "not-json"),
        (b'{"x":1,}', "not-json"),
        (b'{"x" 1}', "not-json"),
        (b'{"x":"\t"}', "not-json"),
        (b'{"x":[1,2}', "not-json"),
        (b'{"x":"never ends}', "not-json"),
        (b'{"x":1', "not-json"),
        (b'{"x":[{"y":"never ends}, {"z":1}]}', "not-json"),
        (b'{"x":"\\ud800"}', "lone-surrogate"),
        (b'{"x":"\\q"}', "not-json"),
        (b"nul", "not-json"),
        (b"}", "not-json"),
        (b"5", "not-an-object"),
        (b'"text"', "not-an-object"),
        (b"[" + ONE + b"]", "not-an-object"),
        (b'{"x":' + b"[" * 10_000 + b"]" * 10_000 + b"}", "too-deep"),
    ],
)
@pytest.mark.parametrize("many", [0, 2000])
def test_one_broken_element_is_named_and_its_neighbours_are_read(broken: bytes, reason: str, many: int) -> None:
    before, after = [ONE] * many + [TWO], [TWO] + [ONE] * many

    assert outcome(around(*before, broken, *after)) == [*before, reason, *after]


@pytest.mark.parametrize("broken", [b'{"x":01}', b'{"x":NaN}', b'{"x":"\\ud800"}', b"nul", b"5"])
def test_a_broken_element_may_be_the_last_one(broken: bytes) -> None:
    found = read(around(ONE, broken))

    assert [f.body for f in found] == [ONE, None]
    assert found[1].excerpt == broken
    assert found[1].path == "$.objects[1]"


def test_bytes_that_are_no_text_near_a_broken_element_are_stepped_over() -> None:
    neighbour = b'{"type":"\xff","id":"a--1"}'

    assert outcome(around(ONE, b'{"x":"never ends}', neighbour, TWO)) == [ONE, "not-json", TWO]
    assert outcome(around(ONE, b'{"x":01}', neighbour, TWO)) == [ONE, "not-json", neighbour, TWO]


def test_every_second_element_broken_costs_little_time() -> None:
    many = 50_000
    began = time.perf_counter()

    found = read(around(*[ONE, b'{"x":NaN}'] * many))

    assert time.perf_counter() - began < 15
    assert [f.body for f in found] == [ONE, None] * many


def test_hostile_brackets_end_in_bounded_time() -> None:
    began = time.perf_counter()

    found = read(around(*[b'{"x":NaN [[[['] * 100_000))

    assert time.perf_counter() - began < 60
    assert {f.reason for f in found} == {"not-json"}


def test_an_element_over_the_limit_is_stepped_over_with_its_size() -> None:
    large = b'{"x":"' + b"y" * 3_000_000 + b'"}'
    found = read(around(ONE, large, TWO), NETWORK)

    assert [f.body for f in found] == [ONE, None, TWO]
    assert (found[1].reason, found[1].size) == ("too-large", len(large))
    assert len(found[1].excerpt) == 4096


def test_commas_too_many_are_named_and_lose_nothing() -> None:
    assert outcome(b"[" + ONE + b",," + TWO + b",]") == [ONE, "not-json", TWO, "not-json"]


elements = st.sampled_from(
    [ONE, TWO, b"{}", b'{"a":[{"b":"},{"}, {"c":"\\"}]"}]}', b'{"a":"\\\\"}', '{"ä":"é"}'.encode(), b'{"a":{"b":[[]]}}']
)
gaps = st.sampled_from([b",", b" , ", b",\n", b"\r\n,\t"])


@given(st.lists(elements, max_size=400), gaps)
def test_any_list_is_split_where_its_elements_end(parts: list[bytes], gap: bytes) -> None:
    content = b"[ " + gap.join(parts) + b" ]"

    assert outcome(content) == parts
    assert [json.loads(part) for part in parts] == json.loads(content)


@given(st.lists(elements, min_size=1, max_size=60), st.data())
def test_a_list_cut_anywhere_gives_every_complete_element_and_then_says_so(
    parts: list[bytes], data: st.DataObject
) -> None:
    content = around(*parts)
    start = content.index(b"[") + 1
    cut = data.draw(st.integers(start, len(content) - 1))
    ends = [start + sum(map(len, parts[: n + 1])) + 2 * n for n in range(len(parts))]

    found = read(content[:cut])

    assert [f.body for f in found[:-1]] == [part for part, end in zip(parts, ends, strict=True) if end <= cut]
    assert found[-1].reason == "cut-short"
