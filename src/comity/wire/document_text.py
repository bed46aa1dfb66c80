"""Decides what the text of an attached document is: plain text, HTML, PDF and DOCX. Runs in the mail's own process.

Text is all that is taken: no picture, no macro, no link is followed. What a link leads to is text too, for it is what
people are warned of.
"""

import io
import zipfile
from html.parser import HTMLParser
from typing import Final

LONGEST_TEXT: Final = 1 << 20  # characters of one document
MOST_PAGES: Final = 300
LARGEST_XML_BYTES: Final = 16 << 20
_WORD: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_HIDDEN: Final = frozenset(("script", "style", "head", "title"))
_BLOCKS: Final = frozenset("p div br tr li h1 h2 h3 h4 h5 h6 table td th ul ol pre blockquote".split())
_DOCX_PARTS: Final = ("word/document.xml", "word/footnotes.xml", "word/endnotes.xml", "word/comments.xml")
_DOCX_LINKS: Final = "word/_rels/document.xml.rels"


class Unreadable(Exception):
    """A document cannot be read. Its text says why in one word."""


def decoded(body: bytes, charset: str | None) -> str:
    """Decode text as UTF-8 if it is, else as it says of itself, else as Windows writes the West's."""
    for name in ("utf-8", charset or "", "windows-1252"):
        try:
            return body.decode(name)
        except (UnicodeError, LookupError, ValueError):
            continue
    return body.decode("latin-1")


def text_of(kind: str, body: bytes, charset: str | None = None) -> str:
    """Give the text of a document.

    Args:
        kind: `text`, `html`, `pdf` or `docx`.

    Raises:
        Unreadable: it is not what it should be, or has a form that is not opened.
    """
    match kind:
        case "html":
            return html_text(decoded(body, charset))
        case "pdf":
            return _pdf_text(body)
        case "docx":
            return _docx_text(body)
        case _:
            return decoded(body, charset)[:LONGEST_TEXT]


class _Html(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.length = 0
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN:
            self._hidden += 1
        if tag in _BLOCKS:
            self._say("\n")
        for name, value in attrs:
            if name in ("href", "src") and value and "://" in value:
                self._say(f" {value} ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN and self._hidden:
            self._hidden -= 1

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._say(data)

    def _say(self, words: str) -> None:
        if self.length < LONGEST_TEXT:
            self.words.append(words)
            self.length += len(words)


def html_text(html: str) -> str:
    """Give what HTML shows, and the addresses that its links lead to."""
    parser = _Html()
    parser.feed(html[: 4 * LONGEST_TEXT])
    parser.close()
    return "".join(parser.words)[:LONGEST_TEXT]


def _pdf_text(body: bytes) -> str:
    from pypdf import PdfReader  # noqa: PLC0415 - loaded in the process that reads documents alone
    from pypdf.errors import PyPdfError  # noqa: PLC0415

    try:
        reader = PdfReader(io.BytesIO(body), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable("encrypted")
        words: list[str] = []
        length = 0
        for number, page in enumerate(reader.pages):
            if number >= MOST_PAGES or length > LONGEST_TEXT:
                break
            words.append(page.extract_text() or "")
            length += len(words[-1])
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OSError) as exc:
        raise Unreadable("broken") from exc
    return "\n".join(words)[:LONGEST_TEXT]


def _docx_text(body: bytes) -> str:
    from defusedxml import DefusedXmlException, ElementTree  # noqa: PLC0415

    words: list[str] = []
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            names = set(archive.namelist())
            if _DOCX_PARTS[0] not in names:
                raise Unreadable("broken")
            for name in (*(part for part in _DOCX_PARTS if part in names), *_heads(names)):
                root = ElementTree.fromstring(_member(archive, name))
                for node in root.iter():
                    if node.tag == f"{_WORD}t":
                        words.append(node.text or "")
                    elif node.tag in (f"{_WORD}p", f"{_WORD}br", f"{_WORD}tc"):
                        words.append("\n")
                    elif node.tag == f"{_WORD}tab":
                        words.append("\t")
            if _DOCX_LINKS in names:
                for link in ElementTree.fromstring(_member(archive, _DOCX_LINKS)):
                    if link.get("TargetMode") == "External":
                        words.append(f"\n{link.get('Target')}")
    except DefusedXmlException as exc:
        raise Unreadable("unsafe") from exc
    except (zipfile.BadZipFile, ElementTree.ParseError, ValueError, KeyError, RuntimeError, OSError, EOFError) as exc:
        raise Unreadable("broken") from exc
    except NotImplementedError as exc:
        raise Unreadable("broken") from exc
    return "".join(words)[:LONGEST_TEXT]


def _heads(names: set[str]) -> list[str]:
    begins = ("word/header", "word/footer")
    return sorted(name for name in names if name.startswith(begins) and name.endswith(".xml"))[:20]


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    """Unpack one part, to a bound: what a packed file says of its size is a claim."""
    with archive.open(name) as stream:
        body = stream.read(LARGEST_XML_BYTES + 1)
    if len(body) > LARGEST_XML_BYTES:
        raise Unreadable("too-large")
    return body
