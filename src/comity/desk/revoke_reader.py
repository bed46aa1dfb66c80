"""Revokes a reader's credentials: from the next request on they open nothing, at a serving node too.

What the party has read stays read, and its view stays: credentials made later open the same collection again.
"""

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.carry_out import carry_out
from comity.desk.node_type import Node
from comity.errors import NotFound, UsageError
from comity.stores import directory
from comity.values import Instant, JsonObject


class RevokeReaderRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One user, or all of a party under its short name; one of the two."""

    user: str | None = None
    party: str | None = None


class ReaderRevoked(msgspec.Struct, frozen=True, kw_only=True):
    """Whose credentials were revoked, and how many of the party's are still in force."""

    party: str
    users: tuple[str, ...]
    left: int


def revoke_reader(node: Node, actor: Actor, request: RevokeReaderRequest) -> ReaderRevoked:
    """Revoke credentials that are in force.

    Raises:
        UsageError: neither or both were named. NotFound: no such user or party, or nothing of it is in force.
    """
    if (request.user is None) == (request.party is None):
        raise UsageError("name a user or a party, one of the two")

    def work(tx: Connection, now: Instant) -> tuple[ReaderRevoked, JsonObject]:
        in_force = [row for row in directory.credentials_held(tx) if row.revoked_ms is None]
        named = [row for row in in_force if row.user == request.user or row.party == request.party]
        if not named:
            raise NotFound("no credentials of {user} are in force", user=request.user or request.party)
        for row in named:
            directory.revoke_credential(tx, row.user, now)
        party, users = named[0].party, tuple(row.user for row in named)
        left = sum(row.party == party for row in in_force) - len(users)
        return ReaderRevoked(party=party, users=users, left=left), {"party": party, "users": [*users]}

    return carry_out(node, actor, "reader revoke", request, ReaderRevoked, work)
