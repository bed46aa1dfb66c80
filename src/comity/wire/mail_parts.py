"""Decides what a mail consists of: its head, its texts, and its attachments. Runs in the mail's own process.

Mails come as RFC 5322 (`.eml`) and as Outlook keeps them (`.msg`, a compound file: MS-OXMSG). A mail within a mail is
read too, to a bounded depth. Each attachment is named, also where nothing of it is read.
"""

import email
import io
from collections.abc import Iterator
from contextlib import suppress
from email.header import decode_header, make_header
from email.message import Message
from pathlib import PurePath
from struct import error as struct_error
from typing import Any, Final, NamedTuple

OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MOST_PARTS: Final = 1_000
DEEPEST: Final = 5
LARGEST_PART_BYTES: Final = 64 << 20
LONGEST_HEADER: Final = 1_000  # characters
HEADS: Final = ("from", "to", "cc", "date", "subject", "message-id")
_KINDS: Final = {
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "text/html": "html",
}
_SUFFIXES: Final = {
    ".pdf": "pdf", ".docx": "docx", ".html": "html", ".htm": "html", ".txt": "text", ".csv": "text", ".md": "text",
    ".log": "text", ".json": "text", ".ioc": "text", ".eml": "mail", ".msg": "mail",
}  # fmt: skip
# Of MS-OXPROPS: subject, sender's name and address, to, cc, id, head as it came; body as text and as HTML.
_MSG_HEADS: Final = {"from": "0C1F", "to": "0E04", "cc": "0E03", "subject": "0037", "message-id": "1035"}
_MSG_SMTP, _MSG_HEAD, _MSG_TEXT, _MSG_HTML = "5D01", "007D", "1000", "1013"


class Part(NamedTuple):
    """A text or document of a mail. `kind`: text, html, pdf, docx, or '' for what is not read; `fault` says why."""

    name: str
    kind: str
    body: bytes
    charset: str | None
    is_attached: bool
    fault: str = ""


class Mail(NamedTuple):
    """What a mail consists of. `protected`: how it says it is signed or encrypted, by its own types."""

    form: str  # eml or msg
    heads: dict[str, str]
    parts: list[Part]
    protected: tuple[str, ...]


class NoMail(Exception):
    """This is no mail. Its text says why in one word."""


def read_mail(body: bytes) -> Mail:
    """Take a mail apart.

    Raises:
        NoMail: it is none, or broken so that nothing of it can be read.
    """
    try:
        return _msg(body, 0) if body.startswith(OLE) else _eml(body, 0)
    except RecursionError as exc:
        raise NoMail("too-deep") from exc


def _eml(body: bytes, depth: int) -> Mail:
    message = email.message_from_bytes(body)
    heads = {name: _header(message, name) for name in HEADS}
    if not any(heads.values()):
        raise NoMail("no-head")
    protected: dict[str, None] = {}
    return Mail("eml", heads, list(_bounded(_parts(message, depth, protected))), tuple(protected))


def _bounded(parts: Iterator[Part]) -> Iterator[Part]:
    for number, part in enumerate(parts):
        if number >= MOST_PARTS:
            yield Part("", "", b"", None, True, "too-many")
            return
        yield part


def _parts(message: Message, depth: int, protected: dict[str, None]) -> Iterator[Part]:
    kind, name = message.get_content_type(), _name(message)
    for form, types in _PROTECTED.items():
        if kind in types:
            protected[form] = None
    if kind == "message/rfc822" or (kind.startswith("message/") and message.is_multipart()):
        inner = message.get_payload()
        if depth >= DEEPEST:
            yield Part(name or "message", "", b"", None, True, "too-deep")
        elif isinstance(inner, list):
            for one in inner:
                if isinstance(one, Message):
                    subject = _header(one, "subject")
                    yield Part(f"{name or 'message'}: subject", "text", subject.encode(), "utf-8", True)
                    yield from _parts(one, depth + 1, protected)
        return
    if message.is_multipart():
        inner = message.get_payload()
        for one in inner if isinstance(inner, list) else []:
            if isinstance(one, Message):
                yield from _parts(one, depth, protected)
        return
    yield from _leaf(message, kind, name, depth)


_PROTECTED: Final = {
    "openpgp-signed": ("application/pgp-signature",),
    "openpgp-encrypted": ("application/pgp-encrypted",),
    "smime": ("application/pkcs7-mime", "application/x-pkcs7-mime"),
    "smime-signed": ("application/pkcs7-signature", "application/x-pkcs7-signature"),
}


