"""Puts the policy in force to work: loads what acts say, decides classes for readers, and opens and closes gates.

Not a verb: the verbs that change policy and the sequencer share it. All of it happens in the caller's transaction, so
that a tightening is in force for every reader at the moment its act is durable.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from comity.desk.gates import gate_until
from comity.records.facts import ClassFacts, facts_of_key
from comity.rooms.release.agreements import Agreement, read_agreement
from comity.rooms.release.engine import Decision, Engine, to_ask_again
from comity.rooms.release.explain import Explanation, explain
from comity.rooms.release.policy import RULES_VERSION, audience
from comity.rooms.release.standing import (
    OperationalClause,
    Signature,
    Standing,
    Suspension,
    next_change,
    operational,
)
from comity.stores import consenting, directory, keeping, policies, redacting
from comity.stores.delivering import readers_of
from comity.stores.opening import Store
from comity.values import Instant, PartyName, iso

_MOST_TOLD = 10_000  # explanations that are remembered; the memory is emptied when full
_MOST_RULED = 2_000  # decisions for one reader that are
BASIS = "policy_clauses"  # the fact that holds by which rules and clauses decisions were last made
_DECODE = msgspec.json.Decoder(Decision)
_DECODE_BASIS = msgspec.json.Decoder(tuple[int, list[OperationalClause]])
_ENCODE = msgspec.json.Encoder()


class Policy(NamedTuple):
    """The policy in force at one instant."""

    version: int
    engine: Engine
    standings: tuple[Standing, ...]
    changes_at: Instant | None
    names: dict[int, PartyName]  # of every party, by number
    ruled: dict[PartyName, dict[str, Decision]]  # what was decided under it already, by reader and class
    told: dict[tuple[PartyName, ClassFacts], Explanation]  # and explained


class _Books:
    """What texts, consents and parties make, and the policy of the instant that was last asked for. State: that."""

    def __init__(self, standings: tuple[Standing, ...], parties: Sequence[directory.PartyRow], version: int) -> None:
        self._standings, self._parties, self._version = standings, parties, version
        self._last: tuple[Instant, Policy] | None = None

    def policy(self, now: Instant) -> Policy:
        """Give the policy at an instant: it is the same until the next at which something changes by its dates."""
        last = self._last
        if last is None or not last[0] <= now < (last[1].changes_at or policies.FOR_EVER):
            last = self._last = now, policy_of(self._standings, self._parties, self._version, now)
        return last[1]


class ReaderBook:
    """What the sequencer knows of one reader under one policy: decisions, open gates and companions asked for.

    Missing decisions are made on demand and written in the caller's transaction; if that is undone, so must be the
    book: the sequencer throws its books away whenever a step fails or the policy changes.
    """

    def __init__(self, tx: Connection, policy: Policy, gates: "GateBook", reader_no: int) -> None:
        self.reader_no = reader_no
        self.gate_keys, self.gate_nos = gates.keys, gates.numbers
        self.new_gates = gates.new
        self.open = policies.opened(tx, reader_no)
        self.wanted: set[tuple[bytes, int]] = set()
        self.wished: set[tuple[bytes, int, int]] = set()  # (keys, source, gate): all of it has been asked for
        self.links: dict[tuple[int, tuple[tuple[int, ...], ...]], str | None] = {}  # gates by class and ends' classes
        self._policy = policy
        self._known = {no: decode(held.decision) for no, held in policies.decisions_of(tx, reader_no).items()}

    def rulings(self, store: Store, tx: Connection, class_nos: Iterable[int]) -> Mapping[int, Decision]:
        """Give all decisions known, those on these classes among them."""
        missing = sorted({no for no in class_nos if no not in self._known})
        if missing:
            keys = policies.class_keys(tx, missing)
            made = decide(self._policy, self._policy.names[self.reader_no], {no: keys[no] for no in missing})
            # A class met for the first time has no earlier items to place.
            rows = [policies.HeldDecision(no, self._policy.version, True, encode(made[no])) for no in missing]
            policies.put_decisions(store, tx, self.reader_no, rows)
            self._known.update(made)
        return self._known


class GateBook:
    """The gates known, by number and by key."""

    def __init__(self, tx: Connection) -> None:
        self.keys = policies.all_gates(tx)
        self.numbers = {key: no for no, key in self.keys.items()}

    def new(self, tx: Connection, keys: Iterable[str]) -> None:
        """Number gates not met before."""
        for key, no in policies.gate_numbers(tx, keys).items():
            self.keys[no], self.numbers[key] = key, no


def encode(decision: Decision) -> bytes:
    """Write a decision as the store keeps it."""
    return _ENCODE.encode(decision)


@lru_cache(maxsize=4096)
def decode(kept: bytes) -> Decision:
    """Read a decision as the store keeps it; most readers' decisions on most classes are a few alike."""
    return _DECODE.decode(kept)


def standings_of(tx: Connection, extra: Sequence[Agreement] = ()) -> tuple[Standing, ...]:
    """Give every agreement held with what became of it."""
    held = _standings(tuple(policies.held_agreements(tx)), consenting.consent_rows(tx))
    return (*held, *(Standing(agreement=agreement) for agreement in extra)) if extra else held


