"""Reads the log of a peer as C2SP tlog-tiles lays it out: few and small answers, in a time that is bounded as a whole.

Nothing that comes is believed here: whoever asked compares it with what the peer has signed.
"""

import time

import msgspec

from comity.errors import NotFound, RecordRejected, Unreachable
from comity.records.log.note import LARGEST_NOTE_BYTES
from comity.records.log.tiles import TileName
from comity.records.log.tree import HASH_BYTES, TILE_HEIGHT, TILE_WIDTH
from comity.wire.outbound import Dial, Limits, Line, Outbound, origin_of

WITHIN_S = 20.0  # for all that is asked of one log at a time
MOST_TILES = 48  # a proof needs three of a level at most, and no log has more than eight levels that it reaches
LIMITS = Limits(answer_bytes=LARGEST_NOTE_BYTES, connect_s=5.0, answer_s=5.0)


class LogClient:
    """Speaks to one log. Use it in a `with` block: it holds a line open. State kept: what may still be asked."""

    def __init__(self, outbound: Outbound, url: str, *, within_s: float = WITHIN_S, dial: Dial = Line) -> None:
        self._base = url.rstrip("/")
        self._line = dial(msgspec.structs.replace(outbound, limits=LIMITS), origin_of(url))
        self._give_up_at = time.monotonic() + within_s
        self._tiles = 0

    def __enter__(self) -> "LogClient":
        return self

    def __exit__(self, *_: object) -> None:
        self._line.close()

    def checkpoint(self) -> bytes:
        """Give the newest checkpoint, as it came.

        Raises:
            NotFound: there is none, or it is not for us. Unreachable, TooLarge, NotPermitted: as `Line.call`.
        """
        return self._get("checkpoint")

    def tile(self, level: int, number: int, size: int) -> bytes:
        """Give what a log of this size has of a tile.

        Raises:
            RecordRejected: it is not there, has another length, or more are asked for than any proof needs.
        """
        width = min((size >> (TILE_HEIGHT * level)) - number * TILE_WIDTH, TILE_WIDTH)
        self._tiles += 1
        if width <= 0 or self._tiles > MOST_TILES:
            raise RecordRejected("missing-tile", f"$.tile[{level}][{number}]")
        try:
            body = self._get(f"tile/{TileName(level, number, width).path}")
        except NotFound as exc:
            raise RecordRejected("missing-tile", f"$.tile[{level}][{number}]") from exc
        if len(body) != width * HASH_BYTES:
            raise RecordRejected("bad-tile", f"$.tile[{level}][{number}]", f"{len(body)} bytes")
        return body

    def _get(self, path: str) -> bytes:
        if time.monotonic() > self._give_up_at:
            raise Unreachable("the log takes too long to answer")
        answer = self._line.call("GET", f"{self._base}/{path}", headers={})
        if answer.status in (401, 403, 404, 410):
            raise NotFound("the server shows no log at this address")
        if answer.status != 200:
            raise Unreachable("the log answers with status {status}", status=answer.status)
        return answer.body
