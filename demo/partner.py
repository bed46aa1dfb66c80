"""Reads as any partner would: with a stock TAXII client, knowing an address, a user and a password."""

import json
from pathlib import Path
from typing import Any, NamedTuple

from taxii2client.v21 import Collection, Server, as_pages  # type: ignore[import-untyped]  # it has no types

PAGE = 1000
Stix = dict[str, Any]


class Credentials(NamedTuple):
    """What `comity reader add` shows once."""

    url: str
    user: str
    password: str

    def save(self, file: Path) -> None:
        """Write them where only the owner reads."""
        file.touch(mode=0o600)
        file.write_text(json.dumps(self._asdict(), indent=1) + "\n", encoding="utf-8")


def read_all(given: Credentials) -> list[Stix]:
    """Read all that the partner may have, page by page."""
    collection = next(one for one in _collections(given) if one.can_read)
    received: list[Stix] = []
    for page in as_pages(collection.get_objects, per_request=PAGE):
        received += page.get("objects", [])
    return received


def _collections(given: Credentials) -> list[Collection]:
    server = Server(given.url, user=given.user, password=given.password)
    return list(server.api_roots[0].collections)
