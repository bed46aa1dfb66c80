"""Puts a node back from a backup: everything is checked beside the place before anything is replaced.

Cut short at any moment, it leaves the old node or the new one: see `comity.desk.restoring`.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Literal

import msgspec

from comity.desk import archive, restoring
from comity.desk.erase_again import note_erased
from comity.errors import Conflict, NodeError
from comity.stores.health import damages, missing_tables
from comity.stores.opening import open_store
from comity.wire.lock import hold_lock

NOT_A_NODE = frozenset({"node.lock", "node.sock"})


class RestoreRequest(msgspec.Struct, frozen=True, kw_only=True):
    """From which backup."""

    file: str
    replace: bool = False  # the folder holds a node, and it is to go


class RestoreAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What was put back. Keys: from the backup, those that were there, or none, and then the node cannot open.

    `erased_before`: how many records the replaced database had erased, which are erased again when the node is opened;
    None if there was none, or it could not be read: then what was erased since the backup has come back.
    """

    folder: str
    party: str
    made_at: str
    exercise: bool
    keys: Literal["restored", "kept", "missing"]
    erased_before: int | None = None


def restore_node(folder: Path, request: RestoreRequest) -> RestoreAnswer:
    """Restore the node in `folder`.

    Raises:
        Conflict: the folder is not empty, and replacing was not asked for.
        LockTaken: the node is in use.
        NodeError: the backup is damaged or not of ours, or the folder cannot be written.
    """
    if not request.replace and folder.exists() and any(map(_is_of_a_node, folder.iterdir())):
        raise Conflict("{folder} is not empty; what is in it would be replaced", folder=folder)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with hold_lock(folder, "node restore"):
            restoring.finish_restore(folder)
            return _restore(folder, Path(request.file))
    except OSError as exc:
        raise NodeError("{folder} cannot be restored: {why}", folder=folder, why=exc.strerror or exc) from exc


def _is_of_a_node(path: Path) -> bool:
    return path.name not in NOT_A_NODE and not path.name.startswith(restoring.STAGED)


def _restore(folder: Path, file: Path) -> RestoreAnswer:
    staged = Path(tempfile.mkdtemp(prefix=restoring.STAGED, dir=folder))
    try:
        manifest = archive.unpack(file, staged)
        _check_database(staged / archive.DATABASE)
        erased = note_erased(folder, folder / archive.DATABASE)
        with_keys = any(one.name.startswith(archive.KEYS) for one in manifest.files)
        restoring.begin(folder, staged, keys=with_keys)
    except BaseException:
        if not (folder / restoring.JOURNAL).exists():
            shutil.rmtree(staged)
        raise
    restoring.finish_restore(folder)
    kept: Literal["kept", "missing"] = "kept" if (folder / restoring.KEYS).is_dir() else "missing"
    return RestoreAnswer(
        folder=str(folder),
        party=manifest.party,
        made_at=manifest.made_at,
        exercise=manifest.exercise,
        keys="restored" if with_keys else kept,
        erased_before=erased,
    )


def _check_database(path: Path) -> None:
    store = open_store(f"sqlite:{path}")
    try:
        found = damages(store) or missing_tables(store)
    finally:
        store.close()
    if found:
        raise NodeError("the backup's database is damaged: {found}", found=found[0])
