"""Shows before anything leaves what each party may have and what not, by which clause or for want of which fact."""

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.node_type import Node
from comity.desk.policy import Policy, decide, load_policy
from comity.errors import NotFound
from comity.records.facts import facts_of_key
from comity.rooms.release.engine import Decision
from comity.rooms.release.explain import explain, sentence
from comity.stores import delivering, directory, policies, reading
from comity.stores.directory import PartyRow
from comity.values import Instant, PartyName


class PreviewReleaseRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One party by its short name, or all."""

    to: str | None = None


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Items of one party's preview that share an answer: how many, of which types, one of them, and why."""

    released: bool
    clauses: tuple[str, ...]
    count: int
    types: tuple[str, ...]
    example: str
    sentence: str


class PartyPreview(msgspec.Struct, frozen=True, kw_only=True):
    """What one party may have. `permitted` counts by class alone; `visible` what it sees now, ends and all.

    `reads`: it has credentials; without them `visible` is 0 whatever is permitted.
    """

    party: str
    reads: bool
    permitted: int
    refused: int
    visible: int
    groups: tuple[Group, ...]


class ReleasePreview(msgspec.Struct, frozen=True, kw_only=True):
    """One preview a party, and how many live items the node holds."""

    items: int
    parties: tuple[PartyPreview, ...]


def preview_release(node: Node, actor: Actor, request: PreviewReleaseRequest) -> ReleasePreview:
    """Preview release to one party or all.

    Raises:
        NotFound: no such party.
    """
    now = node.clock()
    with node.store.read() as tx:
        parties = [row for row in directory.party_rows(tx) if not row.is_self]
        if request.to is not None:
            parties = [row for row in parties if row.name == request.to]
            if not parties:
                raise NotFound("no party {party}", party=request.to)
        policy = load_policy(tx, now)
        counts = policies.class_counts(tx)
        keys = policies.class_keys(tx, counts)
        examples = policies.class_examples(tx, counts)
        readers = set(delivering.readers_of(tx))
        return ReleasePreview(
            items=sum(counts.values()),
            parties=tuple(_preview(tx, policy, row, row.no in readers, counts, keys, examples, now) for row in parties),
        )


def _preview(
    tx: Connection,
    policy: Policy,
    party: PartyRow,
    reads: bool,
    counts: dict[int, int],
    keys: dict[int, str],
    examples: dict[int, str],
    now: Instant,
) -> PartyPreview:
    name = PartyName(party.name)
    ruled = decide(policy, name, keys)
    groups: dict[tuple[bool, tuple[str, ...], str], list[int]] = {}
    for no in sorted(counts):
        released = ruled[no].outcome == "permitted"
        groups.setdefault((released, ruled[no].clauses, _why(policy, name, keys[no], ruled[no], now)), []).append(no)
    permitted = sum(counts[no] for no, ruling in ruled.items() if ruling.outcome == "permitted")
    return PartyPreview(
        party=party.name,
        reads=reads,
        permitted=permitted,
        refused=sum(counts.values()) - permitted,
        visible=reading.open_count(tx, party.no, now) if reads else 0,
        groups=tuple(
            Group(
                released=released,
                clauses=clauses,
                count=sum(counts[no] for no in nos),
                types=tuple(sorted({facts_of_key(keys[no]).type for no in nos})),
                example=examples[nos[0]],
                sentence=words,
            )
            for (released, clauses, words), nos in sorted(
                groups.items(), key=lambda entry: (not entry[0][0], -sum(counts[no] for no in entry[1]), entry[0])
            )
        ),
    )


def _why(policy: Policy, reader: PartyName, key: str, ruling: Decision, now: Instant) -> str:
    if ruling.companion:
        return "Goes with the objects that name it, and not by itself."
    return sentence(explain(policy.engine, reader, facts_of_key(key), policy.standings, now))
