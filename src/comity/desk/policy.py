"""Puts the policy in force to work: loads what acts say, decides classes for readers, and opens and closes gates.

Not a verb: the verbs that change policy and the sequencer share it. All of it happens in the caller's transaction, so
that a tightening is in force for every reader at the moment its act is durable.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from comity.desk.gates import gate_until
from comity.records.facts import facts_of_key
from comity.records.required import REQUIRED
from comity.rooms.release.agreements import Agreement, read_agreement
from comity.rooms.release.engine import Decision, Engine
from comity.rooms.release.standing import OperationalClause, Standing, next_change, operational
from comity.stores import directory, keeping, policies
from comity.stores.delivering import readers_of
from comity.stores.opening import Store
from comity.values import Instant, PartyName

_DECODE = msgspec.json.Decoder(Decision)
_ENCODE = msgspec.json.Encoder()


class Policy(NamedTuple):
    """The policy in force at one instant."""

    version: int
    engine: Engine
    standings: tuple[Standing, ...]
    changes_at: Instant | None
    names: dict[int, PartyName]  # of every party, by number


class ReaderBook:
    """What the sequencer knows of one reader under one policy: decisions, open gates and companions asked for.

    Missing decisions are made on demand and written in the caller's transaction; if that is undone, so must be the
    book: the sequencer throws its books away whenever a step fails or the policy changes.
    """

    def __init__(self, tx: Connection, policy: Policy, gates: "GateBook", reader_no: int) -> None:
        self.reader_no = reader_no
        self.gate_keys, self.gate_nos = gates.keys, gates.numbers
        self.new_gate = gates.new
        self.open = policies.opened(tx, reader_no)
        self.wanted: set[tuple[bytes, int]] = set()
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

    def new(self, tx: Connection, key: str) -> int:
        """Number a gate not met before."""
        no = policies.gate_numbers(tx, [key])[key]
        self.keys[no], self.numbers[key] = key, no
        return no


def encode(decision: Decision) -> bytes:
    """Write a decision as the store keeps it."""
    return _ENCODE.encode(decision)


def decode(kept: bytes) -> Decision:
    """Read a decision as the store keeps it."""
    return _DECODE.decode(kept)


def standings_of(tx: Connection, extra: Sequence[Agreement] = ()) -> tuple[Standing, ...]:
    """Give every agreement held with what became of it."""
    adhered = policies.adherences_of(tx)
    held = []
    for row in policies.held_agreements(tx):
        bound = adhered.get(row.id, {})
        held.append(
            Standing(
                agreement=read_agreement(row.text),
                adherences=tuple((PartyName(name), Instant(at)) for name, at in sorted(bound.items())),
                ended=None if row.ended_ms is None else Instant(row.ended_ms),
            )
        )
    return (*held, *(Standing(agreement=agreement) for agreement in extra))


def policy_of(
    standings: tuple[Standing, ...], parties: Sequence[directory.PartyRow], version: int, now: Instant
) -> Policy:
    """Build the policy that these standings make now."""
    me = next(party.name for party in parties if party.is_self)
    clauses = clauses_of(standings, PartyName(me), now)
    names = {party.no: PartyName(party.name) for party in parties}
    engine = Engine(clauses, me=PartyName(me))
    return Policy(version, engine, standings, next_change(standings, now), names)


def clauses_of(standings: Iterable[Standing], me: PartyName, now: Instant) -> tuple[OperationalClause, ...]:
    """Give all clauses operational at this node now."""
    return tuple(clause for standing in standings for clause in operational(standing, me, now))


def load_policy(tx: Connection, now: Instant) -> Policy:
    """Give the policy in force."""
    return policy_of(standings_of(tx), directory.party_rows(tx), policies.policy_version(tx), now)


def decide(policy: Policy, reader: PartyName, keys: Mapping[int, str]) -> dict[int, Decision]:
    """Decide classes for a reader; a redaction that would take what the type requires is a refusal."""
    nos = list(keys)
    facts = [facts_of_key(keys[no]) for no in nos]
    made = policy.engine.decide_many(reader, facts)
    return {
        no: _withheld(decision) if set(decision.redact) & REQUIRED.get(fact.type, frozenset()) else decision
        for no, fact, decision in zip(nos, facts, made, strict=True)
    }


def refresh(store: Store, tx: Connection, now: Instant, only: Iterable[int] | None = None) -> Policy:
    """Decide anew for every reader (or `only` these) whom a change of policy concerns; closes gates at once.

    What newly opens is placed before the reader by the sequencer, so that it appears at the reader's present.
    """
    policy = load_policy(tx, now)._replace(version=policies.policy_version(tx) + 1)
    policies.set_fact(tx, "policy_version", str(policy.version))
    policies.set_fact(tx, "policy_changes_at", "" if policy.changes_at is None else str(policy.changes_at))
    keys = policies.class_keys(tx)
    gate_keys = policies.all_gates(tx)
    for reader_no in readers_of(tx) if only is None else only:
        fingerprint = _fingerprint(policy, reader_no)
        if only is None and policies.fact(tx, f"slice:{reader_no}") == fingerprint:
            continue
        policies.set_fact(tx, f"slice:{reader_no}", fingerprint)
        _decide_anew(store, tx, policy, reader_no, keys, gate_keys, now)
    return policy


def _decide_anew(
    store: Store,
    tx: Connection,
    policy: Policy,
    reader_no: int,
    keys: Mapping[int, str],
    gate_keys: Mapping[int, str],
    now: Instant,
) -> None:
    before = policies.decisions_of(tx, reader_no)
    made = decide(policy, policy.names[reader_no], keys)
    changed = []
    for no, decision in made.items():
        kept, old = encode(decision), before.get(no)
        if old is not None and old.decision == kept:
            continue
        was_open = old is not None and decode(old.decision).outcome == "permitted"
        placed = was_open and old is not None and old.placed and decision.outcome == "permitted"
        changed.append(policies.HeldDecision(no, policy.version, placed, kept))
    policies.put_decisions(store, tx, reader_no, changed)
    until_of = {no: gate_until(key, made, gate_keys) for no, key in gate_keys.items()}
    policies.set_open(store, tx, reader_no, {no: until for no, until in until_of.items() if until is not None})
    keeping.mark(tx, "view", reader_no, policy.version)


def _fingerprint(policy: Policy, reader_no: int) -> str:
    """Tell one set of clauses that concern a reader from another."""
    clauses = policy.engine.concerning(policy.names[reader_no])
    return hashlib.sha256(_ENCODE.encode(clauses)).hexdigest()


def _withheld(decision: Decision) -> Decision:
    return msgspec.structs.replace(decision, outcome="forbidden") if decision.outcome == "permitted" else decision
