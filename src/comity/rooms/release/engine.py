"""Decides whether a reader may have items of a class: asks Cedar, and takes anything but a clear answer as a refusal.

Cedar skips a policy whose evaluation fails and goes on, so a broken forbid would let things through: any error in the
diagnostics is therefore a refusal, `engine/error`. So is a reason without a name, and an unknown version of the facts.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias

import cedarpy
import msgspec

from comity.records.facts import FACTS_VERSION, ClassFacts
from comity.records.required import REQUIRED
from comity.rooms.release.policy import (
    ENGINE_ERROR,
    SCHEMA,
    STANDING_REFUSALS,
    Context,
    audience,
    context,
    decides,
    gave,
    policy_text,
    reaches,
    refusal_set,
    saying_set,
    touches,
)
from comity.rooms.release.standing import OperationalClause
from comity.values import Instant, PartyName

Outcome = Literal["permitted", "forbidden", "silent"]
Verdict: TypeAlias = tuple[Outcome, tuple[str, ...]]

# Silent objects of these types may flow with an object that names them: creators, markings, extensions.
COMPANION_TYPES = frozenset({"identity", "marking-definition", "extension-definition"})
_MOST_REMEMBERED = 150_000  # answers, and decisions made of them; the memory is emptied when full


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided. `clauses`: what permits or forbids (agreement clauses, or a standing refusal's id), sorted.

    `redact`: properties to drop before release, by the clauses `redacted_by`; where the type requires one of them the
    outcome is forbidden, by those clauses. `obligations`: the use limits that go with it. `valid_until`: the soonest
    end of anything that decided.
    """

    outcome: Outcome
    clauses: tuple[str, ...] = ()
    redact: tuple[str, ...] = ()
    redacted_by: tuple[str, ...] = ()
    obligations: tuple[str, ...] = ()
    valid_until: Instant | None = None
    companion: bool = False


ERROR = Decision(outcome="forbidden", clauses=(ENGINE_ERROR,))


class Said(NamedTuple):
    """What the clauses say of one class, whoever is concerned: the sorted names of those that hold."""

    refuse: tuple[str, ...] = ()
    permit: tuple[str, ...] = ()
    attach: tuple[str, ...] = ()


class _Asked(NamedTuple):
    """All of a class that clauses look at: its facts, and whether the reader gave it or has its giver's consent."""

    facts: ClassFacts
    own: bool
    consented: bool


