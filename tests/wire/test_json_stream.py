import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.values import Json
from comity.wire import json_stream
from comity.wire.json_stream import Window, balanced_end, measure, skip_value


class Trickle(io.BytesIO):
    """A stream that gives a few bytes at a time, as sockets may."""

    def __init__(self, content: bytes, at_once: int) -> None:
        super().__init__(content)
        self.at_once = at_once

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(self.at_once, size if size is not None and size >= 0 else self.at_once))


def a_window(content: bytes, *, body_bytes: int = 1 << 30, at_once: int = 1 << 20) -> Window:
    window = Window(Trickle(content, at_once), body_bytes=body_bytes, hold_bytes=1 << 20)
    window.more()
    return window


@pytest.mark.parametrize(
    ("content", "state", "body"),
    [
        (b'{"a":1} , 2', "whole", b'{"a":1}'),
        (b'{"a":1}\n \t', "whole", b'{"a":1}'),
        (b'"x"]', "whole", b'"x"'),
        (b'{"a":[1,', "open", b""),
        (b'{"a":01}', "bad", b""),
        (b'{"a":1,}', "bad", b""),
        (b"[" * 100_000, "deep", b""),
    ],
)
def test_a_value_is_measured_whatever_follows(content: bytes, state: str, body: bytes) -> None:
    measured = measure(a_window(content))

    assert (measured.state, measured.body) == (state, body)


def test_the_fault_is_placed_where_it_is() -> None:
    content = b'{"a":"' + b"x" * 500 + b'","b":tru}'

    assert abs(measure(a_window(content)).fault_at - content.index(b"tru")) <= 4


texts = st.text(st.sampled_from('ab"\\{}[],:\n\u00e9'), max_size=8)
values = st.recursive(
    texts | st.integers() | st.booleans(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=15,
)


@given(values, st.integers(1, 7), st.booleans())
def test_any_value_is_stepped_over_exactly_however_it_arrives(value: Json, at_once: int, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only).encode()
    window = a_window(text + b" , rest", at_once=at_once)

    assert skip_value(window)
    assert window.at == len(text)


@given(values, st.integers(1, 7), st.data())
def test_a_cut_value_is_never_taken_for_a_whole_one(value: Json, at_once: int, data: st.DataObject) -> None:
    text = json.dumps([value]).encode()
    cut = data.draw(st.integers(1, len(text) - 1))

    assert not skip_value(a_window(text[:cut], at_once=at_once))


@given(st.lists(values, max_size=3))
def test_brackets_are_balanced_where_the_value_ends(value: list[Json]) -> None:
    text = json.dumps(value).encode()

    assert balanced_end(text + b"]]}", 0, len(text) + 3) == len(text)
    assert balanced_end(text[:-1] + b"}", 0, len(text)) == -1


def test_a_string_goes_on_over_many_reads_without_being_held() -> None:
    text = b'"' + b'x\\"' * 3_000_000 + b'"'
    window = a_window(text + b", 1")

    assert skip_value(window)
    assert window.at == len(text)
    assert len(window.buf) <= 1 + json_stream.CHUNK_BYTES


def test_a_stream_over_its_limit_ends_there_and_says_so() -> None:
    window = a_window(b"[" + b"1," * 500, body_bytes=100)

    assert window.drop_all() == 100
    assert window.over


def test_what_is_marked_is_kept_until_it_is_too_much() -> None:
    window = Window(Trickle(b" " * 5_000_000, 1 << 20), body_bytes=1 << 30, hold_bytes=2 << 20)
    window.mark = 0
    window.skip_space()

    assert window.mark is None
    assert window.at == 5_000_000


def test_the_longest_pattern_sought_may_straddle_two_reads() -> None:
    content = b"x" * 1000 + b",   {"
    window = a_window(content, at_once=1002)

    assert window.seek(re.compile(rb",\s*+(?=\{)"))
    assert window.at == 1000
