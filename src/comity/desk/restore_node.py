"""Puts a node back from a backup: everything is checked beside the place before anything is replaced."""

import shutil
import tempfile
from pathlib import Path
from typing import Literal

import msgspec

from comity.desk import archive
from comity.errors import Conflict, NodeError
from comity.stores.health import damages, missing_tables
from comity.stores.opening import open_store
from comity.wire.lock import hold_lock

LEAVINGS = ("node.db-wal", "node.db-shm")  # of the replaced database: with the restored one they would damage it
NOT_A_NODE = frozenset({"node.lock", "node.sock"})


class RestoreRequest(msgspec.Struct, frozen=True, kw_only=True):
    """From which backup."""

    file: str
    replace: bool = False  # the folder holds a node, and it is to go


class RestoreAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What was put back. Keys: from the backup, those that were there, or none, and then the node cannot open."""

    folder: str
    party: str
    made_at: str
    exercise: bool
    keys: Literal["restored", "kept", "missing"]


def restore_node(folder: Path, request: RestoreRequest) -> RestoreAnswer:
    """Restore the node in `folder`.

    Raises:
        Conflict: the folder is not empty, and replacing was not asked for.
        LockTaken: the node is in use.
        NodeError: the backup is damaged or not of ours, or the folder cannot be written.
    """
    if not request.replace and folder.exists() and any(one.name not in NOT_A_NODE for one in folder.iterdir()):
        raise Conflict(f"{folder} is not empty; what is in it would be replaced")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with hold_lock(folder, "node restore"), tempfile.TemporaryDirectory(prefix=".restore-", dir=folder) as made:
            manifest = archive.unpack(Path(request.file), Path(made))
            _check_database(Path(made) / archive.DATABASE)
            keys = _replace(Path(made), folder, manifest)
    except OSError as exc:
        raise NodeError(f"{folder} cannot be restored: {exc.strerror or exc}") from exc
    return RestoreAnswer(
        folder=str(folder), party=manifest.party, made_at=manifest.made_at, exercise=manifest.exercise, keys=keys
    )


def _check_database(path: Path) -> None:
    store = open_store(f"sqlite:{path}")
    try:
        found = damages(store) or missing_tables(store)
    finally:
        store.close()
    if found:
        raise NodeError(f"the backup's database is damaged: {found[0]}")


def _replace(made: Path, folder: Path, manifest: archive.Manifest) -> Literal["restored", "kept", "missing"]:
    names = {one.name for one in manifest.files}
    restored = any(name in names for name in archive.KEYS)
    keys, aside = folder / "keys", folder / "keys.replaced"
    if restored:
        if keys.exists():
            keys.rename(aside)
        (made / "keys").rename(keys)
    for leaving in LEAVINGS:
        (folder / leaving).unlink(missing_ok=True)
        (made / leaving).unlink(missing_ok=True)
    (made / archive.DATABASE).replace(folder / archive.DATABASE)
    (made / archive.SETTINGS).replace(folder / archive.SETTINGS)
    if restored:
        shutil.rmtree(aside, ignore_errors=True)
        return "restored"
    return "kept" if keys.is_dir() else "missing"
