"""Decides what the columns of a table of indicators mean, and what one row of it says; a bad cell names its reason.

A guess is made by the columns' names first, then by what stands in them. It is a proposal: a person corrects it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, Literal, NamedTuple, TypeAlias, get_args

import msgspec

from comity.records.indicators import Said, Value, ValueKind
from comity.values import Instant, Tlp, instant

Field: TypeAlias = Literal[
    "value", "type", "description", "first_seen", "valid_until", "tlp", "confidence", "labels"
]  # fmt: skip
FIELDS: Final[tuple[Field, ...]] = get_args(Field)
RowReason: TypeAlias = Literal[
    "no-value", "not-an-indicator", "value-ambiguous", "type-unknown", "type-differs", "bad-first-seen",
    "bad-valid-until", "bad-tlp", "bad-confidence", "repeated-value",
]  # fmt: skip
ValueReader: TypeAlias = Callable[[str, ValueKind | None], "Value | RowReason"]

MOST_GUESSED_BY: Final = 50  # rows
LONGEST_LABEL: Final = 200
_NAMES: Final[Mapping[Field, frozenset[str]]] = {
    "value": frozenset(
        """value indicator indicatorvalue ioc iocvalue observable artifact attribute domain domainname hostname host
        fqdn url uri link ip ipaddress ipv4 ipv6 address dstip srcip hash md5 sha1 sha256 sha256hash sha1hash md5hash
        email emailaddress filename""".split()
    ),
    "type": frozenset("type indicatortype ioctype kind observabletype valuetype attributetype".split()),
    "description": frozenset("description comment comments note notes context details title name info".split()),
    "first_seen": frozenset(
        """firstseen firstseenutc validfrom since created createdat dateadded added date firstobserved starttime
        firstdetected timestamp time""".split()
    ),
    "valid_until": frozenset("validuntil expires expiration expirationdate expiry until validto endtime".split()),
    "tlp": frozenset("tlp marking tlplevel trafficlight trafficlightprotocol sharing".split()),
    "confidence": frozenset("confidence confidencelevel score certainty".split()),
    "labels": frozenset("labels label tags tag keywords category categories".split()),
}
_KINDS: Final[Mapping[str, tuple[ValueKind, ...]]] = {
    "ip": ("ipv4", "ipv6"), "ipaddr": ("ipv4", "ipv6"), "ipaddress": ("ipv4", "ipv6"), "ipdst": ("ipv4", "ipv6"),
    "ipsrc": ("ipv4", "ipv6"), "address": ("ipv4", "ipv6"), "cidr": ("ipv4", "ipv6"), "network": ("ipv4", "ipv6"),
    "subnet": ("ipv4", "ipv6"), "netblock": ("ipv4", "ipv6"),
    "ipv4": ("ipv4",), "ipv4addr": ("ipv4",), "ipv4address": ("ipv4",), "ipv4cidr": ("ipv4",), "cidrv4": ("ipv4",),
    "ipv6": ("ipv6",), "ipv6addr": ("ipv6",), "ipv6address": ("ipv6",), "ipv6cidr": ("ipv6",), "cidrv6": ("ipv6",),
    "domain": ("domain",), "domainname": ("domain",), "hostname": ("domain",), "host": ("domain",),
    "fqdn": ("domain",), "dns": ("domain",),
    "url": ("url",), "uri": ("url",), "link": ("url",),
    "email": ("email",), "emailaddr": ("email",), "emailaddress": ("email",), "emailsrc": ("email",),
    "emaildst": ("email",), "mail": ("email",),
    "md5": ("md5",), "sha1": ("sha1",), "sha256": ("sha256",), "hashmd5": ("md5",), "hashsha1": ("sha1",),
    "hashsha256": ("sha256",), "filehashmd5": ("md5",), "filehashsha1": ("sha1",), "filehashsha256": ("sha256",),
    "md5hash": ("md5",), "sha1hash": ("sha1",), "sha256hash": ("sha256",),
    "hash": ("md5", "sha1", "sha256"), "filehash": ("md5", "sha1", "sha256"),
    "file": ("file",), "filename": ("file",),
}  # fmt: skip
# STIX 2.1 appendix A, "None / Low / Med / High".
_CONFIDENCES: Final = {"none": 0, "low": 15, "med": 50, "medium": 50, "high": 85}


class Columns(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which column holds what: by the text at its head, or as `#3` by its place. `header`: the first row names them."""

    value: str
    type: str | None = None
    description: str | None = None
    first_seen: str | None = None
    valid_until: str | None = None
    tlp: str | None = None
    confidence: str | None = None
    labels: str | None = None
    header: bool = True


class Row(NamedTuple):
    """What a row says: a value, and what is said of it."""

    value: Value
    said: Said


class NoSuchColumn(ValueError):
    """A table has no column of this name, or more than one. Its text is the name."""


def places_of(columns: Columns, head: Sequence[str]) -> dict[Field, int]:
    """Give where each thing stands in a row, counted from 0.

    Raises:
        NoSuchColumn: there is none of this name, or more than one.
    """
    names = [name.strip().casefold() for name in head] if columns.header else []
    found: dict[Field, int] = {}
    for field in FIELDS:
        name = getattr(columns, field)
        if name is not None:
            found[field] = _place(name, names, len(head))
    return found


