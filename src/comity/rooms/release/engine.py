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
    attach_set,
    audience,
    context,
    decides,
    policy_text,
    reaches,
    release_set,
    touches,
)
from comity.rooms.release.standing import OperationalClause
from comity.values import Instant, PartyName

Outcome = Literal["permitted", "forbidden", "silent"]
Verdict: TypeAlias = tuple[Outcome, tuple[str, ...]]

# Silent objects of these types may flow with an object that names them: creators, markings, extensions.
COMPANION_TYPES = frozenset({"identity", "marking-definition", "extension-definition"})
# Kept at most; the memory is emptied when full. A set takes about 20 kB, an answer about 1 kB.
_MOST_VIEWS = 2_000
_MOST_REMEMBERED = 20_000  # answers a set


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

    Policies are parsed once for each distinct set of clauses that can speak to a reader about a type: readers and types
    of which the same clauses speak share one, with its answers.

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
        _validate(tuple(self.clauses.values()), self._policies)
        self._audiences = {name: audience(clause, me) for name, clause in self.clauses.items()}
        self._concerning: dict[PartyName, tuple[OperationalClause, ...]] = {}
        self._views: dict[tuple[str, ...], _View] = {}

    def concerning(self, reader: PartyName) -> tuple[OperationalClause, ...]:
        """Give the clauses that concern a reader, by id."""
        if reader not in self._concerning:
            found = (clause for name, clause in self.clauses.items() if reader in self._audiences[name])
            self._concerning[reader] = tuple(found)
        return self._concerning[reader]

    def decide(self, reader: PartyName, facts: ClassFacts) -> Decision:
        """Decide one class for one reader."""
        return self.decide_many(reader, (facts,))[0]

    def decide_many(self, reader: PartyName, classes: Sequence[ClassFacts]) -> list[Decision]:
        """Decide many classes for one reader, in their order."""
        asked = [context(reader, facts) for facts in classes]
        alike: dict[tuple[str, bool, bool], set[Context]] = {}
        for key in asked:
            alike.setdefault((key.type, key.originator == self.me, key.consented), set()).add(key)
        answers: dict[Context, Decision] = {}
        for (kind, own, consented), keys in alike.items():
            relevant = (c for c in self.concerning(reader) if reaches(c, kind, own=own, consented=consented))
            answers |= self._view(tuple(relevant)).answer(list(keys))
        known = (facts.version == FACTS_VERSION for facts in classes)
        return [answers[key] if sound else ERROR for key, sound in zip(asked, known, strict=True)]

    def _view(self, relevant: tuple[OperationalClause, ...]) -> "_View":
        names = tuple(clause.clause.id for clause in relevant)
        view = self._views.get(names)
        if view is None:
            if len(self._views) >= _MOST_VIEWS:
                self._views = {}
            view = self._views[names] = _View(relevant, self._policies)
        return view


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


class _View:
    """The compiled policies of one set of clauses, and the answers they gave so far."""

    def __init__(self, clauses: tuple[OperationalClause, ...], policies: Mapping[str, str]) -> None:
        self._answers: dict[Context, Decision] = {}
        self._by_id = {clause.clause.id: clause for clause in clauses}
        release, attach = _texts(clauses, policies)
        self._release = cedarpy.PolicySet.from_str(release)
        self._attach = cedarpy.PolicySet.from_str(attach) if attach else None

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


def _texts(clauses: tuple[OperationalClause, ...], policies: Mapping[str, str]) -> tuple[str, str]:
    releasing = (policies[c.clause.id] for c in clauses if decides(c.clause))
    attaching = (policies[c.clause.id] for c in clauses if not decides(c.clause))
    return release_set(releasing), attach_set(attaching)


def _validate(clauses: tuple[OperationalClause, ...], policies: Mapping[str, str]) -> None:
    for text in _texts(clauses, policies):
        result = cedarpy.validate_policies(text, SCHEMA) if text else None
        if result is not None and not result.validation_passed:
            raise ValueError(f"policies do not fit the schema: {'; '.join(map(str, result.errors))}"[:2_000])


_NOTHING: Verdict = ("silent", ())
_REQUEST = {
    "principal": {"type": "Party", "id": "reader"},
    "action": {"type": "Action", "id": "read"},
    "resource": {"type": "Item", "id": "item"},
}
