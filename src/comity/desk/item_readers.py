"""Says of one item for every party whether it has it and why, since when, and what it acknowledged."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.explain_release import ReleaseExplained, consents_by_version, explained
from comity.desk.item_views import live_item
from comity.desk.node_type import Node
from comity.desk.policy import decide, load_policy
from comity.errors import UsageError
from comity.records.base import kind_of
from comity.records.kinds import GuestReceipt
from comity.stores import directory, policies, stating
from comity.stores.directory import PartyRow
from comity.stores.stating import ReceiptRow
from comity.values import PartyName, iso_or_none

MOST_PARTIES = 200
_MAY, _OTHER = 0, 1  # in which order parties are shown
_BY_GUEST = kind_of(GuestReceipt)


class ItemReadersRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An item by its STIX id: the newest live version, of one source if it is named.

    A page: `after` is what the page before gave.
    """

    id: str
    source: str | None = None
    after: str = ""
    limit: Annotated[int, Meta(ge=1, le=MOST_PARTIES)] = MOST_PARTIES


class PartyHas(msgspec.Struct, frozen=True, kw_only=True):
    """One party and the item.

    `visible_since`: when it became visible to the party's reader. `stored_at`: when the party's node acknowledged the
    statement of that. `officer`: what an office there said of it, with `officer_at`; `unsigned`: said by a guest here,
    recorded by this node, not signed by the party.
    """

    party: str
    kind: str
    title: str
    why: ReleaseExplained
    visible_since: str | None = None
    stored_at: str | None = None
    officer: str | None = None
    officer_at: str | None = None
    unsigned: bool = False


class ItemReaders(msgspec.Struct, frozen=True, kw_only=True):
    """Every party but the node's own, by page, those whom a clause lets have it first.

    `may`: how many those are, of `known`. `after` asks for the next page; None ends. `more`: parties on later pages.
    """

    parties: tuple[PartyHas, ...]
    may: int
    known: int
    more: int = 0
    after: str | None = None


def item_readers(node: Node, actor: Actor, request: ItemReadersRequest) -> ItemReaders:
    """Explain an item for every party.

    Raises:
        NotFound: no such item. UsageError: no page gave such an `after`.
    """
    now, last = node.clock(), _place(request.after)
    with node.store.read() as tx:
        held = live_item(tx, request.id, request.source)
        policy = load_policy(tx, now)
        key = policies.class_keys(tx, [held.class_no])
        ranked: list[tuple[int, PartyRow]] = []
        for row in directory.party_rows(tx):
            if not row.is_self:
                ruled = decide(policy, PartyName(row.name), key)[held.class_no]
                ranked.append((_MAY if ruled.outcome == "permitted" or ruled.companion else _OTHER, row))
        # Whoever stood behind the last one stands there still if that one changed sides or others came.
        ranked.sort(key=lambda one: (one[0], one[1].name))
        left = [one for one in ranked if (one[0], one[1].name) > last]
        shown = [row for _, row in left[: request.limit]]
        since, said = stating.visible_since(tx, held.no), stating.receipts_of(tx, [held.sha256])
        found, consents = [], consents_by_version(tx, held)
        for row in shown:
            why = explained(tx, policy, held, PartyName(row.name), row.no, now, consents)
            theirs = [one for one in said if one.party == row.name]
            found.append(_party_has(tx, row, why, theirs, since.get(row.no) if why.released else None))
    more = len(left) - len(shown)
    found.sort(key=lambda one: not one.why.released)
    return ItemReaders(
        parties=tuple(found),
        may=sum(rank == _MAY for rank, _ in ranked),
        known=len(ranked),
        more=more,
        after=f"{left[len(shown) - 1][0]}.{shown[-1].name}" if more else None,
    )


def _place(after: str) -> tuple[int, str]:
    """Read behind which party a page begins."""
    rank, _, name = after.partition(".")
    if after and (rank not in (str(_MAY), str(_OTHER)) or not name):
        raise UsageError("no page is after {after}: ask for what the page before gave", after=after[:40])
    return (int(rank), name) if after else (_MAY, "")


def _party_has(
    tx: Connection, party: PartyRow, why: ReleaseExplained, said: Sequence[ReceiptRow], date_ms: int | None
) -> PartyHas:
    stored_ms = None if date_ms is None else stating.stored_at(tx, party.no, date_ms)
    last = said[-1] if said else None
    return PartyHas(
        party=party.name,
        kind=party.kind,
        title=party.title,
        why=why,
        visible_since=iso_or_none(date_ms),
        stored_at=iso_or_none(stored_ms),
        officer=None if last is None or last.level == "stored" else last.level,
        officer_at=None if last is None or last.level == "stored" else iso_or_none(last.at_ms),
        unsigned=last is not None and last.kind == _BY_GUEST,
    )
