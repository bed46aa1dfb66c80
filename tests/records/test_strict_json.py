import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.errors import RecordRejected
from comity.records.strict_json import DEPTH_LIMIT, REASONS, plainly, read_object, strictly
from comity.values import Json

texts = st.text(st.characters(codec="utf-8"), max_size=12)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
values = st.recursive(scalars, lambda v: st.lists(v, max_size=4) | st.dictionaries(texts, v, max_size=4), max_leaves=12)


@pytest.mark.parametrize(
    ("body", "reason", "path"),
    [
        (b'{"a":1,"a":1}', "repeated-key", "$.a"),
        (b'{"a":{"b":{"c":1,"\\u0063":2}}}', "repeated-key", "$.a.b.c"),
        (b'{"a":NaN}', "not-json", "$"),
        (b'{"a":-Infinity}', "not-json", "$"),
        (b'{"a":1e999}', "number-too-large", "$"),
        (b'{"a":' + b"9" * 309 + b"}", "number-too-large", "$"),
        (b'{"a":' + b"9" * 10_000 + b"}", "number-too-large", "$"),
        (b'{"a":"\\ud800"}', "lone-surrogate", "$"),
        (b'{"\\udfff":1}', "lone-surrogate", "$"),
        (b'{"a":"\xff"}', "not-utf8", "$"),
        (b'{"a":"\xed\xa0\x80"}', "not-utf8", "$"),
        (b'{"a":"\x01"}', "not-json", "$"),
        (b'{"a":1,}', "not-json", "$"),
        (b"\xef\xbb\xbf{}", "not-json", "$"),
        (b"", "not-json", "$"),
        (b"[]", "not-an-object", "$"),
        (b'"a"', "not-an-object", "$"),
        (b'{"a":' + b"[" * 64 + b"]" * 64 + b"}", "too-deep", "$"),
        (b'{"a":' + b"[" * 10_000 + b"]" * 10_000 + b"}", "too-deep", "$"),
    ],
)
def test_json_that_readers_understand_differently_is_refused(body: bytes, reason: str, path: str) -> None:
    with pytest.raises(RecordRejected) as refusal:
        read_object(body)

    assert (refusal.value.reason, refusal.value.path) == (reason, path)
    assert reason in REASONS


def test_a_pair_of_surrogates_is_one_character() -> None:
    assert read_object(b'{"a":"\\ud83d\\ude00"}') == {"a": "\U0001f600"}


def test_an_escaped_backslash_before_u_is_no_surrogate() -> None:
    assert read_object(b'{"a":"\\\\ud800"}') == {"a": "\\ud800"}


def test_many_brackets_side_by_side_are_not_deep() -> None:
    assert read_object(b'{"a":[' + b",".join([b"[]"] * 500) + b"]}") == {"a": [[]] * 500}


def test_the_deepest_object_allowed_is_read() -> None:
    inside = DEPTH_LIMIT - 1
    assert read_object(b'{"a":' + b"[" * inside + b"]" * inside + b"}")


@given(st.dictionaries(texts, values, max_size=5))
def test_any_plain_object_is_read_as_the_standard_library_reads_it(obj: dict[str, Json]) -> None:
    assert read_object(json.dumps(obj).encode()) == obj
    assert read_object(json.dumps(obj, ensure_ascii=False).encode()) == obj


@given(st.dictionaries(texts, values, min_size=1, max_size=4), st.integers(0, 20), st.sampled_from("[{"))
def test_a_key_repeated_at_any_depth_is_refused(obj: dict[str, Json], depth: int, bracket: str) -> None:
    members = [f"{json.dumps(key)}:{json.dumps(value)}" for key, value in obj.items()]
    text = "{" + ",".join([*members, members[0]]) + "}"
    for _ in range(depth):
        text = f"[{text}]" if bracket == "[" else f'{{"in":{text}}}'

    with pytest.raises(RecordRejected) as refusal:
        read_object(f'{{"outer":{text}}}'.encode())

    assert refusal.value.reason == "repeated-key"


@given(st.binary(max_size=60) | st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_read_or_rejected(body: bytes) -> None:
    try:
        assert isinstance(read_object(body), dict)
    except RecordRejected as refusal:
        assert refusal.reason in REASONS


# Words that come near to what is told apart without the strict decoder: quotes, escapes, spaces and colons anywhere.
_WORDS = ['"', '":', '" :', "\\", '\\"', "\\\\", "\\n", "\\u0061", "\\u0022", ":", ",", "{", "}", "[", "]", "a"]
_TEXTS = ['"a"', '"b"', '"a":', '"a" :1,']
_NUMBERS = ["1", "-0", "1.0", "1e3", "9007199254740993", "1" * 25, "null", "true", " ", "\n"]


@given(st.lists(st.sampled_from([*_WORDS, *_TEXTS, *_NUMBERS]), max_size=14).map("".join))
def test_the_quick_way_reads_nothing_that_the_strict_one_refuses_or_reads_otherwise(inside: str) -> None:
    for body in (inside.encode(), f"{{{inside}}}".encode(), f'{{"a":{inside},"b":[{inside}]}}'.encode()):
        quick = plainly(body)
        if quick is not None:
            strict = strictly(body)
            assert (quick, repr(quick)) == (strict, repr(strict))


@pytest.mark.parametrize(
    "text",
    [
        '{"a" :1,"a":2,"x":":"}',
        '{"a":"\\"","a":""}',
        '{"a":"\\\\","a":"b"}',
        '{"a":1,"b":{"c":"\\"\\""},"b":{"c":"","d":""}}',
        '{"a\\/b":1,"a/b":2}',
    ],
)
def test_a_repeated_key_is_found_whatever_quotes_stand_around_it(text: str) -> None:
    with pytest.raises(RecordRejected, match="repeated-key"):
        read_object(text.encode())


def test_quotes_within_texts_and_keys_are_no_repetition() -> None:
    obj: dict[str, Json] = {'say "a"': ['"', {'"': '":"'}], "b": "\\"}

    assert plainly(json.dumps(obj).encode()) == obj
