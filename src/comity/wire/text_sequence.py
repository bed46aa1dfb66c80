"""Decides where one JSON text ends and the next begins in a file: at the record separator. RFC 7464.

The separator can stand in no JSON text, while line ends can: items are written as the bytes received. So the texts of a
damaged file are still told apart, and none is held that is longer than allowed.
"""

from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from comity.errors import RecordRejected, UsageError
from comity.wire.bundles import open_input

SEPARATOR: Final = b"\x1e"
CHUNK_BYTES: Final = 1 << 20


def write_text(out: BinaryIO, parts: Iterable[bytes]) -> None:
    """Write one text, given in parts."""
    out.write(SEPARATOR)
    out.writelines(parts)
    out.write(b"\n")


def read_texts(path: Path, text_bytes: int) -> Generator[bytes]:
    """Give each text, without what parts it from the next.

    Args:
        text_bytes: how long one may be.

    Raises:
        UsageError: the file cannot be read. RecordRejected: not-a-sequence, or a text that is too-large.
    """
    with open_input(path) as stream:
        try:
            yield from _texts(stream, text_bytes)
        except OSError as exc:
            raise UsageError("cannot read {path}: {why}", path=path, why=exc.strerror) from exc


def _texts(stream: BinaryIO, text_bytes: int) -> Iterator[bytes]:
    held, number = stream.read(CHUNK_BYTES), 1
    if not held.startswith(SEPARATOR):
        raise RecordRejected("not-a-sequence", "$")
    start, parts, size = 1, list[bytes](), 0
    while held:
        end = held.find(SEPARATOR, start)
        parts.append(held[start:] if end < 0 else held[start:end])
        size += len(parts[-1])
        if size > text_bytes:
            raise RecordRejected("too-large", f"$#{number}", f"over {text_bytes} bytes")
        if end >= 0:
            yield b"".join(parts)
            start, parts, size, number = end + 1, [], 0, number + 1
        else:
            held, start = stream.read(CHUNK_BYTES), 0
    yield b"".join(parts)
