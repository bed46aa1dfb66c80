"""Tests that the text of documents is read, and that a hostile one is refused with its reason."""

import pytest

from comity.wire.document_text import LARGEST_XML_BYTES, LONGEST_TEXT, Unreadable, decoded, html_text, text_of
from tests.support.mails import a_docx, a_pdf, pdf_of


def test_html_gives_what_it_shows_and_where_its_links_lead() -> None:
    html = (
        "<html><head><title>no</title><style>p{}</style></head><body><p>See <b>locker</b>[.]example"
        '<a href="http://trap.example/x">here</a><script>no()</script></p><img src="cid:1"><p>next'
    )
    text = html_text(html)
    assert "locker[.]example" in text.replace(" ", "") and "http://trap.example/x" in text and "next" in text
    assert "no" not in text.split() and "cid:1" not in text
    assert len(html_text("<p>" + "x " * LONGEST_TEXT)) <= LONGEST_TEXT


def test_documents_give_their_text() -> None:
    assert text_of("docx", a_docx("locker.example\nnext line")).split() == ["locker.example", "next", "line"]
    assert text_of("pdf", a_pdf("locker.example\nnext line")).split() == ["locker.example", "next", "line"]
    link = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="r1" TargetMode="External" Target="http://trap.example/x"/></Relationships>'
    )
    assert "http://trap.example/x" in text_of("docx", a_docx("x", inside={"word/_rels/document.xml.rels": link}))


@pytest.mark.parametrize(
    ("body", "charset", "text"),
    [
        ("Zürich".encode(), "us-ascii", "Zürich"),
        ("Zürich".encode("latin-1"), "latin-1", "Zürich"),
        ("Zürich".encode("latin-1"), "utf-8", "Zürich"),
        ("Zürich".encode("latin-1"), "no-such-charset", "Zürich"),
        ("Zürich".encode("latin-1"), "\0", "Zürich"),
        ("привет".encode("koi8-r"), "koi8-r", "привет"),
        (b"\x81", None, "\x81"),
    ],
)
def test_a_wrong_charset_loses_nothing(body: bytes, charset: str | None, text: str) -> None:
    assert decoded(body, charset) == text


ENTITY = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><x>&a;</x>'
LAUGHS = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "haha"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'


@pytest.mark.parametrize(
    ("kind", "body", "reason"),
    [
        ("docx", b"PK no zip", "broken"),
        ("docx", a_docx("x", inside={"word/document.xml": "<a>"}), "broken"),
        ("docx", a_docx("x", inside={"word/document.xml": ENTITY}), "unsafe"),
        ("docx", a_docx("x", inside={"word/document.xml": LAUGHS}), "unsafe"),
        ("docx", a_docx("x", inside={"word/document.xml": b" " * (LARGEST_XML_BYTES + 1)}), "too-large"),
        ("docx", b"PK\x05\x06" + b"\0" * 18, "broken"),
        ("pdf", b"%PDF-1.4\nno more", "broken"),
        ("pdf", b"", "broken"),
    ],
)
def test_what_cannot_be_read_safely_is_refused(kind: str, body: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        text_of(kind, body)


def test_pages_that_lead_back_to_themselves_end() -> None:
    loop = pdf_of((b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"))
    with pytest.raises(Unreadable, match="broken"):
        raise_or_read(loop)


def raise_or_read(body: bytes) -> None:
    """Read a document; that it gives no text counts as broken too."""
    if not text_of("pdf", body):
        raise Unreadable("broken")
