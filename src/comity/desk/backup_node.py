"""Writes a backup of a node while it runs: settings, database and, if asked, keys; never the lock or the lock store.

The database is copied by its own online backup, so the copy is one state of it. Keys stay out unless asked for: who
has a backup with keys can speak as the party.
"""

import shutil
import tempfile
from pathlib import Path

import msgspec

from comity.desk import archive
from comity.desk.actor import Actor
from comity.desk.node_type import Node
from comity.errors import Conflict, NodeError
from comity.values import iso
from comity.wire.new_files import new_file


class BackupRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Where to: a new file, or a folder in which a file is named by party and time."""

    target: str
    with_keys: bool = False


class BackupAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The backup that was written."""

    file: str
    size_bytes: int
    with_keys: bool


def backup_node(node: Node, actor: Actor, request: BackupRequest) -> BackupAnswer:
    """Write a backup beside its place and move it there whole.

    Raises:
        Conflict: the file exists.
        NodeError: its content cannot be gathered beside it. UsageError: it cannot be written there.
    """
    target = _target(node, Path(request.target))
    if target.exists():
        raise Conflict("{target} exists; a backup never replaces another", target=target)
    try:
        with tempfile.TemporaryDirectory(prefix=".comity-backup-", dir=target.parent) as made:
            content = Path(made)
            manifest = _gather(node, content, with_keys=request.with_keys)
            with new_file(target, node.entropy(4).hex(), replace=False) as out:
                archive.pack(content, manifest, out)
    except OSError as exc:
        raise NodeError("the backup cannot be written to {target}: {why}", target=target, why=exc.strerror) from exc
    return BackupAnswer(file=str(target), size_bytes=target.stat().st_size, with_keys=request.with_keys)


def _target(node: Node, asked: Path) -> Path:
    if not asked.is_dir():
        return asked
    stamp = iso(node.clock())[:19].replace(":", "").replace("-", "")
    return asked / f"{node.settings.party}-{stamp}Z.tar"


def _gather(node: Node, content: Path, *, with_keys: bool) -> archive.Manifest:
    shutil.copyfile(node.folder / archive.SETTINGS, content / archive.SETTINGS)
    node.store.backup(content / archive.DATABASE)
    names = [archive.SETTINGS, archive.DATABASE]
    if with_keys:
        (content / "keys").mkdir(mode=0o700)
        for name in archive.key_names(node.folder):
            shutil.copyfile(node.folder / name, content / name)
            names.append(name)
    return archive.Manifest(
        version=1,
        party=node.settings.party,
        made_at=iso(node.clock()),
        exercise=node.settings.exercise,
        files=tuple(archive.describe(content, name) for name in names),
    )
