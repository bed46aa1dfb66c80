"""Lets the originator consent that named items go to named parties, as signed acts; a clause must still permit it.

Each party has an act of its own: what others are granted is not for it to know. An act leaves for its party if that may
have what it names; what it may not have yet stands in another, which stays. A party through which items are to go on
gets an act for each that it may give them to, and of what it was served alone.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.acts import head, keep_act
from comity.desk.carry_out import carry_out
from comity.desk.class_again import class_again
from comity.desk.hindrances import Looking
from comity.desk.item_views import items_named
from comity.desk.node_type import Node
from comity.desk.policy import Policy, decide, load_policy
from comity.desk.send_acts import send_act
from comity.desk.sequence import settle
from comity.errors import NotFound, NotPermitted, UsageError
from comity.records.kinds.release_grant import ReleaseGrant
from comity.records.sets import commitment
from comity.stores import asked, directory, erasing, keeping, policies, reclassing, speaking, trusting
from comity.stores.directory import PartyRow
from comity.stores.keeping import HeldRecord
from comity.values import Instant, JsonObject, PartyName, id_key


class GrantReleaseRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Own items by their STIX ids, and the parties to whom they may go in spite of originator control.

    `through`: parties that were served them and may pass them on to these, by what they share with them.
    """

    ids: tuple[str, ...]
    to: tuple[str, ...]
    through: tuple[str, ...] = ()
    reason: str = ""  # for the second person, where one is needed
    idempotency_key: str | None = None


class ReleaseGranted(msgspec.Struct, frozen=True, kw_only=True):
    """The first act's id, how many held versions it is about, and the parties for which an act is in line."""

    act: str
    versions: int
    told: tuple[str, ...] = ()


class _Part(NamedTuple):
    """An act to be made: of which versions, for whom they are, and the node that it goes to, if to any."""

    rows: Sequence[HeldRecord]
    to: str
    goes_to: str | None


def grant_release(node: Node, actor: Actor, request: GrantReleaseRequest) -> ReleaseGranted:
    """Consent to release of own items.

    Raises:
        NotFound: no such item or party. NotPermitted: an item came from another party, whose consent it would be.
        UsageError: a party would pass them on to itself, or the node's own is named.
    """
    me = node.settings.party

    def work(tx: Connection, now: Instant) -> tuple[ReleaseGranted, JsonObject]:
        parties = _parties(tx, request)
        rows = _own_rows(tx, request.ids)
        for row in rows:
            override = reclassing.override_of(tx, row.no)
            consents = tuple(sorted({*override.consents, *request.to}))
            reclassing.set_override(tx, row.no, override._replace(consents=consents))
        own = directory.own_party(tx)
        if own is not None:
            class_again(node, tx, own.no, [row.no for row in rows], now)
        _answer(tx, request, parties, now)
        rids, told = [], set[str]()
        for part in _parts(tx, keeping.held_records(tx, [row.no for row in rows]), request, parties, now):
            rids.append(_made(node, tx, part, now))
            told |= {part.goes_to} if part.goes_to is not None else set()
        answer = ReleaseGranted(act=rids[0], versions=len(rows), told=tuple(sorted(told)))
        return answer, {"act": rids[0], "to": list(request.to), "through": list(request.through), "by": me}

    answer = carry_out(node, actor, "release grant", request, ReleaseGranted, work)
    settle(node)
    return answer


def _answer(tx: Connection, request: GrantReleaseRequest, parties: dict[str, PartyRow], now: Instant) -> None:
    """Note that what the parties it goes through asked for is granted."""
    passing = {parties[name].no for name in request.through}
    for stix_id in dict.fromkeys(request.ids) if passing else ():
        asked.grant_open(tx, passing, id_key(stix_id), request.to, now)


def _parties(tx: Connection, request: GrantReleaseRequest) -> dict[str, PartyRow]:
    found: dict[str, PartyRow] = {}
    for name in (*request.to, *request.through):
        row = directory.party_named(tx, name)
        if row is None:
            raise NotFound("no party {name}", name=name)
        if row.is_self:
            raise UsageError("the node's own party has its items already")
        found[name] = row
    if not request.to:
        raise UsageError("name at least one party")
    if set(request.to) & set(request.through):
        raise UsageError("nobody passes anything on to itself")
    return found


def _own_rows(tx: Connection, ids: Sequence[str]) -> list[HeldRecord]:
    own = directory.own_party(tx)
    rows: list[HeldRecord] = []
    for stix_id in dict.fromkeys(ids):
        mine = [row for row in items_named(tx, stix_id) if own is not None and row.source_no == own.no]
        if not mine:
            raise NotPermitted(
                "{stix_id} came from another party; only its originator consents, by its own act", stix_id=stix_id
            )
        rows.extend(mine)
    return rows


def _parts(
    tx: Connection,
    rows: Sequence[HeldRecord],
    request: GrantReleaseRequest,
    parties: dict[str, PartyRow],
    now: Instant,
) -> Iterator[_Part]:
    """Part a grant so that nobody learns from an act what it may not have, or what others may."""
    policy, peers = load_policy(tx, now), frozenset(trusting.accepted_parties(tx))
    for name in dict.fromkeys(request.to):
        open_now = _open_to(tx, policy, parties[name], rows, now) if name in peers else ()
        yield from _by(rows, open_now, name, name)
    for passing in (name for name in dict.fromkeys(request.through) if name in peers):
        served = {row.no for row in rows if parties[passing].no in erasing.readers_served(tx, [row.no])}
        for name in dict.fromkeys(request.to):
            yield from (part for part in _by(rows, served, name, passing) if part.goes_to is not None)


def _by(rows: Sequence[HeldRecord], known: Collection[int], to: str, goes_to: str) -> Iterator[_Part]:
    for is_known in (True, False):
        chosen = [row for row in rows if (row.no in known) == is_known]
        if chosen:
            yield _Part(chosen, to, goes_to if is_known else None)


def _open_to(tx: Connection, policy: Policy, party: PartyRow, rows: Sequence[HeldRecord], now: Instant) -> set[int]:
    """Give which of these records a party may have now."""
    reader = PartyName(party.name)
    decisions = decide(policy, reader, policies.class_keys(tx, sorted({row.class_no for row in rows})))
    looking = Looking(tx, policy, reader, party.no, now)
    permitted = [row for row in rows if decisions[row.class_no].outcome == "permitted"]
    return {row.no for row in permitted if not looking.hindrances(row)}


def _made(node: Node, tx: Connection, part: _Part, now: Instant) -> str:
    leaves = [commitment(erasing.salt_of(tx, row.no), row.sha256) for row in part.rows]
    act = ReleaseGrant(
        **head(node, now)._asdict(),
        leaves=tuple(leaf.hex() for leaf in leaves),
        to=(PartyName(part.to),),
    )
    no = keep_act(node, tx, act, now)
    speaking.note_spoken(node.store, tx, speaking.OWN, no, leaves)
    if part.goes_to is not None:
        send_act(tx, no, [part.goes_to], now)
    return act.rid