def _leaf(message: Message, kind: str, name: str, depth: int) -> Iterator[Part]:
    payload = message.get_payload(decode=True)
    body = payload if isinstance(payload, bytes) else b""
    is_attached = bool(name) or "attachment" in str(message.get("content-disposition", "")).lower()
    said = _KINDS.get(kind) or ("text" if kind.startswith("text/") else "")
    by_name = _SUFFIXES.get(PurePath(name).suffix.lower(), "")
    yield from _document(name or kind, said or by_name, body, message.get_content_charset(), is_attached, depth)


def _document(name: str, kind: str, body: bytes, charset: str | None, is_attached: bool, depth: int) -> Iterator[Part]:
    if len(body) > LARGEST_PART_BYTES:
        yield Part(name, "", b"", None, is_attached, "too-large")
    elif kind == "mail":
        if depth >= DEEPEST:
            yield Part(name, "", b"", None, is_attached, "too-deep")
            return
        try:
            inner = _msg(body, depth + 1) if body.startswith(OLE) else _eml(body, depth + 1)
        except NoMail as exc:
            yield Part(name, "", body, None, is_attached, str(exc))
            return
        yield Part(f"{name}: subject", "text", inner.heads["subject"].encode(), "utf-8", True)
        for part in inner.parts:
            yield part._replace(name=f"{name}: {part.name}"[:200], is_attached=True)
    elif kind:
        yield Part(name, kind, body, charset, is_attached)
    else:
        yield Part(name, "", body, None, is_attached, "not-read")


def _name(message: Message) -> str:
    try:
        return _decoded(message.get_filename() or "")[:200]
    except (LookupError, ValueError, TypeError):
        return "attachment"


def _header(message: Message, name: str) -> str:
    value = message.get(name, "")
    return _decoded(str(value)[: 4 * LONGEST_HEADER])[:LONGEST_HEADER]


def _decoded(text: str) -> str:
    """Decode the encoded words of a header; what cannot be decoded stays as it is."""
    with suppress(LookupError, ValueError, TypeError):
        text = str(make_header(decode_header(text)))
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _msg(body: bytes, depth: int) -> Mail:
    import olefile  # noqa: PLC0415 - loaded in the process that reads mails alone

    try:
        with olefile.OleFileIO(io.BytesIO(body)) as ole:
            names = [tuple(path) for path in ole.listdir()]
            heads = {name: _property(ole, (), tag) for name, tag in _MSG_HEADS.items()}
            heads["date"] = ""
            if smtp := _property(ole, (), _MSG_SMTP):
                heads["from"] = smtp
            if came := _property(ole, (), _MSG_HEAD):
                message = email.message_from_string(came)
                heads |= {name: found for name in HEADS if (found := _header(message, name))}
            if not any(heads.values()):
                raise NoMail("no-head")
            heads = {name: _decoded(heads.get(name, ""))[:LONGEST_HEADER] for name in HEADS}
            parts: list[Part] = []
            if text := _property(ole, (), _MSG_TEXT):
                parts.append(Part("text/plain", "text", text.encode("utf-8", "replace"), "utf-8", False))
            if html := _stream(ole, f"__substg1.0_{_MSG_HTML}0102"):
                parts.append(Part("text/html", "html", html, None, False))
            folders = sorted({path[0] for path in names if path[0].startswith("__attach")})
            for number, folder in enumerate(folders):
                if number >= MOST_PARTS:
                    parts.append(Part("", "", b"", None, True, "too-many"))
                    break
                name = _property(ole, (folder,), "3707") or _property(ole, (folder,), "3704") or "attachment"
                content = _stream(ole, f"{folder}/__substg1.0_37010102")
                kind = _SUFFIXES.get(PurePath(name).suffix.lower(), "")
                parts.extend(_document(name[:200], kind, content, None, True, depth))
    except (OSError, ValueError, IndexError, KeyError, TypeError, AttributeError, struct_error) as exc:
        raise NoMail("broken") from exc
    return Mail("msg", heads, parts, ())


def _property(ole: Any, folder: tuple[str, ...], tag: str) -> str:
    """Read a property that is text: in UTF-16, or in eight bits."""
    prefix = "".join(f"{one}/" for one in folder)
    wide = _stream(ole, f"{prefix}__substg1.0_{tag}001F")
    if wide:
        return wide.decode("utf-16-le", "replace").rstrip("\0")
    return _stream(ole, f"{prefix}__substg1.0_{tag}001E").decode("windows-1252", "replace").rstrip("\0")


def _stream(ole: Any, path: str) -> bytes:
    if not ole.exists(path) or ole.get_size(path) > LARGEST_PART_BYTES:
        return b""
    with ole.openstream(path) as stream:
        return bytes(stream.read())
