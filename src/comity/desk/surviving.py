"""Finds what was received under agreements that have ended, and what their texts ask of it: here, and of others.

Not a verb: listing what is owed, discharging it, and showing items share it. The statements by which items came name
the clauses; each leaf counts with every statement that lists it, so what was given under two agreements has both.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from comity.desk.held_deliveries import delivery_in
from comity.desk.policy import clauses_of
from comity.records import codec, dsse
from comity.records.base import kind_of
from comity.records.facts import facts_of_key
from comity.records.kinds import Delivery, Erasure
from comity.rooms.release.engine import Engine
from comity.rooms.release.entry import Survival
from comity.rooms.release.standing import Standing
from comity.rooms.release.survival import Survived, ended_between, survived
from comity.stores import directory, keeping, policies, sending, stating, streams, surviving
from comity.stores.directory import PartyRow
from comity.stores.keeping import HeldRecord
from comity.stores.surviving import CameBy
from comity.values import Instant, PartyName, iso, iso_or_none

RELAYED = "relayed"
Verdict = Callable[[Delivery, int], Survived | None]


class Owed(NamedTuple):
    """A leaf of `giver`'s that has to go from here, and the record that came by it; none if it is gone already."""

    giver: PartyRow
    leaf: bytes
    survived: Survived
    came: CameBy | None


