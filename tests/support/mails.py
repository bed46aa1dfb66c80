"""Mails for tests: fictional, as mail programs write them, and documents to go with them."""

import io
import struct
import zipfile
from email.message import EmailMessage

TEXT = """Dear colleagues,

the server hxxps://locker[.]example/pay?id=7 (also 198.51.100[.]7) took part in the intrusion at Northwind Energy. It
drops locker-update.exe and asks update.zip.

SHA-256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
Answers to cert@ruritania.example or to our page https://ruritania.example/locker please.
"""
SUBJECT = "[TLP:AMBER] Locker at Northwind Energy – Zürich"


def a_mail(text: str = TEXT, *, subject: str = SUBJECT, attached: tuple[tuple[str, str, bytes], ...] = ()) -> bytes:
    """Write a mail of Ruritania's CSIRT; what is attached as (name, type, content)."""
    message = EmailMessage()
    message["From"] = "CERT Ruritania <cert@ruritania.example>"
    message["To"] = "duty@freedonia.example"
    message["Subject"] = subject
    message["Date"] = "Sat, 01 Mar 2031 09:12:00 +0000"
    message["Message-ID"] = "<7f3a@ruritania.example>"
    message.set_content(text)
    for name, kind, content in attached:
        main, _, sub = kind.partition("/")
        message.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return message.as_bytes()


def a_docx(text: str, *, inside: dict[str, str | bytes] | None = None) -> bytes:
    """Write a document as Word does, in what is read of it; `inside` replaces or adds parts."""
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    lines = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in text.splitlines())
    parts: dict[str, str | bytes] = {
        "word/document.xml": f'<?xml version="1.0"?><w:document xmlns:w="{word}"><w:body>{lines}</w:body></w:document>'
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (parts | (inside or {})).items():
            archive.writestr(name, content)
    return stream.getvalue()


def a_pdf(text: str) -> bytes:
    """Write a document of one page with these lines."""
    shown = "".join(f"({line}) Tj T* " for line in text.splitlines())
    drawn = f"BT /F1 11 Tf 14 TL 50 760 Td {shown}ET".encode()
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    return pdf_of(objects)


def pdf_of(objects: tuple[bytes, ...]) -> bytes:
    """Write a document out of its objects, the catalogue first."""
    body, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(body))
    return body + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table + end


def an_outlook_mail(heads: dict[str, str], text: str, attached: dict[str, bytes]) -> bytes:
    """Write a mail as Outlook saves it. Sources: MS-OXMSG, and MS-CFB for the file around it."""
    streams = {f"__substg1.0_{tag}001F": value.encode("utf-16-le") for tag, value in heads.items()}
    streams["__substg1.0_1000001F"] = text.encode("utf-16-le")
    folders = {
        f"__attach_version1.0_#{number:08X}": {
            "__substg1.0_3707001F": name.encode("utf-16-le"),
            "__substg1.0_37010102": content,
        }
        for number, (name, content) in enumerate(attached.items())
    }
    return _compound(streams, folders)


_SECTOR, _END, _FREE, _FAT = 512, 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_NONE = 0xFFFFFFFF
_CUT_OFF = 4096  # shorter streams would lie in a file of their own within the file


def _compound(streams: dict[str, bytes], folders: dict[str, dict[str, bytes]]) -> bytes:
    """Write a compound file. Streams are filled up to where they need no mini stream; text ends at a zero."""
    entries: list[list[object]] = [["Root Entry", 5, _NONE, _NONE, _NONE, b""]]  # name, kind, left, right, child, body
    entries[0][4] = _branch(entries, [*((n, b) for n, b in streams.items()), *folders.items()])
    data, fat, starts = b"", [], []
    for entry in entries:
        body = entry[5]
        assert isinstance(body, bytes)
        if entry[1] != 2:
            starts.append((_END, 0))
            continue
        wide = str(entry[0]).endswith("001F")
        full = body.ljust(_CUT_OFF, b"\0") if wide else body.ljust(_CUT_OFF)
        count = -(-len(full) // _SECTOR)
        starts.append((len(fat), len(full)))
        fat += [*range(len(fat) + 1, len(fat) + count), _END]
        data += full.ljust(count * _SECTOR, b"\0")
    directory = b"".join(_entry(entry, *start) for entry, start in zip(entries, starts, strict=True))
    directory = directory.ljust(-(-len(directory) // _SECTOR) * _SECTOR, b"\0")
    first, count = len(fat), len(directory) // _SECTOR
    fat += [*range(first + 1, first + count), _END]
    tables = 1
    while (len(fat) + tables) * 4 > tables * _SECTOR:
        tables += 1
    at = len(fat)
    fat += [_FAT] * tables
    table = struct.pack(f"<{len(fat)}I", *fat).ljust(tables * _SECTOR, b"\xff")
    difat = struct.pack("<109I", *range(at, at + tables), *([_FREE] * (109 - tables)))
    head = struct.pack(
        "<8s16sHHHHH6xIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6, 0, tables, first, 0,
        _CUT_OFF, _END, 0, _END, 0,
    )  # fmt: skip
    return head + difat + data + directory + table


def _branch(entries: list[list[object]], named: list[tuple[str, bytes | dict[str, bytes]]]) -> int:
    """Enter what lies in one folder, as a row of right neighbours in the order of their names."""
    before = _NONE
    for name, content in sorted(named, key=lambda one: (len(one[0]), one[0].upper()), reverse=True):
        place = len(entries)
        is_stream = isinstance(content, bytes)
        entries.append([name, 2 if is_stream else 1, _NONE, before, _NONE, content if is_stream else b""])
        if isinstance(content, dict):
            entries[place][4] = _branch(entries, list(content.items()))
        before = place
    return before


def _entry(entry: list[object], start: int, size: int) -> bytes:
    name, kind, left, right, child, _ = entry
    text = str(name).encode("utf-16-le")
    return struct.pack(
        "<64sHBBIII16sIQQIQ", text, len(text) + 2, kind, 1, left, right, child, b"", 0, 0, 0, start, size
    )
