"""Decides what kind of indicator a piece of text is, defanged forms understood: `hxxp://evil[.]example` and its like.

Addresses are judged by the standard library; names, mail addresses, hashes and what was defanged by ioc-finder and
ioc-fanger, which know the top-level domains and the habits of reports. Spoken in this file alone, and loaded when
they are first asked: ioc-finder builds its grammars as it is loaded, which takes longer than all else of a command.
"""

import ipaddress
from collections.abc import Iterator
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from comity.records.indicators import Value, ValueKind
from comity.records.table_columns import RowReason

LONGEST_VALUE: Final = 2_048
_DEFANGED: Final = ("[", "(", "{", "hxx", "hXX", "HXX", "\\", " dot ", "meow", "xxx")
# Suffixes of files that people are warned of, and that no top-level domain bears.
_FILES: Final = frozenset(
    """exe dll sys scr bat cmd vbs vbe jse wsf hta lnk msi msix ps1 psm1 jar class apk dex ipa dmg pkg deb rpm elf bin
    doc docx docm dotm xls xlsx xlsm xlsb ppt pptx pptm pps rtf pdf chm iso img vhd vhdx rar 7z gz tgz bz2 xz
    tar ace js php asp aspx jsp html htm svg txt log dat tmp csv xml json plist ocx cpl drv inf reg swf eml msg
    url war ko dylib""".split()
)
# Both a suffix of files and a top-level domain: by itself such a name may be either.
_EITHER: Final = frozenset("cab mov py sh zip".split())
_SHORTEST: Final = 4
_AROUND: Final = 160  # characters before and after
_ENDS: Final = (". ", "! ", "? ")
_SIGNS: Final = " \t<>\"'“”‘’«»`*,;:.!?…"
_OPENS: Final = {")": "(", "]": "[", "}": "{"}
_CLOSES: Final = {"(": ")", "[": "]", "{": "}"}
_KEPT: Final = "-d0t0d-"
_HASHES: Final[dict[int, ValueKind]] = {32: "md5", 40: "sha1", 64: "sha256"}
_BEGIN_ADDRESS: Final = frozenset("0123456789abcdefABCDEF:")
# Names that the root of the DNS does not hold, and reports and exercises do. Source: RFC 6761, RFC 7686.
_SPECIAL: Final = frozenset(("example", "i2p", "invalid", "onion", "test"))
_HEX: Final = frozenset("0123456789abcdef")


def value_of(text: str, kind: ValueKind | None = None) -> Value | RowReason:
    """Read text that should be one indicator and nothing else.

    Args:
        kind: what it is said to be; then a doubtful form is read as that.
    """
    plain = text.strip()
    if not plain:
        return "no-value"
    if len(plain) > LONGEST_VALUE or not plain.isprintable():
        return "not-an-indicator"
    if kind == "file":
        return _file(plain)
    found = _read(plain, kind)
    if found is None and any(sign in plain for sign in _DEFANGED):
        found = _read(_fanged(plain), kind)
    if found is None:
        return "not-an-indicator"
    if isinstance(found, Value) and kind is not None and found.kind != kind:
        # Lists of URLs name bare hosts too.
        bare = kind == "url" and found.kind in ("domain", "ipv4", "ipv6")
        return Value("url", found.text) if bare else "type-differs"
    return found


def _fanged(text: str) -> str:
    """Write a defanged value as it was; of names with `-dot-` in them the library would make others."""
    from ioc_fanger import fang  # noqa: PLC0415

    return str(fang(text.replace("-dot-", _KEPT))).replace(_KEPT, "-dot-").strip()


def _file(text: str) -> Value | RowReason:
    return "type-differs" if "://" in text else Value("file", text)


def _read(text: str, kind: ValueKind | None) -> Value | RowReason | None:
    lower = text.lower()
    if len(text) in _HASHES and _HEX.issuperset(lower):
        return Value(_HASHES[len(text)], lower)
    if (network := _network(text)) is not None:
        return network
    if "://" in text:
        return Value("url", text) if _is_url(text) else None
    if "@" in text:
        return _email(text)
    host, slash, path = text.partition("/")
    if slash:
        named = _is_domain(host.partition(":")[0]) or (_network(host) is not None and not path.isdigit())
        return Value("url", text) if named and " " not in text else None
    return _name(text, kind)


def _network(text: str) -> Value | None:
    if text[:1] not in _BEGIN_ADDRESS:
        return None
    try:
        if "/" in text:
            network = ipaddress.ip_network(text, strict=False)
            return Value("ipv4" if network.version == 4 else "ipv6", str(network))
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return Value("ipv4" if address.version == 4 else "ipv6", str(address))


