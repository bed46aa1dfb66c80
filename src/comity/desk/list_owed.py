"""Lists what has to be returned or destroyed because an agreement has ended: by this party, and by others to it."""

from collections.abc import Iterable
from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.node_type import Node
from comity.desk.policy import standings_of
from comity.desk.surviving import Owed, owed_here, owed_there
from comity.rooms.release.survival import Survived
from comity.stores import keeping
from comity.values import Instant, PartyName, iso


class ListOwedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Asks for what is owed, under one agreement or all; at most `limit` items are named."""

    agreement: str | None = None
    limit: Annotated[int, Meta(ge=0, le=10_000)] = 1_000


class OwedItem(msgspec.Struct, frozen=True, kw_only=True):
    """An item that is held here and has to go, as `giver` gave it."""

    id: str
    type: str
    giver: str
    agreements: tuple[str, ...]
    due_at: str
    overdue: bool


class OwedSum(msgspec.Struct, frozen=True, kw_only=True):
    """What `by` owes to `to` since `agreements` have ended, by one deadline.

    `here`: it is this party's to do. `left` is still to be done, `gone` is stated to be. Of what others owe, some may
    stay with them under another agreement.
    """

    here: bool
    by: str
    to: str
    agreements: tuple[str, ...]
    ended_at: str
    asks: Literal["keep", "return", "destroy"]
    due_at: str
    overdue: bool
    left: int
    gone: int = 0


class OwedList(msgspec.Struct, frozen=True, kw_only=True):
    """Sums by deadline, own ones first; and the items that are this party's to erase, the soonest due first."""

    sums: tuple[OwedSum, ...]
    items: tuple[OwedItem, ...]


def list_owed(node: Node, actor: Actor, request: ListOwedRequest) -> OwedList:
    """Give what is owed."""
    now, me = node.clock(), PartyName(node.settings.party)
    with node.store.read() as tx:
        standings = standings_of(tx)
        here = [one for one in owed_here(tx, standings, me, now) if concerns(one.survived, request.agreement)]
        there = [one for one in owed_there(tx, standings, me, now) if concerns(one.survived, request.agreement)]
        return OwedList(
            sums=(
                *_sums(here, me, now),
                *(
                    _sum(one.survived, one.party, me, one.given - one.gone, now, here=False, gone=one.gone)
                    for one in there
                ),
            ),
            items=_items(tx, here, request.limit, now),
        )


def concerns(survived: Survived, agreement: str | None) -> bool:
    """Is something owed under this agreement, or any if none is named?"""
    return agreement is None or agreement in survived.agreements


def _sums(here: Iterable[Owed], me: PartyName, now: Instant) -> list[OwedSum]:
    counted: dict[tuple[str, Survived], int] = {}
    for one in here:
        key = one.giver.name, one.survived
        counted[key] = counted.get(key, 0) + 1
    return [_sum(survived, me, giver, count, now, here=True) for (giver, survived), count in counted.items()]


def _sum(survived: Survived, by: str, to: str, left: int, now: Instant, *, here: bool, gone: int = 0) -> OwedSum:
    due = survived.due or survived.ended
    return OwedSum(
        here=here,
        by=by,
        to=to,
        agreements=survived.agreements,
        ended_at=iso(survived.ended),
        asks=survived.asks,
        due_at=iso(due),
        overdue=left > 0 and due < now,
        left=left,
        gone=gone,
    )


def _items(tx: Connection, here: Iterable[Owed], limit: int, now: Instant) -> tuple[OwedItem, ...]:
    found: list[OwedItem] = []
    for one in here:
        if len(found) >= limit:
            break
        held = None if one.came is None else keeping.held_record(tx, one.came.record_no)
        if held is None:
            continue
        due = one.survived.due or one.survived.ended
        found.append(
            OwedItem(
                id=held.stix_id,
                type=held.type,
                giver=one.giver.name,
                agreements=one.survived.agreements,
                due_at=iso(due),
                overdue=due < now,
            )
        )
    return tuple(found)