def _standing(row: policies.HeldAgreement, became: consenting.Consents | None) -> Standing:
    bare = Standing(agreement=_read(row.text), ended=None if row.ended_ms is None else Instant(row.ended_ms))
    if became is None:
        return bare
    return msgspec.structs.replace(
        bare,
        adherences=tuple((PartyName(name), Instant(at)) for name, at in became.adhered.items()),
        signatures=tuple(
            Signature(party=PartyName(one.party), since=Instant(one.from_ms), provisional=one.provisional)
            for one in became.signed
        ),
        left=tuple((PartyName(name), Instant(at)) for name, at in became.left.items()),
        reserved=tuple((PartyName(name), article) for name, article in became.reserved),
        suspensions=tuple(
            Suspension(
                party=None if rest.party is None else PartyName(rest.party),
                starts=Instant(rest.from_ms),
                ends=None if rest.until_ms is None else Instant(rest.until_ms),
            )
            for rest in became.rests
        ),
    )


def policy_of(
    standings: tuple[Standing, ...], parties: Sequence[directory.PartyRow], version: int, now: Instant
) -> Policy:
    """Build the policy that these standings make now."""
    me = next(party.name for party in parties if party.is_self)
    clauses = clauses_of(standings, PartyName(me), now)
    names = {party.no: PartyName(party.name) for party in parties}
    return Policy(version, _engine(clauses, PartyName(me)), standings, next_change(standings, now), names, {}, {})


# A text, and what a set of clauses compiles to, are the same each time; both are asked for again in each command.
_read = lru_cache(maxsize=256)(read_agreement)


@lru_cache(maxsize=4)
def _standings(held: tuple[policies.HeldAgreement, ...], rows: consenting.ConsentRows) -> tuple[Standing, ...]:
    consents = consenting.consents_in(rows)
    return tuple(_standing(row, consents.get(row.id)) for row in held)


@lru_cache(maxsize=4)
def _books(
    held: tuple[policies.HeldAgreement, ...],
    rows: consenting.ConsentRows,
    parties: tuple[directory.PartyRow, ...],
    version: int,
) -> _Books:
    return _Books(_standings(held, rows), parties, version)


@lru_cache(maxsize=2)
def _engine(clauses: tuple[OperationalClause, ...], me: PartyName) -> Engine:
    return Engine(clauses, me)


def clauses_of(standings: Iterable[Standing], me: PartyName, now: Instant) -> tuple[OperationalClause, ...]:
    """Give all clauses operational at this node now."""
    return tuple(clause for standing in standings for clause in operational(standing, me, now))


def load_policy(tx: Connection, now: Instant) -> Policy:
    """Give the policy in force; the same object as long as nothing that it is made of has changed."""
    held, rows = tuple(policies.held_agreements(tx)), consenting.consent_rows(tx)
    return _books(held, rows, tuple(directory.party_rows(tx)), policies.policy_version(tx)).policy(now)


def explanation_of(policy: Policy, reader: PartyName, facts: ClassFacts, now: Instant) -> Explanation:
    """Explain the policy's answer; what was explained before and names no instant of asking is told again."""
    told = policy.told.get((reader, facts))
    if told is None:
        told = explain(policy.engine, reader, facts, policy.standings, now)
        if len(policy.told) >= _MOST_TOLD:
            policy.told.clear()
        if all(flip.would_be != iso(now) for flip in told.missing):
            policy.told[reader, facts] = told
    return told


def decide(policy: Policy, reader: PartyName, keys: Mapping[int, str]) -> dict[int, Decision]:
    """Decide classes for a reader."""
    known = policy.ruled.get(reader, {})
    missing = [key for key in dict.fromkeys(keys.values()) if key not in known]
    if missing:
        made = dict(zip(missing, policy.engine.decide_many(reader, list(map(facts_of_key, missing))), strict=True))
        known = {**known, **made}  # another: who asks beside this goes on with theirs
        policy.ruled[reader] = known if len(known) <= _MOST_RULED else made
    return {no: known[key] for no, key in keys.items()}


def _decided(policy: Policy, reader: PartyName, facts: Mapping[int, ClassFacts]) -> dict[int, Decision]:
    return dict(zip(facts, policy.engine.decide_many(reader, list(facts.values())), strict=True))


def refresh(store: Store, tx: Connection, now: Instant, whole: Collection[int] = ()) -> Policy:
    """Decide anew what a change of policy concerns; for the readers in `whole`, every class. Closes gates at once.

    Asked again are the classes of which a clause can speak that has come, gone or changed since this was last done.
    What newly opens is placed before the reader by the sequencer, so that it appears at the reader's present.
    """
    policy = load_policy(tx, now)._replace(version=policies.policy_version(tx) + 1)
    policies.set_fact(tx, "policy_version", str(policy.version))
    policies.set_fact(tx, "policy_changes_at", "" if policy.changes_at is None else str(policy.changes_at))
    facts = {no: facts_of_key(key) for no, key in policies.class_keys(tx).items()}
    gate_keys = policies.all_gates(tx)
    changed = _changed(tx, policy)
    for reader_no in readers_of(tx):
        is_whole = changed is None or reader_no in whole
        asked = facts if is_whole else _concerned(policy, changed or (), reader_no, facts)
        if asked is not None:
            _decide_anew(store, tx, policy, reader_no, asked, facts, gate_keys, now)
    return policy


