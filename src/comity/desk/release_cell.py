"""Opens one cell of the release matrix: the answers in it, the clause's own words, and what would turn a refusal."""

from collections.abc import Mapping, Sequence

import msgspec

from comity.desk.actor import Actor
from comity.desk.node_type import Node
from comity.desk.policy import Policy, decide, explanation_of, load_policy
from comity.desk.release_columns import chosen
from comity.errors import NotFound, UsageError
from comity.records.facts import ClassFacts
from comity.rooms.release.agreements import said
from comity.rooms.release.engine import Decision
from comity.rooms.release.explain import Explanation, sentence
from comity.rooms.release.standing import Standing
from comity.stores import delivering, directory, policies, reading
from comity.stores.tallies import Tally
from comity.values import Instant, PartyName, iso_or_none

MOST_ANSWERS = 40
MOST_EXAMPLES = 5


class ReleaseCellRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A party by its short name; a column and a level of the matrix, or all."""

    to: str
    column: str | None = None
    tlp: str | None = None


class CellAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Items that are decided by the same clauses in the same way.

    `explanation` and `sentence` are those of the class with the most items among them. `words` are the deciding
    clause's own, in English if it has them; '' if no clause decides. `examples` are ids of live items.
    """

    outcome: str  # "goes" | "redacted" | "along" | "refused"
    count: int
    types: tuple[str, ...]
    levels: tuple[str, ...]
    clauses: tuple[str, ...]
    redact: tuple[str, ...]
    obligations: tuple[str, ...]
    until: str | None
    explanation: Explanation
    sentence: str
    words: str
    examples: tuple[str, ...]


class ReleaseCellShown(msgspec.Struct, frozen=True, kw_only=True):
    """One party's answers, what goes first and then the most numerous.

    `visible`: how many items of all it sees now, ends and gates considered. `more`: answers beyond those shown.
    `counted_at`: when these were counted, if that was not just now; `seen_at`: the same of `visible`.
    """

    party: str
    reads: bool
    held: int
    goes: int
    visible: int
    answers: tuple[CellAnswer, ...]
    more: int = 0
    counted_at: str | None = None
    seen_at: str | None = None


def release_cell(node: Node, actor: Actor, request: ReleaseCellRequest) -> ReleaseCellShown:
    """Explain what a party may have of a column at a level.

    Raises:
        NotFound: no such party. UsageError: no such column or level, or the party is the node's own.
    """
    now = node.clock()
    with node.store.read() as tx:
        party = directory.party_named(tx, request.to)
        if party is None:
            raise NotFound("no party {party}", party=request.to)
        if party.is_self:
            raise UsageError("{party} is this node's own party: what it holds is not released to it", party=party.name)
        policy = load_policy(tx, now)
        tallies = node.store.tallies
        counts, at = tallies.of(policies.CLASS_COUNTS, now, lambda: policies.class_counts(tx))
        keys = policies.class_keys(tx, counts)
        facts = chosen(keys, request.column, request.tlp)
        ruled = decide(policy, PartyName(party.name), {no: keys[no] for no in facts})
        groups = _groups(ruled, counts)
        shown = groups[:MOST_ANSWERS]
        examples = policies.class_examples(tx, [no for nos in shown for no in nos[:MOST_EXAMPLES]])
        reads = party.no in delivering.readers_of(tx)
        visible, seen_at = Tally(0, None)
        if reads:
            seen = ("seen by", party.no, policy.version, policy.changes_at)  # under another policy it is another count
            visible, seen_at = tallies.of(seen, now, lambda: reading.open_count(tx, party.no, now))
    name = PartyName(party.name)
    return ReleaseCellShown(
        party=party.name,
        reads=reads,
        held=sum(counts[no] for no in facts),
        goes=sum(counts[no] for no, decision in ruled.items() if decision.outcome == "permitted"),
        visible=visible,
        answers=tuple(_answer(policy, name, nos, ruled, facts, counts, examples, now) for nos in shown),
        more=len(groups) - len(shown),
        counted_at=iso_or_none(at),
        seen_at=iso_or_none(seen_at),
    )


def _groups(ruled: Mapping[int, Decision], counts: Mapping[int, int]) -> list[list[int]]:
    """Gather classes that are decided alike, the most numerous class of each first."""
    alike: dict[tuple[str, tuple[str, ...], tuple[str, ...]], list[int]] = {}
    for no in sorted(ruled, key=lambda no: (-counts[no], no)):
        decision = ruled[no]
        alike.setdefault((_outcome(decision), decision.clauses, decision.redact), []).append(no)
    refused = ("refused", "along")
    ordered = sorted(alike.items(), key=lambda one: (one[0][0] in refused, -sum(counts[no] for no in one[1]), one[0]))
    return [nos for _, nos in ordered]


def _outcome(decision: Decision) -> str:
    if decision.outcome != "permitted":
        return "along" if decision.companion else "refused"
    return "redacted" if decision.redact else "goes"


def _answer(
    policy: Policy,
    reader: PartyName,
    nos: Sequence[int],
    ruled: Mapping[int, Decision],
    facts: Mapping[int, ClassFacts],
    counts: Mapping[int, int],
    examples: Mapping[int, str],
    now: Instant,
) -> CellAnswer:
    decision = ruled[nos[0]]
    explanation = explanation_of(policy, reader, facts[nos[0]], now)
    ends = [until for no in nos if (until := ruled[no].valid_until)]
    named = (*decision.clauses, *explanation.nearest)
    return CellAnswer(
        outcome=_outcome(decision),
        count=sum(counts[no] for no in nos),
        types=tuple(sorted({facts[no].type for no in nos})),
        levels=tuple(level.word for level in sorted({facts[no].tlp for no in nos})),
        clauses=decision.clauses,
        redact=decision.redact,
        obligations=decision.obligations,
        until=iso_or_none(min(ends, default=None)),
        explanation=explanation,
        sentence=sentence(explanation),
        words=next((words for clause in named if (words := words_of_clause(policy.standings, clause))), ""),
        examples=tuple(examples[no] for no in nos[:MOST_EXAMPLES] if no in examples),
    )


def words_of_clause(standings: Sequence[Standing], clause_id: str) -> str:
    """Give a clause's own words, in English if it has them; '' for a clause that is not held."""
    for standing in standings:
        for clause in standing.agreement.clauses:
            if clause.id == clause_id:
                return said(clause.text)
    return ""
