"""Decides how signatures travel beside items: in one STIX object of our own at the end of a page.

Items go as the bytes received, so that a stock client reads them; who looks for signatures finds the statement of the
delivery, the signed set, and for each object its salt and place. In the form for relays each entry carries the exact
bytes too: a STIX library or another server in between may write the object anew without breaking its signature. What
the sidecar itself says is believed of nothing: all of it is checked against the envelopes.
"""

import base64
import binascii
import hashlib
from typing import Annotated, Final
from uuid import UUID, uuid5

import msgspec
from msgspec import Meta

from comity.errors import RecordRejected
from comity.records.sets import HASH_BYTES, LARGEST
from comity.records.strict_json import read_object
from comity.values import Instant, JsonObject, iso

TYPE: Final = "x-comity-sidecar"
EXTENSION: Final = "extension-definition--5f0a3c1e-0f5e-4c6d-8f39-6f1a0a5b7d21"
MOST_ENTRIES: Final = 1_000
MOST_ACTS: Final = 100
LONGEST_ENVELOPE = 1_500_000
LONGEST_SET = 16_384  # the envelope of a set states a root, whatever the number of its items
LONGEST_NODES = LARGEST * 44  # no set has more nodes beside any leaves than it has leaves
_NAMES: Final = UUID("a1b6a0d5-7a57-4c1f-9a7e-2f6f0a0f1b11")
_SALT_BYTES = 16

_Envelope = Annotated[str, Meta(min_length=2, max_length=LONGEST_ENVELOPE)]


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One object of the page, in its order: which leaf of the statement it is.

    `salt` opens the leaf of an original; a rendition has none. `place`: its leaf in the set, if it is signed there.
    `bytes`: the exact bytes in base64, in the form for relays.
    """

    leaf: Annotated[int, Meta(ge=0, lt=MOST_ENTRIES)]
    salt: Annotated[str, Meta(pattern=r"^[0-9a-f]{32}$(?!\n)")] | None = None
    place: Annotated[int, Meta(ge=0, lt=LARGEST)] | None = None
    bytes: str | None = None


class CarriedItem(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the page that its giver passes on: its place in its originator's set, and what opens it there."""

    entry: Annotated[int, Meta(ge=0, lt=MOST_ENTRIES)]
    salt: Annotated[str, Meta(pattern=r"^[0-9a-f]{32}$(?!\n)")]
    place: Annotated[int, Meta(ge=0, lt=LARGEST)]


class CarriedSet(msgspec.Struct, frozen=True, kw_only=True):
    """The signed set of an originator whose items the giver passes on, with the nodes beside their leaves."""

    set: Annotated[str, Meta(min_length=2, max_length=LONGEST_SET)]
    nodes: Annotated[str, Meta(max_length=LONGEST_NODES)]
    items: Annotated[tuple[CarriedItem, ...], Meta(min_length=1, max_length=LARGEST)]


class Sidecar(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What stands beside a page: the statement's envelope and all that is needed to check its objects."""

    statement: _Envelope | None = None  # none where nothing was delivered, and only acts wait
    entries: Annotated[tuple[Entry, ...], Meta(max_length=MOST_ENTRIES)] = ()
    acts: Annotated[tuple[_Envelope, ...], Meta(max_length=MOST_ACTS)] = ()  # of the giver, that wait for this reader
    set: _Envelope | None = None
    nodes: str = ""  # of the set, beside the leaves, in base64 as one text
    absent: Annotated[tuple[Annotated[int, Meta(ge=0, lt=MOST_ENTRIES)], ...], Meta(max_length=MOST_ENTRIES)] = ()
    renditions: _Envelope | None = None
    carried: Annotated[tuple[CarriedSet, ...], Meta(max_length=MOST_ENTRIES)] = ()  # of what the giver passes on


_DECODER = msgspec.json.Decoder(Sidecar)


def sidecar_object(sidecar: Sidecar, at: Instant) -> bytes:
    """Write the STIX object, deterministically: its id follows from the statement it carries."""
    moment = iso(at)
    name = hashlib.sha256("".join((sidecar.statement or "", *sidecar.acts)).encode()).hexdigest()
    head: JsonObject = {
        "type": TYPE,
        "spec_version": "2.1",
        "id": f"{TYPE}--{uuid5(_NAMES, name)}",
        "created": moment,
        "modified": moment,
        "extensions": {EXTENSION: {"extension_type": "new-sdo"}},
    }
    return msgspec.json.encode({**head, **msgspec.to_builtins(sidecar)})


def read_sidecar(body: bytes) -> Sidecar:
    """Read a sidecar.

    Raises:
        RecordRejected: it is none: with the path of what is off.
    """
    obj = read_object(body)
    if obj.get("type") != TYPE:
        raise RecordRejected("bad-field", "$.type", f"not {TYPE}")
    try:
        return _DECODER.decode(body)
    except msgspec.ValidationError as exc:
        raise RecordRejected("bad-field", "$", str(exc)[:200]) from exc


def is_sidecar(body: bytes) -> bool:
    """Might this be a sidecar? A cheap look; `read_sidecar` decides."""
    return f'"{TYPE}"'.encode() in body[:4_096]


def salt_of(entry: Entry) -> bytes | None:
    """Give the salt of an original; none for a rendition."""
    return None if entry.salt is None else bytes.fromhex(entry.salt)


def node_list(text: str) -> tuple[bytes, ...]:
    """Read nodes written as one text.

    Raises:
        RecordRejected: bad-base64, or not whole nodes.
    """
    raw = exact_bytes(text, "$.nodes")
    if len(raw) % HASH_BYTES:
        raise RecordRejected("bad-field", "$.nodes", "not a number of whole nodes")
    return tuple(raw[at : at + HASH_BYTES] for at in range(0, len(raw), HASH_BYTES))


def node_text(nodes: tuple[bytes, ...]) -> str:
    """Write nodes as one text."""
    return base64.b64encode(b"".join(nodes)).decode()


def exact_bytes(text: str, path: str) -> bytes:
    """Read bytes in canonical base64.

    Raises:
        RecordRejected: bad-base64.
    """
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as exc:
        raise RecordRejected("bad-base64", path) from exc
    if base64.b64encode(raw).decode() != text:
        raise RecordRejected("bad-base64", path, "not canonical")
    return raw
