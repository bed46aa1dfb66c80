"""What is measured in a process of its own: `python -m benchmarks.children import|blobs …`."""

import asyncio
import json
import resource
import socket
import sqlite3
import sys
import time
from pathlib import Path

import anyio
from granian.constants import Interfaces
from granian.server.embed import Server
from litestar import Litestar, Request, get
from litestar.response import Response

from benchmarks import nodes
from comity.desk.import_items import ImportItemsRequest, import_items


def run_import(folder: Path, path: Path, source: str | None = None) -> None:
    """Import, and say how long it took and how much memory at most."""
    request = ImportItemsRequest(paths=(str(path),), default_tlp="green", source=source)
    with nodes.opened(folder) as node:
        started = time.perf_counter()
        answer = import_items(node, nodes.ACTOR, request)
        seconds = time.perf_counter() - started
    assert answer.quarantined == 0, answer.quarantine[:3]
    # Of this process and the greatest that it started, as if both had been at their peak at once.
    peak_mib = sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
    said = {
        "seconds": seconds,
        "peak_mib": peak_mib,
        "objects": answer.objects,
        "new": answer.new,
        "duplicate": answer.duplicate,
    }
    print(json.dumps(said), flush=True)


def blob_app(database: Path) -> Litestar:
    """The bare peer of a TAXII page: stored blobs joined with commas, in a thread, no filter and no reader."""
    limiter = anyio.CapacityLimiter(8)
    free: list[sqlite3.Connection] = []

    def page(after: int, limit: int) -> bytes:
        connection = free.pop() if free else _reading(database)
        rows = connection.execute(
            "select body from records where no > ? and family = 0 order by no limit ?", (after, limit)
        ).fetchall()
        free.append(connection)
        return b'{"more":true,"objects":[' + b",".join([row[0] for row in rows]) + b"]}"

    @get("/page")
    async def blobs(request: Request) -> Response[bytes]:
        after, limit = int(request.query_params["after"]), int(request.query_params["limit"])
        body = await anyio.to_thread.run_sync(page, after, limit, limiter=limiter)
        return Response(body, media_type="application/taxii+json;version=2.1")

    return Litestar(route_handlers=[blobs], openapi_config=None, logging_config=None)


def _reading(database: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, check_same_thread=False)
    for pragma in ("query_only = on", "cache_size = -32768", "mmap_size = 4294967296"):
        connection.execute(f"pragma {pragma}")
    return connection


async def serve_blobs(database: Path) -> None:
    """Serve the bare peer on the same stack as a node: Litestar on Granian's embedded server."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = Server(blob_app(database), address="127.0.0.1", port=port, interface=Interfaces.ASGI)
    task = asyncio.create_task(server.serve())
    while True:
        await asyncio.sleep(0.05)
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                break
    print(json.dumps({"serving": f"http://127.0.0.1:{port}"}), flush=True)
    await task


def main() -> None:
    """Do what the first argument says."""
    match sys.argv[1:]:
        case ["import", folder, path, *source]:
            run_import(Path(folder), Path(path), *source)
        case ["blobs", database]:
            asyncio.run(serve_blobs(Path(database)))
        case other:
            raise SystemExit(f"what is {other}?")


if __name__ == "__main__":
    main()