def _place(name: str, names: list[str], width: int) -> int:
    plain = name.strip().casefold()
    if names.count(plain) == 1:
        return names.index(plain)
    number = plain.removeprefix("#")
    if plain.startswith("#") and number.isascii() and number.isdigit() and 1 <= int(number[:9]) <= width:
        return int(number) - 1
    raise NoSuchColumn(name[:80])


def guessed(rows: Sequence[Sequence[str]], read: ValueReader) -> Columns | None:
    """Guess the columns of a table by its first rows; None if no column holds indicators."""
    rows = [row for row in rows[:MOST_GUESSED_BY] if any(cell.strip() for cell in row)]
    if not rows:
        return None
    header = not any(_is_value(cell, read) for cell in rows[0])
    inside = rows[1:] if header else rows
    width = max(len(row) for row in rows)
    shares = [_share([row[at] for row in inside if at < len(row)], read) for at in range(width)]
    names = [plain_name(cell) for cell in rows[0]] if header else []
    named = [at for at, name in enumerate(names) if name in _NAMES["value"] and shares[at] > 0]
    at_best = max(named or range(width), key=lambda at: (shares[at], -at))
    if not shares[at_best] and not (header and named):
        return None
    found: dict[str, str] = {"value": f"#{at_best + 1}"}
    taken = {at_best}
    for field in FIELDS[1:]:
        at = next((at for at, name in enumerate(names) if name in _NAMES[field] and at not in taken), None)
        if at is not None:
            found[field] = f"#{at + 1}"
            taken.add(at)
    return msgspec.convert(found | {"header": header}, Columns)


def plain_name(name: str) -> str:
    """Give a name without signs and case, by which columns and types are known."""
    return "".join(sign for sign in name.casefold() if sign.isalnum())


def _is_value(cell: str, read: ValueReader) -> bool:
    return not isinstance(read(cell, None), str)


def _share(cells: Sequence[str], read: ValueReader) -> float:
    filled = [cell for cell in cells if cell.strip()]
    return sum(_is_value(cell, read) for cell in filled) / len(filled) if filled else 0.0


def row_of(cells: Sequence[str], places: Mapping[Field, int], read: ValueReader) -> Row | RowReason:
    """Read one row, or give the reason why it says nothing that can be kept."""
    said = {field: cells[at].strip() for field, at in places.items() if at < len(cells)}
    if not said.get("value"):
        return "no-value"
    value = _value(said["value"], said.get("type", ""), read)
    if isinstance(value, str):
        return value
    times: dict[Field, Instant | None] = {}
    for field, reason in _BAD_TIMES:
        try:
            times[field] = moment_of(said.get(field, ""))
        except ValueError:
            return reason
    since, until = times["first_seen"], times["valid_until"]
    if since is not None and until is not None and until <= since:
        return "bad-valid-until"
    try:
        tlp = Tlp.of(said["tlp"]) if said.get("tlp") else None
    except ValueError:
        return "bad-tlp"
    try:
        confidence = _confidence(said.get("confidence", ""))
    except ValueError:
        return "bad-confidence"
    labels = tuple(dict.fromkeys(_labels(said.get("labels", ""))))
    return Row(value, Said(said.get("description", ""), since, until, tlp, confidence, labels))


_BAD_TIMES: Final[tuple[tuple[Field, RowReason], ...]] = (
    ("first_seen", "bad-first-seen"),
    ("valid_until", "bad-valid-until"),
)


def _value(cell: str, type_word: str, read: ValueReader) -> "Value | RowReason":
    if not type_word:
        return read(cell, None)
    kinds = _KINDS.get(plain_name(type_word))
    if kinds is None:
        return "type-unknown"
    value = read(cell, kinds[0] if len(kinds) == 1 else None)
    if isinstance(value, Value) and value.kind not in kinds:
        return "type-differs"
    return value


def moment_of(text: str) -> Instant | None:
    """Read a time as tables write it: RFC 3339, the same without a zone (meaning UTC), a date, or seconds since 1970.

    Raises:
        ValueError: it is none of these; days and months in a local order are not guessed at.
    """
    plain = text.strip().removesuffix(" UTC").replace(" UTC", "")
    if not plain:
        return None
    if plain.isascii() and plain.isdigit() and 9 <= len(plain) <= 10:
        return Instant(int(plain) * 1000)
    try:
        return instant(plain)
    except ValueError:
        moment = datetime.fromisoformat(plain)
        if moment.tzinfo is not None:
            raise
        return instant(moment.replace(tzinfo=UTC).isoformat())


def _confidence(text: str) -> int | None:
    plain = text.casefold().removesuffix("%").strip()
    if not plain:
        return None
    if plain in _CONFIDENCES:
        return _CONFIDENCES[plain]
    if plain.isascii() and plain.isdigit() and len(plain) <= 3 and int(plain) <= 100:
        return int(plain)
    raise ValueError(text)


def _labels(text: str) -> list[str]:
    for sign in ";|":
        text = text.replace(sign, ",")
    return [label for part in text.split(",") if (label := part.strip()[:LONGEST_LABEL])]
