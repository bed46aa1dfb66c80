"""Explains why a party may or may not have an item: the clause that decides, or the nearest and what it fails on."""

from collections.abc import Mapping

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.explain_given import given
from comity.desk.hindrances import Hindered, Looking
from comity.desk.item_views import facts_of, live_item
from comity.desk.node_type import Node
from comity.desk.policy import Policy, decide, explanation_of, load_policy
from comity.desk.surviving import AfterEnd, after_end
from comity.desk.take_grant import grants_behind
from comity.errors import NotFound
from comity.rooms.release.engine import Decision
from comity.rooms.release.explain import Explanation, sentence
from comity.stores import delivering, directory, keeping, reclassing
from comity.stores.keeping import HeldRecord
from comity.values import Instant, PartyName


class ExplainReleaseRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An item by its STIX id (the newest live version; of one source if named) and a party by its short name."""

    id: str
    to: str
    source: str | None = None


class ReleaseExplained(msgspec.Struct, frozen=True, kw_only=True):
    """The answer for one item and one party.

    `released`: the party may have it now. `explanation` speaks of the item's own class; `hindered` of all else that
    holds it back; `along`: it goes only with objects that name it, being a creator or a marking. `obligations` are the
    use limits that go with it, `redacted` the properties that are left out. Where the party is the node's own,
    `stated_by` is who gave the item, by its `statement`; `apart` are the clauses named there whose agreement does not
    work for the giver by what this node holds; `after_end` says what its end asks, where all of them have ended.
    `granted`: the acts by which the originator consents that the party has it, on both nodes alike.
    `granted_before`: versions for which it consented, where it did not for this one: each version needs its own.
    `relayed`: its giver passed it on, of `originator` if that one's signed set shows it, else on its own word alone.
    """

    id: str
    to: str
    released: bool
    sentence: str
    explanation: Explanation
    hindered: tuple[Hindered, ...] = ()
    along: bool = False
    obligations: tuple[str, ...] = ()
    redacted: tuple[str, ...] = ()
    stated_by: str | None = None
    statement: int | None = None
    apart: tuple[str, ...] = ()
    after_end: AfterEnd | None = None
    relayed: bool = False
    originator: str | None = None
    granted: tuple[str, ...] = ()
    granted_before: tuple[str, ...] = ()


def explain_release(node: Node, actor: Actor, request: ExplainReleaseRequest) -> ReleaseExplained:
    """Explain an item's release to a party, reader or not.

    Raises:
        NotFound: no such item or party.
        UsageError: the party is the node's own, and no statement says why it was given the item.
    """
    now = node.clock()
    with node.store.read() as tx:
        party = directory.party_named(tx, request.to)
        if party is None:
            raise NotFound("no party {party}", party=request.to)
        held = live_item(tx, request.id, request.source)
        policy = load_policy(tx, now)
        if party.is_self:
            return _explained_as_given(tx, policy, held, PartyName(party.name), now)
        return explained(tx, policy, held, PartyName(party.name), party.no, now)


def explained(
    tx: Connection,
    policy: Policy,
    held: HeldRecord,
    reader: PartyName,
    reader_no: int,
    now: Instant,
    consents: Mapping[str, tuple[str, ...]] | None = None,
) -> ReleaseExplained:
    """Explain one held version. `consents`: what `consents_by_version` gives, where several explanations need it."""
    facts = facts_of(tx, held)
    answer = explanation_of(policy, reader, facts, now)
    decision = decide(policy, reader, {0: facts.key})[0]
    hindered = Looking(tx, policy, reader, reader_no, now).hindrances(held)
    if decision.outcome != answer.decision.outcome:
        hindered.append(Hindered(by="required-property", what=", ".join(decision.redact)))
    along = decision.companion
    with_others = along and bool(delivering.delivered(tx, reader_no, [held.no]))
    released = (decision.outcome == "permitted" or with_others) and not hindered
    return ReleaseExplained(
        id=held.stix_id,
        to=reader,
        released=released,
        sentence=_sentence(answer, hindered, with_others),
        explanation=answer,
        hindered=tuple(hindered),
        along=along,
        obligations=decision.obligations if released else (),
        redacted=decision.redact if released else (),
        granted=grants_behind(tx, held, reader) if reader in facts.consents else (),
        granted_before=() if released or reader in facts.consents else _granted_before(tx, held, reader, consents),
    )


def consents_by_version(tx: Connection, held: HeldRecord) -> dict[str, tuple[str, ...]]:
    """Give to whom the originator consents for each version of the item for which it does, newest first."""
    others = [row for row in keeping.records_under(tx, held.stix_id) if row.source_no == held.source_no]
    said = reclassing.overrides_of(tx, [row.no for row in others])
    found: dict[str, tuple[str, ...]] = {}
    for row in others:
        if row.no in said:
            found[row.version] = (*found.get(row.version, ()), *said[row.no].consents)
    return found


def _granted_before(
    tx: Connection, held: HeldRecord, reader: PartyName, consents: Mapping[str, tuple[str, ...]] | None
) -> tuple[str, ...]:
    """Give the other versions of the item for which its originator consents that a reader has them, newest first."""
    by_version = consents_by_version(tx, held) if consents is None else consents
    return tuple(version for version, to in by_version.items() if reader in to)


def _explained_as_given(
    tx: Connection, policy: Policy, held: HeldRecord, me: PartyName, now: Instant
) -> ReleaseExplained:
    told = given(tx, policy.standings, held, now)
    decision = Decision(outcome="permitted", clauses=told.clauses)
    answer = Explanation(reader=me, facts=facts_of(tx, held), decision=decision, covered=True)
    return ReleaseExplained(
        id=held.stix_id,
        to=me,
        released=True,
        sentence=sentence(answer),
        explanation=answer,
        stated_by=told.giver,
        statement=told.statement,
        apart=told.apart,
        relayed=told.is_relayed,
        originator=told.originator,
        after_end=after_end(tx, policy.standings, held, me, now),
        granted=grants_behind(tx, held, me),
    )


def _sentence(answer: Explanation, hindered: list[Hindered], with_others: bool) -> str:
    if with_others:
        return f"Released to {answer.reader} with the objects that name it."
    if answer.decision.outcome == "permitted" and hindered:
        return f"Not released to {answer.reader}: {hindered[0].sentence or hindered[0].by}"
    return sentence(answer)
