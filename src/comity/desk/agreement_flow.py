"""Counts what this party gave under each clause of an agreement since the month began, day by day.

An item that several clauses permit counts under each. The clauses are those by which the node decides now: what a
delivery was permitted by at its time stands in its signed statement.
"""

from datetime import UTC, datetime
from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.node_type import Node
from comity.desk.policy import Policy, decide, load_policy
from comity.errors import NotFound
from comity.rooms.release.agreements import Agreement
from comity.stores import delivering, directory, flowing, policies
from comity.values import Instant, PartyName, iso

MOST_COUNTED = 200_000  # deliveries, over all readers: a page waits for it


class AgreementFlowRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An agreement by its id."""

    agreement: Annotated[str, Meta(max_length=200)]


class ClauseFlow(msgspec.Struct, frozen=True, kw_only=True):
    """What went under one clause: `by_day` has an entry for each day since the month began, today the last."""

    article: str
    items: int
    by_day: tuple[int, ...]
    readers: tuple[str, ...]


class AgreementFlow(msgspec.Struct, frozen=True, kw_only=True):
    """The clauses under which something went, in the text's order. `whole`: false if more went than was counted.

    `counted_at`: when it was counted, if that was not just now.
    """

    agreement: str
    since: str
    clauses: tuple[ClauseFlow, ...]
    whole: bool = True
    counted_at: str | None = None


def agreement_flow(node: Node, actor: Actor, request: AgreementFlowRequest) -> AgreementFlow:
    """Count.

    Raises:
        NotFound: no such agreement.
    """
    now = node.clock()
    with node.store.read() as tx:
        policy = load_policy(tx, now)
        text = next((one.agreement for one in policy.standings if one.agreement.id == request.agreement), None)
        if text is None:
            raise NotFound("no agreement {id}", id=request.agreement)
        thing = ("flow", text.id, policy.version, policy.changes_at, int(now) // flowing.DAY_MS)
        flow, at = node.store.tallies.of(thing, now, lambda: _counted(tx, policy, text, now))
    return flow if at is None else msgspec.structs.replace(flow, counted_at=iso(at))


def _counted(tx: Connection, policy: Policy, text: Agreement, now: Instant) -> AgreementFlow:
    began = month_of(now)
    days = (int(now) - int(began)) // flowing.DAY_MS + 1
    by_day: dict[str, list[int]] = {}
    readers: dict[str, set[str]] = {}
    left = MOST_COUNTED
    names, ids = {row.no: row.name for row in directory.party_rows(tx)}, {one.id: one for one in text.clauses}
    for reader_no in delivering.readers_of(tx):
        if names.get(reader_no) not in text.parties or left <= 0:
            continue
        counted = flowing.flowed(tx, reader_no, int(began), left)
        left -= sum(count for _, _, count in counted)
        keys = policies.class_keys(tx, {class_no for _, class_no, _ in counted})
        decisions = decide(policy, PartyName(names[reader_no]), keys)
        for day, class_no, count in counted:
            for clause in set(decisions[class_no].clauses) & set(ids):
                by_day.setdefault(clause, [0] * days)[min(day, days - 1)] += count
                readers.setdefault(clause, set()).add(names[reader_no])
    return AgreementFlow(
        agreement=text.id,
        since=iso(began),
        clauses=tuple(
            ClauseFlow(
                article=one.article, items=sum(by_day[id]), by_day=tuple(by_day[id]), readers=tuple(sorted(readers[id]))
            )
            for id, one in ids.items()
            if id in by_day
        ),
        whole=left > 0,
    )


def month_of(now: Instant) -> Instant:
    """Give when the month of an instant began, in UTC."""
    at = datetime.fromtimestamp(int(now) / 1000, UTC)
    return Instant(int(datetime(at.year, at.month, 1, tzinfo=UTC).timestamp()) * 1000)
