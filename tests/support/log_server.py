"""Serves a log that is made up for a test, as an honest peer would or as a hostile one does."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from comity.records.dsse import Signer
from comity.records.log.checkpoint import Checkpoint, sign_checkpoint
from comity.records.log.tiles import read_path
from tests.support.logs import Tiles

LOG = "/log/"


class ServedLog:
    """What is served: a checkpoint, and the tiles of some tree. Set `answer` to say something else for a path."""

    def __init__(self, origin: str, signer: Signer) -> None:
        self.origin, self.signer = origin, signer
        self.tiles, self.note = Tiles(), b""
        self.answer: Callable[[str], bytes | None] = lambda path: None
        self.asked: list[str] = []
        self.base = ""

    @property
    def collection(self) -> str:
        """The URL of the collection beside which the log stands."""
        return f"{self.base}/taxii2/root/collections/x/"

    def show(self, tiles: Tiles, *, origin: str = "", root: bytes = b"") -> Checkpoint:
        """Sign and show a log as it is."""
        told = Checkpoint(origin or self.origin, tiles.size, root or tiles.tree.root(tiles.size))
        self.tiles, self.note = tiles, sign_checkpoint(told, self.signer)
        return told

    def body(self, path: str) -> bytes | None:
        """Give what stands at a path; none where nothing does."""
        self.asked.append(path)
        if (said := self.answer(path)) is not None:
            return said
        if path == f"{LOG}checkpoint":
            return self.note or None
        if not path.startswith(f"{LOG}tile/"):
            return None
        name = read_path(path.removeprefix(f"{LOG}tile/"))
        return self.tiles.read(name.level, name.number)[: name.width * 32] or None


@contextmanager
def serving(log: ServedLog) -> Iterator[ServedLog]:
    """Serve a log on loopback until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = log.body(self.path)
            self.send_response(404 if body is None else 200)
            self.send_header("content-length", str(len(body or b"")))
            self.end_headers()
            with suppress(OSError):  # who reads may have hung up
                self.wfile.write(body or b"")

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    log.base = f"http://127.0.0.1:{server.server_port}"
    try:
        yield log
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
