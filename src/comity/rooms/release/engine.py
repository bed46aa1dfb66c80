"""Decides whether a reader may have items of a class: asks Cedar, and takes anything but a clear answer as a refusal.

Cedar skips a policy whose evaluation fails and goes on, so a broken forbid would let things through: any error in the
diagnostics is therefore a refusal, `engine/error`. So is a reason without a name, and an unknown version of the facts.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, TypeAlias

import cedarpy
import msgspec

from comity.records.facts import FACTS_VERSION, ClassFacts
from comity.records.required import REQUIRED
from comity.rooms.release.policy import (
    ENGINE_ERROR,
    SCHEMA,
    Context,
    attach_text,
    concerns,
    context,
    reaches,
    release_text,
    touches,
)
from comity.rooms.release.standing import OperationalClause
from comity.values import Instant, PartyName

Outcome = Literal["permitted", "forbidden", "silent"]
Verdict: TypeAlias = tuple[Outcome, tuple[str, ...]]

# Silent objects of these types may flow with an object that names them: creators, markings, extensions.
COMPANION_TYPES = frozenset({"identity", "marking-definition", "extension-definition"})
_MOST_REMEMBERED = 100_000  # answers kept per distinct set of clauses; the memory is emptied when full


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


class Engine:
    """The operational clauses of one node as policies; asks are pure, compiled sets and answers are remembered.

    Policies are parsed once for each distinct set of clauses that concerns a reader: readers whom the same clauses
    concern share one, with its answers.

    Raises:
        ValueError: two clauses have one id, or the policies do not fit the schema. Both are faults of ours.
    """

    def __init__(self, clauses: Iterable[OperationalClause], me: PartyName) -> None:
        given = tuple(clauses)
        self.me = me
        self.clauses = {clause.clause.id: clause for clause in given}
        if len(self.clauses) != len(given):
            raise ValueError("two clauses have one id")
        _validate(given, me)
        self._views: dict[tuple[PartyName, bool, bool], _View] = {}
        self._shared: dict[tuple[str, ...], _View] = {}

    def concerning(self, reader: PartyName) -> tuple[OperationalClause, ...]:
        """Give the clauses that concern a reader, by id."""
        return tuple(clause for _, clause in sorted(self.clauses.items()) if concerns(clause, self.me, reader))

    def decide(self, reader: PartyName, facts: ClassFacts) -> Decision:
        """Decide one class for one reader."""
        return self.decide_many(reader, (facts,))[0]

    def decide_many(self, reader: PartyName, classes: Sequence[ClassFacts]) -> list[Decision]:
        """Decide many classes for one reader, in their order."""
        asked: dict[Context, None] = dict.fromkeys(context(reader, c) for c in classes if c.version == FACTS_VERSION)
        by_view: dict[tuple[bool, bool], list[Context]] = {}
        for key in asked:
            by_view.setdefault((key.originator == self.me, key.consented), []).append(key)
        answers: dict[Context, Decision] = {}
        for (own, consented), keys in by_view.items():
            answers |= self._view(reader, own, consented).answer(keys)
        return [answers[context(reader, c)] if c.version == FACTS_VERSION else ERROR for c in classes]

    def _view(self, reader: PartyName, own: bool, consented: bool) -> "_View":
        view = self._views.get((reader, own, consented))
        if view is None:
            relevant = tuple(c for c in self.concerning(reader) if reaches(c, own=own, consented=consented))
            names = tuple(clause.clause.id for clause in relevant)
            view = self._shared.get(names) or self._shared.setdefault(names, _View(relevant, self.me))
            self._views[reader, own, consented] = view
        return view


def differing(before: Engine, after: Engine) -> tuple[OperationalClause, ...]:
    """Give the clauses that are not the same in both engines, in the versions of both."""
    names = sorted(before.clauses.keys() | after.clauses.keys())
    pairs = [(before.clauses.get(name), after.clauses.get(name)) for name in names]
    return tuple(clause for old, new in pairs if old != new for clause in (old, new) if clause is not None)


def to_ask_again(before: Engine, after: Engine, reader: PartyName, classes: Sequence[ClassFacts]) -> list[int]:
    """Give the positions of the classes whose answer for a reader may differ between two engines of one node."""
    changed = [clause for clause in differing(before, after) if concerns(clause, after.me, reader)]
    return [i for i, facts in enumerate(classes) if any(touches(c, after.me, reader, facts) for c in changed)]


class _View:
    """The compiled clauses that concern one reader (or several alike), and the answers given so far."""

    def __init__(self, clauses: tuple[OperationalClause, ...], me: PartyName) -> None:
        self.clauses = clauses
        self._answers: dict[Context, Decision] = {}
        self._by_id = {clause.clause.id: clause for clause in clauses}
        self._release = cedarpy.PolicySet.from_str(release_text(clauses, me))
        attaching = attach_text(clauses)
        self._attach = cedarpy.PolicySet.from_str(attaching) if attaching else None

    def answer(self, contexts: list[Context]) -> dict[Context, Decision]:
        """Give the decisions for these contexts, asking Cedar for those not yet known."""
        if len(self._answers) > _MOST_REMEMBERED:
            self._answers = {}
        answers = self._answers
        fresh = [key for key in contexts if key not in answers]
        released = list(zip(fresh, ask(self._release, fresh), strict=True))
        permitted = [key for key, verdict in released if verdict[0] == "permitted"]
        attached = dict(zip(permitted, ask(self._attach, permitted), strict=True)) if self._attach else {}
        for key, verdict in released:
            answers[key] = self._decision(key, verdict, attached.get(key, _NOTHING))
        return {key: answers[key] for key in contexts}

    def _decision(self, key: Context, released: Verdict, attached: Verdict) -> Decision:
        outcome, reasons = released
        if attached[0] == "forbidden":
            return ERROR
        carried = [self._by_id[reason].clause for reason in attached[1]]
        needed = REQUIRED.get(key.type, frozenset())
        spoiling = tuple(clause.id for clause in carried if not needed.isdisjoint(clause.properties))
        if spoiling:
            return Decision(outcome="forbidden", clauses=spoiling, valid_until=self._until(spoiling))
        return Decision(
            outcome=outcome,
            clauses=reasons,
            redact=tuple(sorted({name for clause in carried for name in clause.properties})),
            redacted_by=tuple(clause.id for clause in carried if clause.kind == "redact"),
            obligations=tuple(clause.id for clause in carried if clause.kind == "use_limit"),
            valid_until=self._until((*reasons, *attached[1])),
            companion=outcome == "silent" and key.type in COMPANION_TYPES,
        )

    def _until(self, names: Iterable[str]) -> Instant | None:
        ends = (self._by_id[name].until for name in names if name in self._by_id)
        return min((end for end in ends if end is not None), default=None)


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


def _validate(clauses: tuple[OperationalClause, ...], me: PartyName) -> None:
    for text in (release_text(clauses, me), attach_text(clauses)):
        result = cedarpy.validate_policies(text, SCHEMA) if text else None
        if result is not None and not result.validation_passed:
            raise ValueError(f"policies do not fit the schema: {'; '.join(map(str, result.errors))}"[:2_000])


_NOTHING: Verdict = ("silent", ())
_REQUEST = {
    "principal": {"type": "Party", "id": "reader"},
    "action": {"type": "Action", "id": "read"},
    "resource": {"type": "Item", "id": "item"},
}
