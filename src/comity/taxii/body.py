"""Decides how a request's body is taken in: within a limit, packed or not, and within a time.

The limit holds for the bytes as sent and as unpacked, so a small gzip cannot become a large body (a "bomb").
"""

import zlib
from collections.abc import AsyncIterator, Iterator

import anyio
from litestar.exceptions import InternalServerException

from comity.errors import TooLarge
from comity.taxii.problems import MALFORMED_BODY, SLOW_BODY, UNSUPPORTED_TYPE, Refusal

DEADLINE_S = 60
_STEP_BYTES = 256 * 1024
_MOST_MEMBERS = 64  # of one gzip; each costs time however little it holds
_DRAIN_FACTOR = 4  # how much more than the limit is thrown away, so that a client gets to read the refusal


async def read_body(chunks: AsyncIterator[bytes], encoding: str, *, limit_bytes: int) -> bytes:
    """Take in a body.

    Args:
        chunks: the body as it arrives.
        encoding: the `Content-Encoding` header, empty if there is none.

    Raises:
        TooLarge: over the limit, packed or unpacked.
        Refusal: an encoding other than gzip, a broken gzip, a body that is cut off or takes longer than `DEADLINE_S`.
    """
    encoding = encoding.strip().lower()
    if encoding not in {"", "identity", "gzip", "x-gzip"}:
        raise Refusal(UNSUPPORTED_TYPE)
    try:
        with anyio.fail_after(DEADLINE_S):
            received = await _collect(chunks, limit_bytes)
    except (TimeoutError, InternalServerException) as exc:  # by the latter the framework says that the client went away
        raise Refusal(SLOW_BODY) from exc
    if encoding.endswith("gzip"):
        return await anyio.to_thread.run_sync(unpack, received, limit_bytes)
    return received


async def _collect(chunks: AsyncIterator[bytes], limit_bytes: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size <= limit_bytes:
            parts.append(chunk)
        elif size > limit_bytes * _DRAIN_FACTOR:
            break
        else:
            parts.clear()
    if size > limit_bytes:
        raise TooLarge(limit_bytes)
    return b"".join(parts)


def unpack(packed: bytes, limit_bytes: int) -> bytes:
    """Unpack gzip, of one or several members, holding never much more than the limit.

    Raises:
        TooLarge: it unpacks to more than the limit.
        Refusal: it is broken or cut off.
    """
    parts: list[bytes] = []
    size = 0
    try:
        for part in _unpacked(packed):
            size += len(part)
            if size > limit_bytes:
                raise TooLarge(limit_bytes)
            parts.append(part)
    except (zlib.error, EOFError) as exc:
        raise Refusal(MALFORMED_BODY) from exc
    return b"".join(parts)


def _unpacked(packed: bytes) -> Iterator[bytes]:
    """Give the unpacked bytes piece by piece, copying no more than a piece at a time."""
    view, at = memoryview(packed), 0
    for _ in range(_MOST_MEMBERS):
        member = zlib.decompressobj(wbits=31)  # gzip only, RFC 1952
        while not member.eof:
            piece = view[at : at + _STEP_BYTES]
            part = member.decompress(piece, _STEP_BYTES)
            at += len(piece) - len(member.unconsumed_tail) - len(member.unused_data)
            if not part and not piece and not member.eof:
                raise EOFError("the gzip is cut off")
            yield part
        if at == len(view):
            return
    raise EOFError(f"more than {_MOST_MEMBERS} members")
