"""Decides under which address a person reaches the desk, and whether a form was sent from there.

A browser says by `Sec-Fetch-Site` or `Origin` where a request comes from. One that changes something is taken only if
it comes from the desk's own pages; what says neither is no browser that is safe to serve, or is one without TLS.
"""

import ipaddress
from typing import NamedTuple
from urllib.parse import urlsplit

from litestar import Request
from litestar.datastructures import State

from comity.taxii.door import Door
from comity.taxii.forwarded import base_url

Call = Request[None, None, State]


class Base(NamedTuple):
    """The address of the desk: `origin` is scheme, name and port; `path` what stands before each page's own."""

    origin: str
    path: str

    @property
    def secure(self) -> bool:
        """Whether it is reached over TLS."""
        return self.origin.startswith("https:")

    @property
    def host(self) -> str:
        """The name, without a port."""
        return urlsplit(self.origin).hostname or ""

    @property
    def has_name(self) -> bool:
        """Whether passkeys work here: they belong to a name and need TLS, but for `localhost` on the machine itself."""
        try:
            ipaddress.ip_address(self.host)
        except ValueError:
            return self.secure or self.host == "localhost"
        return False


def base_of(request: Call, door: Door) -> Base:
    """Find the address: the one in the settings, else the one under which this request came."""
    url = door.node.settings.public_url or base_url(
        str(request.scope["scheme"]),
        request.client.host if request.client else "",
        request.headers,
        request.scope.get("root_path", ""),
        door.trusted,
    )
    parts = urlsplit(url)
    return Base(f"{parts.scheme}://{parts.netloc}".lower(), parts.path.rstrip("/"))


def is_own(request: Call, base: Base) -> bool:
    """Tell whether a request comes from one of the desk's own pages."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    return request.headers.get("origin", "").lower() == base.origin


def own_path(path: str) -> str:
    """Give a path of the desk to go to, or the first page for anything else: nobody is led away."""
    # ASCII alone: it becomes a header, and the desk has no other paths.
    plain = path.isascii() and path.isprintable() and "\\" not in path
    return path if plain and path.startswith("/") and not path.startswith("//") else "/"
