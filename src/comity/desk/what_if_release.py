"""Answers what a draft agreement would change if all its parties had adhered: what would flow, stop or change."""

import hashlib

import msgspec

from comity.desk.actor import Actor
from comity.desk.node_type import Node
from comity.desk.policy import clauses_of, standings_of
from comity.records.facts import facts_of_key
from comity.rooms.release.agreements import read_agreement
from comity.rooms.release.engine import Engine
from comity.rooms.release.standing import Standing
from comity.rooms.release.what_if import what_if
from comity.stores import directory, policies
from comity.values import Instant, PartyName, Tlp, iso


class WhatIfRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A draft agreement in TOML. One with the id of an agreement held is taken in its place."""

    text: bytes


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One class of items whose release to one party would change.

    `effect`: "flows", "stops" or "changes" (flows on other terms). `count` is how many live items it concerns.
    """

    party: str
    effect: str
    count: int
    type: str
    tlp: str
    originator: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    example: str


class WhatIfAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """All differences, and the counts of items that would newly flow, stop, or flow on other terms.

    `unknown_parties` are named by the draft and not known here; `as_of` is the instant that was asked about.
    """

    agreement: str
    sha256: str
    as_of: str
    flows: int
    stops: int
    changes: int
    differences: tuple[Difference, ...]
    unknown_parties: tuple[str, ...] = ()


def what_if_release(node: Node, actor: Actor, request: WhatIfRequest) -> WhatIfAnswer:
    """Compare a draft with what is in force, over everything held; nothing is changed and no partner learns of it.

    Raises:
        AgreementRejected: the draft is not sound.
    """
    draft = read_agreement(request.text)
    now = node.clock()
    as_of = Instant(max(now, draft.in_force_from))
    me = PartyName(node.settings.party)
    with node.store.read() as tx:
        held = standings_of(tx)
        known = [row.name for row in directory.party_rows(tx)]
        counts = policies.class_counts(tx)
        keys = policies.class_keys(tx, counts)
        examples = policies.class_examples(tx, counts)
    adhered = tuple((party, Instant(0)) for party in draft.parties)
    others = tuple(entry for entry in held if entry.agreement.id != draft.id)
    drafted = (*others, Standing(agreement=draft, adherences=adhered))
    classes = [(no, facts_of_key(keys[no]), counts[no]) for no in sorted(counts)]
    readers = sorted({PartyName(name) for name in (*known, *draft.parties)} - {me})
    made = what_if(
        Engine(clauses_of(held, me, as_of), me), Engine(clauses_of(drafted, me, as_of), me), readers, classes
    )
    totals = {"flows": 0, "stops": 0, "changes": 0}
    for change in made:
        totals[change.effect] += change.count
    return WhatIfAnswer(
        agreement=draft.id,
        sha256=hashlib.sha256(request.text).hexdigest(),
        as_of=iso(as_of),
        **totals,
        differences=tuple(
            Difference(
                party=change.reader,
                effect=change.effect,
                count=change.count,
                type=change.facts.type,
                tlp=Tlp(change.facts.tlp).word,
                originator=change.facts.originator,
                before=change.before.clauses,
                after=change.after.clauses,
                example=examples.get(change.class_no, ""),
            )
            for change in made
        ),
        unknown_parties=tuple(name for name in draft.parties if name not in known),
    )
