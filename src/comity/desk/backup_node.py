"""Writes a backup of a node while it runs: settings, database and, if asked, keys; never the lock or the lock store.

The database is copied by its own online backup, so the copy is one state of it. Keys stay out unless asked for, and
the logins at others with them: who has a backup with keys can speak as the party.
"""

import hashlib
import shutil
import tempfile
from pathlib import Path

import msgspec

from comity.desk import archive
from comity.desk.actor import Actor
from comity.desk.node_type import Node
from comity.errors import ComityError, Conflict, NodeError
from comity.stores import backing
from comity.values import iso
from comity.wire.new_files import new_file


class BackupRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Where to: a new file, or a folder in which a file is named by party and time."""

    target: str
    with_keys: bool = False


class BackupAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The backup that was written; `number` by which it is listed, none where a read-only node could not note it."""

    file: str
    size_bytes: int
    with_keys: bool
    number: int | None = None


def backup_node(node: Node, actor: Actor, request: BackupRequest) -> BackupAnswer:
    """Write a backup beside its place and move it there whole.

    Raises:
        Conflict: the file exists.
        NodeError: its content cannot be gathered beside it. UsageError: it cannot be written there.
    """
    target = _target(node, Path(request.target))
    if target.exists():
        raise Conflict("{target} exists; a backup never replaces another", target=target)
    number = None if node.store.read_only else _begun(node, target, with_keys=request.with_keys)
    try:
        with tempfile.TemporaryDirectory(prefix=".comity-backup-", dir=target.parent) as made:
            content = Path(made)
            manifest = _gather(node, content, with_keys=request.with_keys)
            with new_file(target, node.entropy(4).hex(), replace=False) as out:
                archive.pack(content, manifest, out)
    except (OSError, ComityError) as exc:
        if number is not None:
            with node.store.write() as tx:
                backing.forget(tx, number)
        if isinstance(exc, ComityError):
            raise
        raise NodeError("the backup cannot be written to {target}: {why}", target=target, why=exc.strerror) from exc
    if number is not None:
        _made(node, target, number)
    size = target.stat().st_size
    return BackupAnswer(file=str(target), size_bytes=size, with_keys=request.with_keys, number=number)


def _begun(node: Node, target: Path, *, with_keys: bool) -> int:
    """Enter a backup before it is written: what is erased meanwhile may be in it, and what cuts the writing off too."""
    with node.store.write() as tx:
        return backing.note_backup(tx, node.clock(), str(target), b"", backing.ALL, with_keys=with_keys)


def _made(node: Node, target: Path, number: int) -> None:
    """Enter what was written. What was kept while it was written counts as in it."""
    with target.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").digest()
    with node.store.write() as tx:
        backing.complete(tx, number, digest, backing.last_record(tx))


def _target(node: Node, asked: Path) -> Path:
    if not asked.is_dir():
        return asked
    stamp = iso(node.clock())[:19].replace(":", "").replace("-", "")
    return asked / f"{node.settings.party}-{stamp}Z.tar"


def _gather(node: Node, content: Path, *, with_keys: bool) -> archive.Manifest:
    shutil.copyfile(node.folder / archive.SETTINGS, content / archive.SETTINGS)
    node.store.backup(content / archive.DATABASE)
    names = [archive.SETTINGS, archive.DATABASE]
    keys = archive.key_names(node.folder) if with_keys else []
    for name in (*keys, *archive.beside_names(node.folder, secret=with_keys)):
        (content / name).parent.mkdir(mode=0o700, exist_ok=True)
        shutil.copyfile(node.folder / name, content / name)
        names.append(name)
    return archive.Manifest(
        version=1,
        party=node.settings.party,
        made_at=iso(node.clock()),
        exercise=node.settings.exercise,
        files=tuple(archive.describe(content, name) for name in names),
    )
