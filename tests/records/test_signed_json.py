import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.errors import RecordRejected
from comity.records import signed_json
from comity.records.signed_json import check, step

REFUSED = [
    (b'{"a":1,"a":1}', "repeated-key", "$.a"),
    (b'{"x":[{"b":{"a":1,"\\u0061":2}}]}', "repeated-key", "$.x[0].b.a"),
    (b'{"a":{"b":1,"b":2},"a":1}', "repeated-key", "$.a"),
    (b'{"":1,"":2}', "repeated-key", '$[""]'),
    (b'{"a":"\xff"}', "not-utf8", "$"),
    (b'{"a":"\xed\xa0\x80"}', "not-utf8", "$"),
    (b'{"a":"\xc0\xaf"}', "not-utf8", "$"),
    (b'\xef\xbb\xbf{"a":1}', "not-json", "$"),
    (b'{"a":NaN}', "not-a-number", "$.a"),
    (b'{"a":[1,Infinity]}', "not-a-number", "$.a[1]"),
    (b'{"a":-Infinity}', "not-a-number", "$.a"),
    (b'{"a":1e999}', "number-too-large", "$.a"),
    (b'{"a":9007199254740993}', "number-too-large", "$.a"),
    (b'{"a":-9007199254740993}', "number-too-large", "$.a"),
    (b'{"a":' + b"9" * 100_000 + b"}", "number-too-large", "$.a"),
    (b'{"a":"\\ud800"}', "lone-surrogate", "$.a"),
    (b'{"a":"\\udc00\\ud800"}', "lone-surrogate", "$.a"),
    (b'{"a":{"\\uDFFF":1}}', "lone-surrogate", "$.a"),
    (b"[" * 33 + b"]" * 33, "too-deep", "$"),
    (b"[" * 100_000, "too-deep", "$"),
    (b'{"a":' * 40 + b"1" + b"}" * 40, "too-deep", "$"),
    (b"", "not-json", "$"),
    (b'{"a":1}x', "not-json", "$"),
    (b"{'a':1}", "not-json", "$"),
    (b'{"a":"\n"}', "not-json", "$"),
    (b'{"a":01}', "not-json", "$"),
]


@pytest.mark.parametrize(("payload", "reason", "path"), REFUSED)
def test_json_with_two_readings_is_refused_with_its_path(payload: bytes, reason: str, path: str) -> None:
    with pytest.raises(RecordRejected) as refused:
        check(payload)
    assert (refused.value.reason, refused.value.path) == (reason, path)


@pytest.mark.parametrize(
    "payload",
    [
        b'{"a":9007199254740992,"b":-9007199254740992,"c":1.5,"d":null}',
        b'{"a":"\\ud83d\\ude00"}',
        b'{"a":"\\\\ud800"}',
        b"[" * 32 + b"]" * 32,
        b'{"a":"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\"[["}',
        b"[" + b"[]," * 100 + b"[]]",
    ],
)
def test_json_with_one_reading_is_read(payload: bytes) -> None:
    assert check(payload) == json.loads(payload)


scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(exclude_categories=("Cs",)))
trees = st.recursive(scalars | texts, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=12)


@given(tree=trees, ascii_only=st.booleans())
def test_what_json_writes_is_read_as_it_was(tree: object, ascii_only: bool) -> None:
    assert check(json.dumps(tree, ensure_ascii=ascii_only).encode()) == tree


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused_and_nothing_else(payload: bytes) -> None:
    try:
        check(payload)
    except RecordRejected as refused:
        assert refused.path.startswith("$")


def test_an_unclosed_string_full_of_escapes_costs_linear_time() -> None:
    bomb = b"[" * 40 + b'"' + b"\\\\" * 400_000
    started = time.perf_counter()
    with pytest.raises(RecordRejected):
        check(bomb)
    assert time.perf_counter() - started < 5


def test_an_odd_key_is_quoted_and_cut_in_a_path() -> None:
    assert step("$", "a") == "$.a"
    assert step("$.a", "b c") == '$.a["b c"]'
    assert len(step("$", "x" * 1000)) < 80


_MARKS = ["{", "}", "[", "]", ":", ",", '"a"', '"a":1', '"b":[0,1]', '""', '"\\\\"', '"\\""', '"\\u0061"']
_PARTS = [*_MARKS, "1", "-0", "1.5", "1e3"]


@given(st.lists(st.sampled_from([*_PARTS, "9007199254740993", "null", "true", " "]), max_size=14).map("".join))
def test_what_is_read_quickly_is_read_as_the_close_look_reads_it(inside: str) -> None:
    for payload in (inside.encode(), f"{{{inside}}}".encode(), f'{{"a":{inside},"b":[{inside}]}}'.encode()):
        quick = signed_json.plainly(payload, 3)
        if quick is not None:
            closely = signed_json.closely(payload, 3)
            assert (quick, repr(quick)) == (closely, repr(closely))
