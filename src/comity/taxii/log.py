"""Serves the log in the layout of C2SP tlog-tiles, to anybody: it holds no content, and no more than was signed.

A full tile never changes and may be kept for ever; a partial one and the checkpoint are asked for again.
"""

from litestar import Request, get
from litestar.datastructures import State
from litestar.params import FromPath
from litestar.response import Response

from comity.desk.read_log import read_checkpoint, read_tile
from comity.taxii.door import Door

PREFIX = "/log"
CHECKPOINT, TILE = "text/plain; charset=utf-8", "application/octet-stream"
_FOR_EVER = "public, max-age=31536000, immutable"

Call = Request[None, None, State]


@get(PREFIX + "/checkpoint")
async def checkpoint(request: Call) -> Response[bytes]:
    """Give the newest checkpoint."""
    door: Door = request.app.state["door"]
    note = await door.reading(read_checkpoint, door.node)
    return Response(note, headers={"content-type": CHECKPOINT, "cache-control": "no-cache"})


@get(PREFIX + "/tile/{tile_path:path}")
async def tile(request: Call, tile_path: FromPath[str]) -> Response[bytes]:
    """Give a tile or a bundle of entries."""
    door: Door = request.app.state["door"]
    found = await door.reading(read_tile, door.node, str(tile_path).removeprefix("/"))
    cached = _FOR_EVER if found.is_full else "no-cache"
    return Response(found.body, headers={"content-type": TILE, "cache-control": cached})


ROUTES = (checkpoint, tile)
