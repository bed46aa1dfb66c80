"""Serves stylesheets, scripts and the mark, each at an address that changes with its content, for ever."""

import hashlib
from importlib.resources import files

from litestar import Request, get
from litestar.datastructures import State
from litestar.params import FromPath
from litestar.response import Response

from comity.errors import NotFound
from comity.web.headers import FOR_EVER

_MEDIA = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
_DIGEST_CHARS = 16


class StaticFiles:
    """The files, read once."""

    def __init__(self) -> None:
        folder = files("comity").joinpath("web", "static")
        found = {file.name: file.read_bytes() for file in folder.iterdir() if file.name.rpartition(".")[2] in _MEDIA}
        self._files = dict(sorted(found.items()))
        self._digest = {name: hashlib.sha256(body).hexdigest()[:_DIGEST_CHARS] for name, body in self._files.items()}

    def path(self, name: str) -> str:
        """Give the path under which a file is served."""
        return f"/static/{self._digest[name]}/{name}"

    def body(self, digest: str, name: str) -> bytes:
        """Give a file's bytes.

        Raises:
            NotFound: there is none, or it is another by now.
        """
        if self._digest.get(name) != digest:
            raise NotFound("no such file")
        return self._files[name]


@get("/static/{digest:str}/{name:str}")
async def static_file(
    request: Request[None, None, State], digest: FromPath[str], name: FromPath[str]
) -> Response[bytes]:
    """Give one file to anybody."""
    found: StaticFiles = request.app.state["static"]
    headers = {"content-type": _MEDIA.get(name.rpartition(".")[2], ""), "cache-control": FOR_EVER}
    return Response(found.body(digest, name), headers=headers)
