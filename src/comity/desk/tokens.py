"""Writes and reads page tokens: the place reached in one reader's stream under one set of filters, sealed.

A token holds no state of the server, stays good as long as the node's token key does, and is worth nothing to another
reader or under other filters. The page limit and `added_after` are not part of it: clients change or repeat both.
"""

import base64
import binascii
import hmac

import msgspec

from comity.desk.views import ReadQuery
from comity.errors import UsageError

_PLACE_BYTES = 8
_SEAL_BYTES = 16


def write_token(key: bytes, reader_no: int, purpose: str, query: ReadQuery, place: int) -> str:
    """Seal a place (a date of the stream in milliseconds)."""
    body = place.to_bytes(_PLACE_BYTES, "big")
    return base64.urlsafe_b64encode(body + _seal(key, reader_no, purpose, query, body)).decode().rstrip("=")


def read_token(key: bytes, reader_no: int, purpose: str, query: ReadQuery, token: str) -> int:
    """Give the place a token holds.

    Raises:
        UsageError: not a token of this node, reader and set of filters.
    """
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as exc:
        raise _refused() from exc
    body, seal = raw[:_PLACE_BYTES], raw[_PLACE_BYTES:]
    if len(raw) != _PLACE_BYTES + _SEAL_BYTES or not hmac.compare_digest(
        seal, _seal(key, reader_no, purpose, query, body)
    ):
        raise _refused()
    return int.from_bytes(body, "big")


def _refused() -> UsageError:
    return UsageError("`next` does not belong to this request: use it with the filters of the page it came from")


def _seal(key: bytes, reader_no: int, purpose: str, query: ReadQuery, body: bytes) -> bytes:
    filters = (sorted(query.ids), sorted(query.types), sorted(map(str, query.versions)), sorted(query.spec_versions))
    text = msgspec.json.encode((reader_no, purpose, filters))
    return hmac.digest(key, b"comity-page-1\0" + text + b"\0" + body, "sha256")[:_SEAL_BYTES]
