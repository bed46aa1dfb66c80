"""Explains why a party may or may not have an item: the clause that decides, or the nearest and what it fails on."""

from typing import Literal

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.item_views import facts_of, live_item
from comity.desk.node_type import Node
from comity.desk.policy import Policy, decide, load_policy
from comity.errors import NotFound, UsageError
from comity.records.facts import GATED_TYPES
from comity.rooms.release.engine import Decision
from comity.rooms.release.explain import Explanation, explain, sentence
from comity.stores import delivering, directory, keeping, policies
from comity.stores.keeping import HeldRecord
from comity.values import Instant, PartyName, iso

Hindrance = Literal["embargo", "expired", "end-not-held", "end-not-visible", "required-property", "portion"]


class ExplainReleaseRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An item by its STIX id (the newest live version; of one source if named) and a party by its short name."""

    id: str
    to: str
    source: str | None = None


class Hindered(msgspec.Struct, frozen=True, kw_only=True):
    """Something besides the item's own class that holds it back: an end of a relationship, an instant, a portion."""

    by: Hindrance
    what: str = ""
    sentence: str = ""


class ReleaseExplained(msgspec.Struct, frozen=True, kw_only=True):
    """The answer for one item and one party.

    `released`: the party may have it now. `explanation` speaks of the item's own class; `hindered` of all else that
    holds it back; `along`: it goes only with objects that name it, being a creator or a marking. `obligations` are the
    use limits that go with it, `redacted` the properties that are left out.
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


def explain_release(node: Node, actor: Actor, request: ExplainReleaseRequest) -> ReleaseExplained:
    """Explain an item's release to a party, reader or not.

    Raises:
        NotFound: no such item or party. UsageError: the party is the node's own.
    """
    now = node.clock()
    with node.store.read() as tx:
        party = directory.party_named(tx, request.to)
        if party is None:
            raise NotFound(f"no party {request.to}")
        if party.is_self:
            raise UsageError("the node's own party has all that it holds")
        held = live_item(tx, request.id, request.source)
        policy = load_policy(tx, now)
        return explained(tx, policy, held, PartyName(party.name), party.no, now)


def explained(
    tx: Connection, policy: Policy, held: HeldRecord, reader: PartyName, reader_no: int, now: Instant
) -> ReleaseExplained:
    """Explain one held version."""
    facts = facts_of(tx, held)
    answer = explain(policy.engine, reader, facts, policy.standings, now)
    decision = decide(policy, reader, {0: facts.key})[0]
    hindered = [*_instants(held, now), *_ends(tx, policy, held, reader, now), *_portions(tx, policy, held, reader)]
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
    )


def _sentence(answer: Explanation, hindered: list[Hindered], with_others: bool) -> str:
    if with_others:
        return f"Released to {answer.reader} with the objects that name it."
    if answer.decision.outcome == "permitted" and hindered:
        return f"Not released to {answer.reader}: {hindered[0].sentence or hindered[0].by}"
    return sentence(answer)


def _instants(held: HeldRecord, now: Instant) -> list[Hindered]:
    found = []
    if held.embargo_ms is not None and held.embargo_ms > now:
        until = iso(Instant(held.embargo_ms))
        found.append(Hindered(by="embargo", what=until, sentence=f"it is under embargo until {until}."))
    if held.expires_ms is not None and held.expires_ms <= now:
        ended = iso(Instant(held.expires_ms))
        found.append(Hindered(by="expired", what=ended, sentence=f"its marking ended on {ended}."))
    return found


def _ends(tx: Connection, policy: Policy, held: HeldRecord, reader: PartyName, now: Instant) -> list[Hindered]:
    """Name the ends of a relationship or sighting that are not held, or not visible to the reader."""
    if held.type not in GATED_TYPES:
        return []
    found = []
    for end in keeping.ends_named(tx, held):
        versions = delivering.placeable_under(tx, [end.key], delivering.last_numbered(tx), now).get(end.key, [])
        if not versions:
            found.append(Hindered(by="end-not-held", what=end.stix_id, sentence=f"its end {end.stix_id} is not held."))
            continue
        keys = policies.class_keys(tx, {version.class_no for version in versions})
        ruled = decide(policy, reader, keys)
        if not any(ruling.outcome == "permitted" for ruling in ruled.values()):
            first: Decision = ruled[versions[0].class_no]
            clauses = ", ".join(first.clauses) or "no clause reaches it"
            words = f"its end {end.stix_id} is not visible to {reader} ({clauses})."
            found.append(Hindered(by="end-not-visible", what=end.stix_id, sentence=words))
    return found


def _portions(tx: Connection, policy: Policy, held: HeldRecord, reader: PartyName) -> list[Hindered]:
    """Name the granular portions without which the item is nothing and which the reader may not have."""
    classes = delivering.required_portions(tx, [held.no]).get(held.no, [])
    ruled = decide(policy, reader, policies.class_keys(tx, classes))
    return [
        Hindered(by="portion", what=", ".join(ruling.clauses), sentence="a required portion of it may not be released.")
        for ruling in ruled.values()
        if ruling.outcome != "permitted"
    ]
