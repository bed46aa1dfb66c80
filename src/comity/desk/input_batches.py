"""Cuts what files hold into batches, each small enough to be kept in one transaction."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from comity.errors import ComityError, UsageError
from comity.wire.bundles import Found, Limits, open_input, read_objects

OtherForm = Callable[[Path, BinaryIO], Iterator[Found] | None]


class Bounds(NamedTuple):
    """Where a batch ends: at so many objects or so many bytes of them."""

    objects: int
    size_bytes: int


class Batch(NamedTuple):
    """Objects of one transaction, in the order of the input.

    `error`: why the input ends with this batch, before its end.
    """

    founds: list[Found]
    files: list[str]  # in which each was found
    through: int  # bytes of objects so far, with all batches before
    error: ComityError | None = None


def found_in(files: Iterable[Path], limits: Limits, others: OtherForm) -> Iterator[tuple[str, Found]]:
    """Give every object of these files, each with the name of its file. Each file is read once, from begin to end.

    Args:
        others: asked of each file that can be read twice; None: it is not of this form.

    Raises:
        UsageError: a file cannot be opened, or not be read on.
    """
    for file in files:
        name = str(file)
        with open_input(file) as stream:
            try:
                found = others(file, stream) if stream.seekable() else None
                for one in read_objects(stream, limits) if found is None else found:
                    yield name, one
            except OSError as exc:
                raise UsageError("cannot read {path}: {why}", path=file, why=exc.strerror) from exc


def cut(objects: Iterator[tuple[str, Found]], bounds: Bounds) -> Iterator[Batch]:
    """Cut objects into batches. What was read before an error of the input comes first, then the error with it."""
    founds: list[Found] = []
    files: list[str] = []
    size, through = 0, 0
    error: ComityError | None = None
    try:
        for file, found in objects:
            founds.append(found)
            files.append(file)
            size += found.size
            if len(founds) >= bounds.objects or size >= bounds.size_bytes:
                through += size
                yield Batch(founds, files, through)
                founds, files, size = [], [], 0
    except ComityError as exc:
        error = exc
    if founds or error is not None:
        yield Batch(founds, files, through + size, error)
