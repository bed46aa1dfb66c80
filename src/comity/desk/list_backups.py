"""Lists the backups that were made of the node, what was erased since, and which are said to be destroyed."""

from pathlib import Path

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.carry_out import ADMINISTRATING
from comity.desk.node_type import Node
from comity.errors import NotPermitted
from comity.stores import backing
from comity.stores.backing import Backup
from comity.values import Instant, iso, iso_or_none


class ListBackupsRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing is asked."""


class BackupView(msgspec.Struct, frozen=True, kw_only=True):
    """One backup. `last_record`: the newest record in it; `erasures_since`: acts of erasure that it knows nothing of.

    A backup that is not destroyed and has some holds what they erased, as far as it was held when it was made.
    """

    number: int
    at: str
    file: str
    sha256: str
    last_record: int
    with_keys: bool
    erasures_since: int
    destroyed_at: str | None


class BackupList(msgspec.Struct, frozen=True, kw_only=True):
    """Every backup that this database knows of, the oldest first. One restored from a backup knows no later ones."""

    backups: tuple[BackupView, ...]


def list_backups(node: Node, actor: Actor, request: ListBackupsRequest) -> BackupList:
    """Give every backup.

    Raises:
        NotPermitted: the role may not.
    """
    if actor.role not in ADMINISTRATING:
        raise NotPermitted("backup list is not open to the role {role}", role=actor.role)
    with node.store.read() as tx:
        return BackupList(backups=tuple(backup_view(tx, row) for row in backing.all_backups(tx)))


def backup_view(tx: Connection, row: Backup) -> BackupView:
    """Give a backup as people need it."""
    return BackupView(
        number=row.no,
        at=iso(Instant(row.at_ms)),
        file=row.file,
        sha256=row.sha256.hex(),
        last_record=row.last_no,
        with_keys=row.with_keys,
        erasures_since=backing.erasures_since(tx, row.at_ms),
        destroyed_at=iso_or_none(row.destroyed_ms),
    )


def named(row: Backup) -> str:
    """Name a backup in a line: number, file and time."""
    return f"backup {row.no}, {Path(row.file).name} of {iso(Instant(row.at_ms))}"
