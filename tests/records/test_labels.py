"""Tests by which words an object is shown: one printable line of its own, never an error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.records.labels import LONGEST_LABEL, label_of, words_of


@pytest.mark.parametrize(
    ("body", "label"),
    [
        (b'{"name":"Locker","value":"x"}', "Locker"),
        (b'{"value":"192.0.2.1"}', "192.0.2.1"),
        (b'{"name":"","pattern":"[a:b = 1]"}', "[a:b = 1]"),
        (b'{"relationship_type":"uses"}', "uses"),
        (b'{"name":"two\\nlines\\u202e\\u0007"}', "two lines"),
        (b'{"name":7}', ""),
        (b"{}", ""),
        (b"no json", ""),
        (b"\xff\xfe", ""),
    ],
)
def test_an_object_is_known_by_its_own_words(body: bytes, label: str) -> None:
    assert label_of(body) == label


def test_a_long_label_is_cut() -> None:
    label = label_of(b'{"name":"' + b"x" * 1000 + b'"}')
    assert len(label) == LONGEST_LABEL and label.endswith("…")


@given(st.binary())
def test_whatever_the_bytes_a_label_is_one_printable_line(body: bytes) -> None:
    assert label_of(body).isprintable()
    assert isinstance(words_of(body), str)


def test_what_an_object_says_at_length_is_its_description_or_content() -> None:
    assert words_of(b'{"description":"a\\nb"}') == "a\nb"
    assert words_of(b'{"content":"note"}') == "note"
    assert words_of(b'{"explanation":"why"}') == "why"
    assert words_of(b'{"description":5}') == words_of(b"x") == ""
