"""Lists the credentials with which parties read from a node, those in force and those revoked; never a secret."""

import msgspec

from comity.desk.actor import Actor
from comity.desk.node_type import Node
from comity.errors import NotFound
from comity.stores import directory
from comity.values import Instant, iso, iso_or_none


class ListReadersRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Of which party, under its short name; of all if none is named."""

    party: str | None = None


class ReaderView(msgspec.Struct, frozen=True, kw_only=True):
    """One pair of credentials. `revoked_at` is None while they open the party's view."""

    user: str
    party: str
    collection: str
    added_at: str
    revoked_at: str | None = None


class ReaderList(msgspec.Struct, frozen=True, kw_only=True):
    """Credentials by party, oldest first."""

    readers: tuple[ReaderView, ...]


def list_readers(node: Node, actor: Actor, request: ListReadersRequest) -> ReaderList:
    """Give the credentials that were ever made.

    Raises:
        NotFound: no such party.
    """
    with node.store.read() as tx:
        if request.party is not None and directory.party_named(tx, request.party) is None:
            raise NotFound("no party {party}", party=request.party)
        held = directory.credentials_held(tx)
    return ReaderList(
        readers=tuple(
            ReaderView(
                user=row.user,
                party=row.party,
                collection=row.view_id,
                added_at=iso(Instant(row.added_ms)),
                revoked_at=iso_or_none(row.revoked_ms),
            )
            for row in held
            if request.party in (None, row.party)
        )
    )
