"""Notes that a backup is destroyed: an officer says so, and erasing names it no more."""

from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.carry_out import ADMINISTRATING, carry_out
from comity.desk.list_backups import BackupView, backup_view
from comity.desk.node_type import Node
from comity.errors import Conflict, NotFound, UsageError
from comity.stores import backing
from comity.values import Instant, JsonObject


class DestroyBackupRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which backup, and how it was destroyed; that is kept in the audit. The node deletes no file."""

    number: int
    reason: Annotated[str, Meta(min_length=1, max_length=2000)]


def destroy_backup(node: Node, actor: Actor, request: DestroyBackupRequest) -> BackupView:
    """Believe that a backup is gone, every copy of it.

    Raises:
        NotFound: no such backup. UsageError: no reason. Conflict: it was destroyed before.
        NotPermitted: the role may not.
    """

    def work(tx: Connection, now: Instant) -> tuple[BackupView, JsonObject]:
        if not request.reason.strip():
            raise UsageError("say how it was destroyed: that is kept")
        found = next((row for row in backing.all_backups(tx) if row.no == request.number), None)
        if found is None:
            raise NotFound("no backup {number}: see `comity node backups list`", number=request.number)
        if not backing.destroy(tx, found.no, now):
            raise Conflict("backup {number} was said to be destroyed before", number=found.no)
        facts: JsonObject = {"backup": found.no, "sha256": found.sha256.hex(), "reason": request.reason}
        return backup_view(tx, found._replace(destroyed_ms=int(now))), facts

    return carry_out(node, actor, "backup destroyed", request, BackupView, work, roles=ADMINISTRATING)