class Engine:
    """The operational clauses of one node as policies; asks are pure, compiled sets and answers are remembered.

    A clause says the same of a class to every reader whom it concerns. So Cedar is asked once for each class, and not
    for each reader; what concerns a reader is then taken out of the answer.

    Raises:
        ValueError: two clauses have one id, or the policies do not fit the schema. Both are faults of ours.
    """

    def __init__(self, clauses: Iterable[OperationalClause], me: PartyName) -> None:
        given = tuple(clauses)
        self.me = me
        self.clauses = {clause.clause.id: clause for clause in sorted(given, key=lambda clause: clause.clause.id)}
        if len(self.clauses) != len(given):
            raise ValueError("two clauses have one id")
        self._policies = {name: policy_text(clause, me) for name, clause in self.clauses.items()}
        _validate(self.clauses.values(), self._policies)
        self._audiences = {name: audience(clause, me) for name, clause in self.clauses.items()}
        self._concerning: dict[PartyName, frozenset[str]] = {}
        self._sets: dict[tuple[str, ...], _Sets] = {}
        self._said: dict[_Asked, Said] = {}
        self._made: dict[tuple[str, Said], Decision] = {}

    def decide(self, reader: PartyName, facts: ClassFacts) -> Decision:
        """Decide one class for one reader."""
        return self.decide_many(reader, (facts,))[0]

    def decide_many(self, reader: PartyName, classes: Sequence[ClassFacts]) -> list[Decision]:
        """Decide many classes for one reader, in their order."""
        asked = [_Asked(facts, gave(reader, facts), reader in facts.consents) for facts in classes]
        answers = self._answers(reader, asked)
        concerning = self._names_concerning(reader)
        return [
            self._decision(facts.type, _to_reader(said, concerning)) if facts.version == FACTS_VERSION else ERROR
            for facts, said in zip(classes, answers, strict=True)
        ]

    def _names_concerning(self, reader: PartyName) -> frozenset[str]:
        if reader not in self._concerning:
            self._concerning[reader] = frozenset(name for name, whom in self._audiences.items() if reader in whom)
        return self._concerning[reader]

    def _answers(self, reader: PartyName, asked: Sequence[_Asked]) -> list[Said]:
        """Give what all clauses say of these, asking Cedar for what is not yet known."""
        if len(self._said) > _MOST_REMEMBERED:
            self._said = {}
        said = self._said
        alike: dict[tuple[str, bool, bool], dict[_Asked, Context]] = {}
        for one in asked:
            if one not in said:
                group = alike.setdefault((one.facts.type, one.facts.originator == self.me, one.consented), {})
                group[one] = context(reader, one.facts)
        for (kind, own, consented), group in alike.items():
            sets = self._sets_for(kind, own=own, consented=consented)
            said.update(zip(group, sets.ask(list(group.values())), strict=True))
        return [said[one] for one in asked]

    def _sets_for(self, kind: str, *, own: bool, consented: bool) -> "_Sets":
        clauses = self.clauses.values()
        relevant = tuple(clause for clause in clauses if reaches(clause, kind, own=own, consented=consented))
        names = tuple(clause.clause.id for clause in relevant)
        if names not in self._sets:
            self._sets[names] = _Sets(relevant, self._policies)
        return self._sets[names]

    def _decision(self, kind: str, said: Said) -> Decision:
        if len(self._made) > _MOST_REMEMBERED:
            self._made = {}
        decision = self._made.get((kind, said))
        if decision is None:
            decision = self._made[kind, said] = self._decide(kind, said)
        return decision

    def _decide(self, kind: str, said: Said) -> Decision:
        """Decide by what concerns the reader: refusal wins, and silence is the default."""
        if said.refuse:
            return Decision(outcome="forbidden", clauses=said.refuse, valid_until=self._until(said.refuse))
        if not said.permit:
            return Decision(outcome="silent", companion=kind in COMPANION_TYPES)
        carried = [self.clauses[name].clause for name in said.attach]
        needed = REQUIRED.get(kind, frozenset())
        spoiling = tuple(clause.id for clause in carried if not needed.isdisjoint(clause.properties))
        if spoiling:
            return Decision(outcome="forbidden", clauses=spoiling, valid_until=self._until(spoiling))
        return Decision(
            outcome="permitted",
            clauses=said.permit,
            redact=tuple(sorted({name for clause in carried for name in clause.properties})),
            redacted_by=tuple(clause.id for clause in carried if clause.kind == "redact"),
            obligations=tuple(clause.id for clause in carried if clause.kind == "use_limit"),
            valid_until=self._until((*said.permit, *said.attach)),
        )

    def _until(self, names: Iterable[str]) -> Instant | None:
        ends = (self.clauses[name].until for name in names if name in self.clauses)
        return min((end for end in ends if end is not None), default=None)


def differing(before: Engine, after: Engine) -> tuple[OperationalClause, ...]:
    """Give the clauses that are not the same in both engines, in the versions of both."""
    names = sorted(before.clauses.keys() | after.clauses.keys())
    pairs = [(before.clauses.get(name), after.clauses.get(name)) for name in names]
    return tuple(clause for old, new in pairs if old != new for clause in (old, new) if clause is not None)


def to_ask_again(
    changed: Iterable[OperationalClause], me: PartyName, reader: PartyName, classes: Sequence[ClassFacts]
) -> list[int]:
    """Give the positions of the classes whose answer for a reader may change with these clauses (see `differing`)."""
    relevant = [clause for clause in changed if reader in audience(clause, me)]
    if not relevant:
        return []
    return [i for i, facts in enumerate(classes) if any(touches(clause, me, reader, facts) for clause in relevant)]


def _to_reader(said: Said, concerning: frozenset[str]) -> Said:
    """Give what concerns a reader: standing refusals concern everyone."""
    return Said(
        tuple([name for name in said.refuse if name in concerning or name in _STANDING]) if said.refuse else (),
        tuple([name for name in said.permit if name in concerning]) if said.permit else (),
        tuple([name for name in said.attach if name in concerning]) if said.attach else (),
    )


