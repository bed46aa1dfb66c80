"""Decides how a bundle file begins and ends: signed pages of one party's stream to another, carried by hand.

A bundle file is a JSON text sequence (RFC 7464): a head, pages as a peer gets them over TAXII, and an end. Head and end
are not signed. They say for whom the file is and whether it is whole, so that a person learns soon what is wrong with
it; what is believed comes out of the envelopes in the pages.
"""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from comity.errors import RecordRejected
from comity.records.base import Moment, ShortName
from comity.records.strict_json import read_object

VERSION: Final = 1
LARGEST_HEAD_BYTES: Final = 4_096
LARGEST_SIDECAR_BYTES: Final = 8 << 20  # as they are written into files
_HEAD, _END = "x-comity-bundle", "x-comity-bundle-end"


class Head(msgspec.Struct, frozen=True, kw_only=True, tag=_HEAD):
    """Whose pages for whom, of which stream, and which statements: none if only acts are carried.

    `complete`: all that the giver had for the receiver and knew no receipt of is in the file.
    """

    version: Annotated[int, Meta(ge=1)]
    giver: ShortName
    receiver: ShortName
    stream: Annotated[str, Meta(min_length=1, max_length=64)]
    exercise: bool
    complete: bool
    made_at: Moment
    first: Annotated[int, Meta(ge=1, le=2**53)] | None = None
    last: Annotated[int, Meta(ge=1, le=2**53)] | None = None


class End(msgspec.Struct, frozen=True, kw_only=True, tag=_END):
    """How many pages stood before it."""

    pages: Annotated[int, Meta(ge=0, le=2**53)]


_HEAD_DECODER = msgspec.json.Decoder(Head)
_END_DECODER = msgspec.json.Decoder(End)


def written(part: Head | End) -> bytes:
    """Write a head or an end."""
    return msgspec.json.encode(part)


def read_head(text: bytes) -> Head:
    """Read the first text of a file.

    Raises:
        RecordRejected: not-a-bundle, newer-version, or bad-field.
    """
    if len(text) > LARGEST_HEAD_BYTES:
        raise RecordRejected("not-a-bundle", "$")
    try:
        said = read_object(text)
    except RecordRejected as exc:
        raise RecordRejected("not-a-bundle", "$", exc.reason) from exc
    if said.get("type") != _HEAD:
        raise RecordRejected("not-a-bundle", "$.type")
    version = said.get("version")
    if isinstance(version, int) and version > VERSION:
        raise RecordRejected("newer-version", "$.version", f"this version of Comity reads version {VERSION}")
    try:
        return _HEAD_DECODER.decode(text)
    except msgspec.ValidationError as exc:
        raise RecordRejected("bad-field", "$", str(exc)[:200]) from exc


def read_end(text: bytes) -> End | None:
    """Read a text as an end; None if it is a page.

    Raises:
        RecordRejected: bad-field.
    """
    if len(text) > LARGEST_HEAD_BYTES or _END.encode() not in text:
        return None
    if read_object(text).get("type") != _END:
        return None
    try:
        return _END_DECODER.decode(text)
    except msgspec.ValidationError as exc:
        raise RecordRejected("bad-field", "$", str(exc)[:200]) from exc
