"""Decides how a restore that was cut short ends: undone if it had not been written down, else finished.

What is to be put back is made ready in a folder of its own inside the node's. Then one journal file, written whole or
not at all, says so: from then on the new state counts, and each step after it may be repeated. Who holds the node's
lock ends what is left over before anything is opened, so no program ever sees a mixture of two nodes.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from comity.desk import archive
from comity.errors import NodeError
from comity.wire.new_files import to_disk

JOURNAL = "restore.journal"
STAGED = ".restore-"  # begins the name of a folder in which a restore is made ready
KEYS, REPLACED = "keys", ".replaced"
LEAVINGS = ("node.db-wal", "node.db-shm")  # of the replaced database: with the restored one they would damage it


class Journal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a restore has made ready: the folder's name, and whether keys are in it."""

    version: int = 1
    staged: str
    keys: bool


def begin(folder: Path, staged: Path, *, keys: bool) -> None:
    """Write the journal: what is in `staged` is whole, and counts from now on."""
    for name in LEAVINGS:
        (staged / name).unlink(missing_ok=True)
    folders = [staged / name for name in (KEYS, *archive.BESIDE) if (staged / name).is_dir()]
    for path in (staged / archive.DATABASE, *folders, staged):
        to_disk(path)
    fresh = staged / JOURNAL
    fresh.write_bytes(msgspec.json.encode(Journal(staged=staged.name, keys=keys)))
    to_disk(fresh)
    _move(fresh, folder / JOURNAL)
    to_disk(folder)


def finish_restore(folder: Path) -> bool:
    """End what a restore left over: finish one that was written down, undo any other. Tells whether one was finished.

    Who calls it holds the node's lock.

    Raises:
        NodeError: the folder cannot be written, or the journal is not ours; nothing is lost, and it may be repeated.
    """
    with _told(folder):
        journal = _journal(folder)
        if journal is not None:
            _put_in_place(folder, folder / journal.staged, journal)
        if folder.is_dir():
            for left in folder.glob(f"{STAGED}*"):
                shutil.rmtree(left)
    return journal is not None


def _journal(folder: Path) -> Journal | None:
    try:
        text = (folder / JOURNAL).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        journal = msgspec.json.decode(text, type=Journal)
    except msgspec.DecodeError as exc:
        raise NodeError("{path} cannot be read: {why}", path=folder / JOURNAL, why=exc) from exc
    name = journal.staged
    if journal.version != 1 or Path(name).name != name or not name.startswith(STAGED):
        raise NodeError("{path} was written by another version of Comity", path=folder / JOURNAL)
    return journal


def _put_in_place(folder: Path, staged: Path, journal: Journal) -> None:
    """Move everything to its place. What is not in `staged` any more has been moved before."""
    for name in (KEYS, *archive.BESIDE):
        if (staged / name).exists() and (journal.keys or name != KEYS):
            if (folder / name).exists():
                _move(folder / name, folder / f"{name}{REPLACED}")
            _move(staged / name, folder / name)
    if (staged / archive.DATABASE).exists():
        for leaving in LEAVINGS:
            (folder / leaving).unlink(missing_ok=True)
        _move(staged / archive.DATABASE, folder / archive.DATABASE)
    if (staged / archive.SETTINGS).exists():
        _move(staged / archive.SETTINGS, folder / archive.SETTINGS)
    to_disk(folder)
    for name in (KEYS, *archive.BESIDE):
        if (folder / f"{name}{REPLACED}").exists():
            _keep_others(folder, name)
            shutil.rmtree(folder / f"{name}{REPLACED}")
    _strike(folder)


def _keep_others(folder: Path, name: str) -> None:
    """Move back what no backup holds, as a password file of another name: it cannot come out of one."""
    for path in (folder / f"{name}{REPLACED}").iterdir():
        if not archive.is_known(f"{name}/{path.name}") and not (folder / name / path.name).exists():
            _move(path, folder / name / path.name)
    to_disk(folder / name)


def _strike(folder: Path) -> None:
    """Strike the journal out: all is in its place."""
    (folder / JOURNAL).unlink()
    to_disk(folder)


def _move(source: Path, target: Path) -> None:
    source.replace(target)


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        raise NodeError(
            "the restore of {folder} cannot be finished: {why}; try again", folder=folder, why=exc.strerror or exc
        ) from exc