def _changed(tx: Connection, policy: Policy) -> list[OperationalClause] | None:
    """Give the clauses that differ, in both versions, from those decided by last.

    None if all must be decided anew: these are not known, or other rules than today's made the decisions.
    """
    differing = _differing(tx, policy)
    basis = (RULES_VERSION, list(policy.engine.clauses.values()))
    policies.set_fact(tx, BASIS, _ENCODE.encode(basis).decode())
    return differing


def is_stale_for(tx: Connection, reader_no: int, now: Instant) -> bool:
    """Has an instant passed at which the clauses for this reader change, and the sequencer has not seen to it yet?

    Of other readers' clauses nothing shows in the answer.
    """
    changes_at = policies.fact(tx, "policy_changes_at")
    if not changes_at or int(changes_at) > now:
        return False
    policy = load_policy(tx, now)
    differing = _differing(tx, policy)
    reader, me = policy.names[reader_no], policy.engine.me
    return differing is None or any(reader in audience(clause, me) for clause in differing)


def is_of_other_rules(tx: Connection) -> bool:
    """Were the decisions held made by another version of the rules than this program's?"""
    kept = policies.fact(tx, BASIS)
    if kept is None:
        return False
    try:
        return _DECODE_BASIS.decode(kept.encode())[0] != RULES_VERSION
    except msgspec.MsgspecError:
        return True


def _differing(tx: Connection, policy: Policy) -> list[OperationalClause] | None:
    now, kept = policy.engine.clauses, policies.fact(tx, BASIS)
    try:
        rules, held = _DECODE_BASIS.decode((kept or "").encode())
    except msgspec.MsgspecError:
        return None
    if rules != RULES_VERSION:
        return None
    before = {clause.clause.id: clause for clause in held}
    pairs = ((before.get(name), now.get(name)) for name in sorted(before.keys() | now.keys()))
    return [clause for old, new in pairs if old != new for clause in (old, new) if clause is not None]


def _concerned(
    policy: Policy, changed: Sequence[OperationalClause], reader_no: int, facts: Mapping[int, ClassFacts]
) -> dict[int, ClassFacts] | None:
    """Give the classes to decide anew for a reader; None if no changed clause concerns it."""
    reader, me = policy.names[reader_no], policy.engine.me
    if not any(reader in audience(clause, me) for clause in changed):
        return None
    nos = list(facts)
    return {nos[i]: facts[nos[i]] for i in to_ask_again(changed, me, reader, list(facts.values()))}


def _note_fuller(tx: Connection, reader_no: int, before: Mapping[int, Decision], after: Mapping[int, Decision]) -> None:
    """Note what is no longer dropped, and queue what shows more for that: it comes to the reader's present."""
    freed = {no: set(old.redact) - set(after[no].redact) for no, old in before.items()}
    freed = {no: names for no, names in freed.items() if names}
    # Noted even where nothing is permitted any more: news of a revocation must not show it either.
    redacting.note_dropped(tx, reader_no, freed)
    for no in sorted(freed):
        if after[no].outcome == "permitted":
            keeping.mark(tx, "fuller", no, reader_no)


def _decide_anew(
    store: Store,
    tx: Connection,
    policy: Policy,
    reader_no: int,
    asked: Mapping[int, ClassFacts],
    facts: Mapping[int, ClassFacts],
    gate_keys: Mapping[int, str],
    now: Instant,
) -> None:
    before = policies.decisions_of(tx, reader_no)
    asked = {**asked, **{no: facts[no] for no in facts.keys() - before.keys()}}
    made = _decided(policy, policy.names[reader_no], asked)
    _note_fuller(tx, reader_no, {no: decode(before[no].decision) for no in made if no in before}, made)
    changed = []
    for no, decision in made.items():
        kept, old = encode(decision), before.get(no)
        if old is not None and old.decision == kept:
            continue
        was_open = old is not None and decode(old.decision).outcome == "permitted"
        placed = was_open and old is not None and old.placed and decision.outcome == "permitted"
        changed.append(policies.HeldDecision(no, policy.version, placed, kept))
    if not changed:
        return
    policies.put_decisions(store, tx, reader_no, changed)
    rulings = {no: decode(held.decision) for no, held in before.items() if no not in made} | made
    until_of: dict[int, int | None] = {}
    for no, key in sorted(gate_keys.items()):
        until_of[no] = gate_until(key, rulings, gate_keys, until_of)
    policies.set_open(store, tx, reader_no, {no: until for no, until in until_of.items() if until is not None})
    keeping.mark(tx, "view", reader_no, policy.version)