def _is_url(text: str) -> bool:
    if any(sign.isspace() for sign in text):
        return False
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(parts.scheme) and bool(host) and (_network(host) is not None or _is_domain(host))


def _email(text: str) -> Value | None:
    from ioc_finder import parse_email_addresses  # noqa: PLC0415

    local, _, host = text.rpartition("@")
    ascii_host = _ascii(host)
    if not _is_domain(host):
        return None
    stem, _, suffix = ascii_host.rpartition(".")
    ascii_host = f"{stem}.com" if suffix in _SPECIAL else ascii_host
    plain = f"{local}@{ascii_host}".lower()
    is_one = [str(found).lower() for found in parse_email_addresses(plain)] == [plain]
    return Value("email", f"{local}@{host.lower()}") if is_one else None


def _name(text: str, kind: ValueKind | None) -> Value | RowReason | None:
    suffix = text.rpartition(".")[2].lower()
    if "." not in text or " " in text or "\\" in text:
        return Value("file", text) if suffix in _FILES and "." in text and "\\" not in text else None
    if suffix in _FILES:
        return Value("file", text)
    if not _is_domain(text):
        return None
    doubtful = suffix in _EITHER and text.count(".") == 1
    if doubtful and kind is None:
        return "value-ambiguous"
    return Value("domain", text.lower().removesuffix("."))


def _is_domain(host: str) -> bool:
    from ioc_finder import parse_domain_names  # noqa: PLC0415

    name = _ascii(host).removesuffix(".")
    stem, _, suffix = name.rpartition(".")
    if suffix in _SPECIAL:
        name = f"{stem}.com"
    return bool(name) and parse_domain_names(name) == [name]


def _ascii(host: str) -> str:
    """Write a name in the letters of the DNS; what cannot be written so stays, and is no name."""
    try:
        return host.lower() if host.isascii() else host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return host


class Finding(NamedTuple):
    """An indicator in a text. `sentence`: what stands around it; `doubtful`: it may be a file or a domain."""

    value: Value
    sentence: str
    doubtful: bool


def find_values(text: str) -> Iterator[Finding]:
    """Find the indicators in a text, word by word: in time that grows with its length alone.

    A word is what stands between white space, without the signs around it; of several between commas each is one.
    """
    for line in text.splitlines():
        at = 0
        for word in line.split():
            at = line.index(word, at)
            for piece in _pieces(word):
                found = value_of(piece)
                doubtful = found == "value-ambiguous"
                value = Value("domain", piece.lower()) if doubtful else found
                if isinstance(value, Value):
                    yield Finding(value, _around(line, at, len(word)), doubtful)
            at += len(word)


def _pieces(word: str) -> Iterator[str]:
    if len(word) > LONGEST_VALUE:
        return
    plain = _trimmed(word)
    if "://" in plain or "[:]" in plain or plain.lower().startswith("hxx"):
        yield plain
        return
    for given in plain.replace(";", ",").replace("|", ",").split(","):
        piece = _trimmed(given.rpartition("=")[2])
        could_be = any(sign in piece for sign in ".:@") or len(piece) in _HASHES or "dot" in piece
        if len(piece) >= _SHORTEST and could_be:
            yield piece


def _trimmed(word: str) -> str:
    """Take off the signs of a sentence; brackets only where they open or close outside of the word."""
    plain = word.strip(_SIGNS)
    while plain and plain[-1] in ")]}" and plain.count(plain[-1]) > plain.count(_OPENS[plain[-1]]):
        plain = plain[:-1].strip(_SIGNS)
    while plain and plain[0] in "([{" and plain.count(plain[0]) > plain.count(_CLOSES[plain[0]]):
        plain = plain[1:].strip(_SIGNS)
    if plain[:1] in ("(", "[", "{") and plain[-1:] == _CLOSES.get(plain[:1], "") and plain.count(plain[:1]) == 1:
        plain = plain[1:-1].strip(_SIGNS)
    return plain


def _around(line: str, at: int, length: int) -> str:
    """Give the words around a word, cut at the ends of its sentence or where it gets long."""
    least = max(0, at - _AROUND)
    begins = [place + len(sign) for sign in _ENDS if (place := line.rfind(sign, least, at)) != -1]
    begin = max(begins, default=least)
    ends = [place for sign in _ENDS if (place := line.find(sign, at + length, at + length + _AROUND)) != -1]
    end = min(ends) + 1 if ends else min(len(line), at + length + _AROUND)
    return " ".join("".join(sign if sign.isprintable() else " " for sign in line[begin:end]).split())