class _Sets:
    """The compiled policies of some clauses, in sets of one effect: Cedar then names every policy that holds."""

    def __init__(self, clauses: Sequence[OperationalClause], policies: Mapping[str, str]) -> None:
        refusing, permitting, attaching = _texts(clauses, policies)
        self._refuse = _compiled(refusing)
        self._permit = _compiled(permitting) if permitting else None
        self._attach = _compiled(attaching) if attaching else None

    def ask(self, contexts: list[Context]) -> list[Said]:
        """Give what holds of each context; where nobody may have it, only what refuses it."""
        refused = [reasons for _, reasons in ask(self._refuse, contexts)]
        open_to_some = [i for i, reasons in enumerate(refused) if _STANDING.isdisjoint(reasons)]
        permitted = self._holding(self._permit, contexts, open_to_some)
        attached = self._holding(self._attach, contexts, [i for i in open_to_some if permitted[i]])
        broken = [i for held in (permitted, attached) for i, reasons in held.items() if ENGINE_ERROR in reasons]
        said = [Said(reasons, permitted.get(i, ()), attached.get(i, ())) for i, reasons in enumerate(refused)]
        for i in broken:
            said[i] = Said(refuse=(ENGINE_ERROR,))
        return said

    def _holding(
        self, policies: cedarpy.PolicySet | None, contexts: list[Context], places: Collection[int]
    ) -> dict[int, tuple[str, ...]]:
        """Give which policies hold at these places; anything but a permission or silence is an error."""
        if policies is None or not places:
            return dict.fromkeys(places, ())
        verdicts = ask(policies, [contexts[i] for i in places])
        return {
            i: (ENGINE_ERROR,) if outcome == "forbidden" else reasons
            for i, (outcome, reasons) in zip(places, verdicts, strict=True)
        }


def ask(policies: cedarpy.PolicySet, contexts: Sequence[Context | Mapping[str, object]]) -> list[Verdict]:
    """Ask Cedar for each context: the outcome and the sorted ids of what decided; any error refuses."""
    requests = [{**_REQUEST, "context": msgspec.json.encode(facts).decode()} for facts in contexts]
    return [_read(result) for result in cedarpy.is_authorized_batch(requests, policies, "[]")]


def _read(result: cedarpy.AuthzResult) -> Verdict:
    diagnostics = result.diagnostics
    names = diagnostics.id_annotations_by_reason
    if diagnostics.errors or len(names) != len(diagnostics.reasons) or result.decision is cedarpy.Decision.NoDecision:
        return "forbidden", (ENGINE_ERROR,)
    reasons = tuple(sorted(names.values()))
    if result.allowed:
        return ("permitted", reasons) if reasons else ("forbidden", (ENGINE_ERROR,))
    return ("forbidden", reasons) if reasons else ("silent", ())


def _texts(clauses: Iterable[OperationalClause], policies: Mapping[str, str]) -> tuple[str, str, str]:
    """Write the sets that refuse, permit and attach."""
    given = [clause.clause for clause in clauses]
    refusing = (policies[clause.id] for clause in given if clause.kind == "withhold")
    permitting = (policies[clause.id] for clause in given if clause.kind in ("share", "forward"))
    attaching = (policies[clause.id] for clause in given if not decides(clause))
    return refusal_set(refusing), saying_set(permitting), saying_set(attaching)


def _validate(clauses: Collection[OperationalClause], policies: Mapping[str, str]) -> None:
    for text in _texts(clauses, policies):
        if text and (errors := _misfits(text)):
            raise ValueError(f"policies do not fit the schema: {errors}"[:2_000])


# One clause more, or one less, leaves two of three texts as they were; reading one costs milliseconds.
@lru_cache(maxsize=1024)  # an explanation tries many engines
def _misfits(text: str) -> str:
    """Say what in these policies does not fit the schema."""
    result = cedarpy.validate_policies(text, SCHEMA)
    return "" if result.validation_passed else "; ".join(map(str, result.errors)) or "no reason given"


@lru_cache(maxsize=32)
def _compiled(text: str) -> cedarpy.PolicySet:
    return cedarpy.PolicySet.from_str(text)


_STANDING = frozenset(STANDING_REFUSALS)
_REQUEST = {
    "principal": {"type": "Party", "id": "reader"},
    "action": {"type": "Action", "id": "read"},
    "resource": {"type": "Item", "id": "item"},
}