class AfterEnd(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an item whose agreements have all ended: kept on the terms under which it came, or to go.

    In no case does it go on to anybody under a clause of these agreements.
    """

    agreements: tuple[str, ...]
    ended_at: str
    asks: Survival
    due_at: str | None = None


class OwedThere(NamedTuple):
    """What another party has to return or destroy of what was given to it, and how much it stated to be gone."""

    party: str
    survived: Survived
    given: int
    gone: int


def owed_here(tx: Connection, standings: Sequence[Standing], me: PartyName, now: Instant) -> list[Owed]:
    """Give what this party has to return or destroy and has not stated to have, the soonest due first."""
    found: list[Owed] = []
    for giver in directory.party_rows(tx):
        if not giver.is_self and _any_asks(standings, PartyName(giver.name), me, now):
            found += _owed_to(tx, standings, giver, me, now)
    return sorted(found, key=lambda one: (one.survived.due or 0, one.giver.name, one.leaf))


def owed_there(tx: Connection, standings: Sequence[Standing], me: PartyName, now: Instant) -> list[OwedThere]:
    """Give what other parties have to return or destroy of what this one stated to have given them."""
    found = []
    for party in directory.party_rows(tx):
        name = PartyName(party.name)
        if party.is_self or not _any_asks(standings, me, name, now):
            continue
        due, _ = _due([partial(surviving.each_made, tx, party.no)], _verdict(standings, me, name, now))
        gone = _stated_gone(tx, party)
        for asked in sorted(set(due.values()), key=lambda one: (one.due or 0, one.agreements)):
            leaves = {leaf for leaf, one in due.items() if one == asked}
            found.append(OwedThere(party.name, asked, len(leaves), len(leaves & gone)))
    return found


def after_end(
    tx: Connection, standings: Sequence[Standing], held: HeldRecord, me: PartyName, now: Instant
) -> AfterEnd | None:
    """Say what became of one record that another party gave; None while what it came under stands."""
    found = _survived(tx, standings, held, me, now)
    if found is None:
        return None
    due = iso_or_none(found.due)
    return AfterEnd(agreements=found.agreements, ended_at=iso(found.ended), asks=found.asks, due_at=due)


def _survived(
    tx: Connection, standings: Sequence[Standing], held: HeldRecord, me: PartyName, now: Instant
) -> Survived | None:
    behind = stating.statement_behind(tx, held.no)
    if behind is None:
        return None
    giver = next(row for row in directory.party_rows(tx) if row.no == held.source_no)
    verdict = _verdict(standings, PartyName(giver.name), me, now)
    statement = delivery_in(behind.envelope)
    first = verdict(statement, behind.leaf)
    if first is None or first.due is None:
        return first
    leaf = statement.leaf_list()[behind.leaf]
    owed = {one.leaf: one.survived for one in _owed_to(tx, standings, giver, me, now)}
    return owed.get(leaf)


def _owed_to(tx: Connection, standings: Sequence[Standing], giver: PartyRow, me: PartyName, now: Instant) -> list[Owed]:
    name = PartyName(giver.name)
    theirs = streams.streams_of(tx, giver.no)
    due, places = _due(
        [partial(surviving.each_held, tx, stream.no) for stream in theirs], _verdict(standings, name, me, now)
    )
    came: dict[bytes, CameBy] = {}
    for n, stream in enumerate(theirs):
        wanted = {(seq, place): leaf for (at, seq, place), leaf in places.items() if at == n}
        came |= {wanted[where]: one for where, one in surviving.came_by(tx, stream.no, wanted.keys()).items()}
    covered = _covered(tx, standings, name, me, came.values(), now)
    said = _stated_by_us(tx) if due else set()
    return [
        Owed(giver, leaf, asked, None if one is None or one.is_erased else one)
        for leaf, asked in due.items()
        if not ((one := came.get(leaf)) is not None and not one.is_erased and one.record_no in covered)
        and not ((one is None or one.is_erased) and leaf in said)
    ]


def _due(
    each: Iterable[Callable[[], Iterator[tuple[int, bytes]]]], verdict: Verdict
) -> tuple[dict[bytes, Survived], dict[tuple[int, int, int], bytes]]:
    """Give each leaf that has to go, and where it stands: (which of the streams, statement, place)."""
    streams_read = list(each)
    due: dict[bytes, Survived] = {}
    for read in streams_read:
        for _, envelope in read():
            statement = delivery_in(envelope)
            for place, leaf in enumerate(statement.leaf_list()):
                asked = verdict(statement, place)
                if asked is not None and asked.due is not None and (asked.due > (_due_of(due.get(leaf)))):
                    due[leaf] = asked
    places: dict[tuple[int, int, int], bytes] = {}
    for n, read in enumerate(streams_read if due else []):
        for seq, envelope in read():
            statement = delivery_in(envelope)
            for place, leaf in enumerate(statement.leaf_list()):
                if leaf not in due:
                    continue
                if statement.basis_of[place] and verdict(statement, place) is None:
                    del due[leaf]  # given under an agreement that stands, too
                else:
                    places[n, seq, place] = leaf
    return due, {where: leaf for where, leaf in places.items() if leaf in due}


def _due_of(asked: Survived | None) -> int:
    return -1 if asked is None or asked.due is None else asked.due


def _verdict(standings: Sequence[Standing], giver: PartyName, receiver: PartyName, now: Instant) -> Verdict:
    by_id = {one.agreement.id: one for one in standings}
    known: dict[frozenset[str], Survived | None] = {}

    def verdict(statement: Delivery, place: int) -> Survived | None:
        names = frozenset(statement.basis[n].partition("/")[0] for n in statement.basis_of[place])
        if names not in known:
            known[names] = survived(by_id, names, giver, receiver, now)
        return known[names]

    return verdict


def _any_asks(standings: Iterable[Standing], giver: PartyName, receiver: PartyName, now: Instant) -> bool:
    """A cheap look before statements are read: has any agreement between the two ended that asks for something?"""
    return any(
        one.agreement.survival != "keep"
        and {giver, receiver} <= set(one.agreement.parties)
        and ended_between(one, giver, receiver, now) is not None
        for one in standings
    )


def _covered(
    tx: Connection,
    standings: Sequence[Standing],
    giver: PartyName,
    me: PartyName,
    came: Iterable[CameBy],
    now: Instant,
) -> set[int]:
    """Give the records that their giver may let this party have today by an agreement that stands.

    It states nothing anew where an item was visible already. Of what it relayed, nothing can be said from here.
    """
    own = [one for one in came if not one.is_erased and one.grade != RELAYED]
    keys = policies.class_keys(tx, sorted({one.class_no for one in own})) if own else {}
    engine = Engine(clauses_of(standings, giver, now), giver)
    nos = sorted(keys)
    decisions = engine.decide_many(me, [facts_of_key(keys[no]) for no in nos])
    permitted = {no for no, one in zip(nos, decisions, strict=True) if one.outcome == "permitted"}
    return {one.record_no for one in own if one.class_no in permitted}


def _stated_by_us(tx: Connection) -> set[bytes]:
    """Give the leaves of others' statements of which this party has stated that it holds them no more."""
    return _leaves(tx, keeping.own_acts(tx, (kind_of(Erasure),)), lambda act: act.erased)


def _stated_gone(tx: Connection, party: PartyRow) -> set[bytes]:
    """Give the leaves that another party has stated to hold no more: by an agreement's end, or as we had asked."""
    acts = [no for no in keeping.acts_of_others(tx, (kind_of(Erasure),)) if _source(tx, no) == party.no]
    gone = _leaves(tx, acts, lambda act: act.erased)
    for sent in sending.carried_out(tx, kind_of(Erasure), sending.ERASED):
        act = codec.decode(dsse.unverified_payload(sent.envelope))
        if sent.party == party.name and sent.done_ms is not None and isinstance(act, Erasure):
            gone |= set(map(bytes.fromhex, act.leaves))
    return gone


def _source(tx: Connection, no: int) -> int | None:
    held = keeping.held_record(tx, no)
    return None if held is None else held.source_no


def _leaves(tx: Connection, acts: Iterable[int], of: Callable[[Erasure], Sequence[str]]) -> set[bytes]:
    found: set[bytes] = set()
    for no in acts:
        held = keeping.held_record(tx, no)
        act = None if held is None or held.body is None else codec.decode(dsse.unverified_payload(held.body))
        if isinstance(act, Erasure):
            found |= set(map(bytes.fromhex, of(act)))
    return found
