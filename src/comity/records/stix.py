"""Decides how an act travels as STIX 2.1: an object of our own type whose extension carries the envelope as text.

A stock TAXII client sees valid STIX. What stands beside the envelope is a copy for such readers and is never believed:
an act is read out of the envelope alone. Source: STIX 2.1 §7.3 (extension definitions).
"""

from typing import Final
from uuid import UUID, uuid5

import msgspec

from comity.errors import RecordRejected
from comity.records import codec, dsse
from comity.records.base import Record, kind_of
from comity.records.codec import UnreadAct
from comity.records.kinds import KINDS, Act
from comity.values import JsonObject, instant, iso

ENVELOPE: Final = "dsse"
MAKER: Final = "identity--d697afc0-0140-4d35-9ab3-01102f9bf94a"
_ACTS: Final = UUID("2e293720-b67f-4d9e-ae17-b67d92f4cc9c")
_DEFINED_AT: Final = "2026-01-01T00:00:00.000Z"
_VERSION: Final = "1.0.0"
_EXTENSIONS: Final = {kind.extension for kind in KINDS.values()}


def act_id(act: Act) -> str:
    """Give the STIX id of an act: UUIDv5 of issuer and rid, so that no issuer can take another's.

    The rid itself will not do: STIX 2.1 §2.9 asks for a UUID of RFC 4122, which knows no version 7.
    """
    return f"{kind_of(act)}--{uuid5(_ACTS, f'{act.issuer}/{act.rid}')}"


def act_id_of(act: Act | UnreadAct) -> str:
    """Give the same of an act that may be of a kind unknown here."""
    kind = act.kind if isinstance(act, UnreadAct) else kind_of(act)
    return f"{kind}--{uuid5(_ACTS, f'{act.issuer}/{act.rid}')}"


def act_object(act: Act, envelope: bytes) -> JsonObject:
    """Give the STIX object that carries an act's envelope.

    Raises:
        RecordRejected: the envelope is no UTF-8 text.
    """
    try:
        text = envelope.decode("utf-8", "strict")
    except UnicodeDecodeError as exc:
        raise RecordRejected("not-utf8", "$", f"byte {exc.start}") from exc
    made_at = iso(instant(act.at))
    return {
        "type": kind_of(act),
        "spec_version": "2.1",
        "id": act_id(act),
        "created": made_at,
        "modified": made_at,
        "extensions": {act.extension: {"extension_type": "new-sdo", ENVELOPE: text}},
    }


def stix_object(envelope: bytes) -> bytes:
    """Write the STIX object of an act of ours that is kept as its envelope.

    Raises:
        RecordRejected: it is none, or of a kind that this version does not know.
    """
    act = codec.decode(dsse.unverified_payload(envelope))
    if isinstance(act, UnreadAct):
        raise RecordRejected("unknown-kind", "$.type")
    return msgspec.json.encode(act_object(act, envelope))


def envelope_of(obj: JsonObject) -> bytes | None:
    """Give the envelope that a STIX object carries, byte for byte; none if it carries none of ours."""
    extensions = obj.get("extensions")
    if not isinstance(extensions, dict):
        return None
    for name in sorted(_EXTENSIONS & extensions.keys()):
        extension = extensions[name]
        text = extension.get(ENVELOPE) if isinstance(extension, dict) else None
        if isinstance(text, str):
            # A lone surrogate becomes bytes that no reader of envelopes accepts, and does not raise here.
            return text.encode("utf-8", "surrogatepass")
    return None


def extension_definition(kind: type[Record]) -> JsonObject:
    """Give the STIX extension definition of a kind; its schema is the kind's own."""
    return {
        "type": "extension-definition",
        "spec_version": "2.1",
        "id": kind.extension,
        "created": _DEFINED_AT,
        "modified": _DEFINED_AT,
        "created_by_ref": MAKER,
        "name": kind_of(kind),
        "description": (kind.__doc__ or "").partition("\n")[0],
        "schema": msgspec.json.encode(msgspec.json.schema(kind)).decode(),
        "version": _VERSION,
        "extension_types": ["new-sdo"],
    }


def maker() -> JsonObject:
    """Give the identity that the extension definitions name as their creator: the product, not a node."""
    return {
        "type": "identity",
        "spec_version": "2.1",
        "id": MAKER,
        "created": _DEFINED_AT,
        "modified": _DEFINED_AT,
        "name": "Comity",
        "identity_class": "system",
    }
