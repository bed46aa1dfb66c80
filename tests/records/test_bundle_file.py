"""Tests how a bundle file begins and ends, and what is taken for neither."""

import json

import pytest

from comity.errors import RecordRejected
from comity.records.bundle_file import LARGEST_HEAD_BYTES, VERSION, End, Head, read_end, read_head, written
from comity.values import Json, PartyName

HEAD = Head(
    version=VERSION,
    giver=PartyName("freedonia-csirt"),
    receiver=PartyName("ruritania-csirt"),
    stream="6e4b4b5a-7a5c-4f4a-9d0a-3d2f1e0c9b8a",
    exercise=True,
    complete=True,
    made_at="2031-03-01T12:00:00.000Z",
    first=3,
    last=7,
)


def head_with(**changed: Json) -> bytes:
    return json.dumps({**json.loads(written(HEAD)), **changed}).encode()


def test_what_is_written_is_read() -> None:
    assert read_head(written(HEAD)) == HEAD
    assert read_end(written(End(pages=5))) == End(pages=5)
    assert json.loads(written(HEAD))["type"] == "x-comity-bundle"


def test_a_field_that_a_later_version_adds_is_passed_over() -> None:
    assert read_head(head_with(remark="new")) == HEAD


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "not-a-bundle"),
        (b"[]", "not-a-bundle"),
        (b'{"type":"bundle","id":"bundle--1"}', "not-a-bundle"),
        (b"[" * 2_000, "not-a-bundle"),
        (written(HEAD).replace(b"{", b'{"giver":"x",', 1), "not-a-bundle"),
        (written(HEAD) + b" " * LARGEST_HEAD_BYTES, "not-a-bundle"),
        (head_with(version=VERSION + 1), "newer-version"),
        (head_with(version="1"), "bad-field"),
        (head_with(giver="Freedonia"), "bad-field"),
        (head_with(first=0), "bad-field"),
        (head_with(stream="x" * 65), "bad-field"),
        (head_with(exercise=None), "bad-field"),
    ],
)
def test_what_is_no_head_is_refused(text: bytes, reason: str) -> None:
    with pytest.raises(RecordRejected) as refused:
        read_head(text)
    assert refused.value.reason == reason


def test_a_page_is_no_end_even_if_it_speaks_of_one() -> None:
    assert read_end(b'{"objects":[]}') is None
    assert read_end(b'{"objects":["x-comity-bundle-end"]}') is None
    assert read_end(written(End(pages=1)) + b" " * LARGEST_HEAD_BYTES) is None
    with pytest.raises(RecordRejected):
        read_end(b'{"type":"x-comity-bundle-end","pages":-1}')
