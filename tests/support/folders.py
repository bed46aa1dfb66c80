"""Keeps what stands in a node's folder, so that the next test that wants the same node has it laid out, not made."""

from pathlib import Path
from typing import NamedTuple


class Entry(NamedTuple):
    """A file, or a folder if it has no content."""

    name: str
    mode: int
    content: bytes | None


Kept = tuple[Entry, ...]


def kept(folder: Path) -> Kept:
    """Read a folder; whoever had files of it open has closed them."""
    return tuple(
        Entry(str(one.relative_to(folder)), one.stat().st_mode & 0o7777, None if one.is_dir() else one.read_bytes())
        for one in (folder, *sorted(folder.rglob("*")))
    )


def lay_out(held: Kept, folder: Path) -> None:
    """Write what was kept to another folder, each file with its mode."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    for name, mode, content in held:
        place = folder / name
        if content is None:
            place.mkdir(exist_ok=name == ".")
        else:
            place.write_bytes(content)
        place.chmod(mode)
