"""Writes a file that appears under its name only when it is whole, for its owner's eyes alone."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from comity.errors import Conflict, UsageError

NO_LINKS: Final = frozenset((errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS))


@contextmanager
def new_file(path: Path, nonce: str, *, replace: bool) -> Iterator[BinaryIO]:
    """Give a file to write to; durable under its name when the block ends, and gone if it raises.

    Args:
        nonce: what tells the unfinished file apart from others.
        replace: take the place of a file that is there.

    Raises:
        UsageError: it cannot be written there. Conflict: a file is there.
    """
    if path.exists() and not replace:
        raise Conflict("{path} is there already", path=path)
    part = path.with_name(f".{path.name}.{nonce}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        if replace:
            part.replace(path)
        else:
            _name(part, path)
        to_disk(path.parent)
    except FileExistsError as exc:
        raise Conflict("{path} is there already", path=path) from exc
    except OSError as exc:
        raise UsageError("{path} cannot be written: {why}", path=path, why=exc.strerror) from exc
    finally:
        part.unlink(missing_ok=True)


def _name(part: Path, path: Path) -> None:
    """Give a file its name, but never the name of one that came there meanwhile."""
    try:
        os.link(part, path)  # unlike a rename, refuses to replace
    except OSError as exc:
        if exc.errno not in NO_LINKS:
            raise
        # Sticks are formatted so that they know no links. Take the name first: that too is refused where one is.
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        part.replace(path)


def to_disk(path: Path) -> None:
    """Make a file durable, or what a folder names.

    Raises:
        OSError: it cannot be.
    """
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
