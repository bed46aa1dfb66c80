"""Tests that a form with a file is read exactly, in memory, and that what is none is refused."""

import tempfile
from contextlib import suppress

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.errors import UsageError
from comity.web.uploads import read_upload

_A_FIELD = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'


def a_form(content: bytes, name: str = "a.json", **fields: str) -> tuple[bytes, str]:
    sent = httpx.Request("POST", "http://localhost/", files={"file": (name, content)}, data=fields)
    return sent.read(), sent.headers["content-type"]


@given(st.binary(max_size=300_000))
def test_the_bytes_of_a_file_are_exactly_those_sent(content: bytes) -> None:
    upload = read_upload(*a_form(content, csrf="x"))
    assert (upload.file, upload.file_name, upload.fields) == (content, "a.json", {"csrf": "x"})


def test_a_large_file_never_touches_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a file was made")

    for name in ("TemporaryFile", "NamedTemporaryFile", "SpooledTemporaryFile"):
        monkeypatch.setattr(tempfile, name, refuse)
    content = b"\r\n--x" * 2_000_000
    assert read_upload(*a_form(content)).file == content


@pytest.mark.parametrize("charset", ["nosuch", "rot13", "utf-7", "unicode_escape", "punycode"])
def test_the_sender_does_not_choose_how_text_is_read(charset: str) -> None:
    head = f'--x\r\nContent-Disposition: form-data; name="a"\r\nContent-Type: text/plain; charset={charset}\r\n\r\n'
    upload = read_upload(head.encode() + b"+ADw-\\x\r\n--x--\r\n", "multipart/form-data; boundary=x")
    assert upload.fields == {"a": "+ADw-\\x"}


def test_without_a_file_there_is_none() -> None:
    body, kind = a_form(b"", name="", pasted="text")
    assert read_upload(body, kind).file is None


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "multipart/form-data; boundary=x"),
        (b"a=1", "application/x-www-form-urlencoded"),
        (b"--x\r\n", "multipart/form-data; boundary=x"),
        (b"--x\r\n\r\n--x--", "multipart/form-data"),
        (_A_FIELD + _A_FIELD + b"--x--", "multipart/form-data; boundary=x"),
        (b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\r\n--x--', "multipart/form-data; boundary=x"),
        (b"", ""),
    ],
)
def test_what_is_no_form_is_refused(body: bytes, kind: str) -> None:
    with pytest.raises(UsageError):
        read_upload(body, kind)


@given(st.binary(max_size=2_000))
def test_whatever_is_sent_is_read_or_refused(body: bytes) -> None:
    for whole in (body, b"--x\r\n" + body + b"\r\n--x--\r\n"):
        with suppress(UsageError):
            read_upload(whole, "multipart/form-data; boundary=x")
