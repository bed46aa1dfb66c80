"""Tests that texts in a file are told apart whatever stands in them, and that none is held that is too long."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.errors import RecordRejected, UsageError
from comity.wire import text_sequence as module
from comity.wire.text_sequence import read_texts, write_text

TEXTS = st.lists(st.binary().map(lambda raw: raw.replace(b"\x1e", b"")), min_size=1)


@given(texts=TEXTS, chunk=st.integers(min_value=1, max_value=7))
def test_what_is_written_is_read_wherever_it_is_cut_for_reading(texts: list[bytes], chunk: int) -> None:
    out = io.BytesIO()
    for text in texts:
        write_text(out, [text[:3], text[3:]])
    before, module.CHUNK_BYTES = module.CHUNK_BYTES, chunk  # type: ignore[misc]
    try:
        found = list(module._texts(io.BytesIO(out.getvalue()), 10_000))
    finally:
        module.CHUNK_BYTES = before  # type: ignore[misc]
    assert found == [text + b"\n" for text in texts]


def test_a_text_may_have_line_ends(tmp_path: Path) -> None:
    file = tmp_path / "f"
    with file.open("wb") as out:
        write_text(out, [b'{\n "a": 1\r\n}'])
        write_text(out, [b"{}"])
    assert list(read_texts(file, 100)) == [b'{\n "a": 1\r\n}\n', b"{}\n"]


@pytest.mark.parametrize("content", [b"", b"{}\n", b'{"type":"bundle"}\n\x1e{}\n'])
def test_a_file_that_begins_otherwise_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "f").write_bytes(content)
    with pytest.raises(RecordRejected, match="not-a-sequence"):
        list(read_texts(tmp_path / "f", 100))


def test_a_text_without_end_is_given_up_at_its_limit(tmp_path: Path) -> None:
    file = tmp_path / "f"
    with file.open("wb") as out:
        write_text(out, [b"{}"])
        out.write(b"\x1e[")
        out.truncate(1 << 40)  # a terabyte of nothing, which takes no room: read to its end, this test would never end
    texts = read_texts(file, 3 << 20)
    assert next(texts) == b"{}\n"
    with pytest.raises(RecordRejected, match="too-large"):
        next(texts)


def test_what_cannot_be_read_is_wrong_usage(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(UsageError):
            list(read_texts(path, 100))
