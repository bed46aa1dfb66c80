"""Keeps agreements, who is bound by them, decisions per reader and class, and which gates stand open."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, Integer, bindparam, delete, func, insert, literal_column, select, update

from comity.stores.agreement_tables import agreements
from comity.stores.bulk import changed_by, row_of, rows_of, rows_under
from comity.stores.keeping import KEYS_AT_ONCE, key_digest
from comity.stores.opening import Store, many
from comity.stores.release_tables import decisions, gates, open_gates
from comity.stores.tables import LIVE, classes, facts, records
from comity.values import Instant

CLASS_COUNTS = "live items by class"  # by which their count is remembered
FOR_EVER = 2**62  # milliseconds; the end of a gate that nothing ends

_INSERT_DECISIONS = insert(decisions)
_INSERT_OPEN = insert(open_gates)
_DECISIONS = select(decisions.c.class_no, decisions.c.policy_version, decisions.c.placed, decisions.c.decision).where(
    decisions.c.reader_no == bindparam("reader", type_=Integer)
)
_AGREEMENTS = select(*(agreements.c[name] for name in ("id", "sha256", "text", "added_ms", "ended_ms"))).order_by(
    agreements.c.id
)
_PUT_FACT = insert(facts)
_CHANGE_FACT = update(facts).where(facts.c.name == bindparam("named")).values(value=bindparam("other"))
_CLASSES, _GATES = select(classes.c.no, classes.c.key), select(gates.c.no, gates.c.key)
_CLASSES_AT = _CLASSES.where(classes.c.no.in_(bindparam("keys", expanding=True)))
_GATES_UNDER = _GATES.where(gates.c.key_sha256.in_(bindparam("keys", expanding=True)))
_OPENED = select(open_gates.c.gate_no, open_gates.c.until_ms).where(
    open_gates.c.reader_no == bindparam("reader", type_=Integer)
)
_FACT = select(facts.c.value).where(facts.c.name.in_(bindparam("keys", expanding=True)))
_EXAMPLE = (
    select(records.c.stix_id)
    .where(records.c.class_no == bindparam("at", type_=Integer), records.c.state == LIVE)
    .order_by(records.c.no)
    .limit(literal_column("1"))
)
_DECISIONS_ON = _DECISIONS.where(decisions.c.class_no.in_(bindparam("keys", expanding=True)))


class HeldAgreement(NamedTuple):
    """An agreement's text as received, and when it was ended here if it was."""

    id: str
    sha256: str
    text: bytes
    added_ms: int
    ended_ms: int | None


class HeldDecision(NamedTuple):
    """A decision on a class for some reader; `placed`: the class's items stand in the reader's view."""

    class_no: int
    policy_version: int
    placed: bool
    decision: bytes


def policy_version(tx: Connection) -> int:
    """Give the version of the policy in force; 0 before the first."""
    return int(fact(tx, "policy_version") or 0)


def set_fact(tx: Connection, name: str, value: str) -> None:
    """Set one of the node's own facts."""
    if not changed_by(tx, _CHANGE_FACT, named=name, other=value):
        changed_by(tx, _PUT_FACT, name=name, value=value)


def fact(tx: Connection, name: str) -> str | None:
    """Give one of the node's own facts."""
    rows = rows_under(tx, _FACT, [name])
    return str(rows[0][0]) if rows else None


def books_changed(tx: Connection) -> str | None:
    """Tell one state of the gates from another: it changes when others than the sequencer add to them."""
    return fact(tx, "books_changed")


def note_books_changed(tx: Connection) -> None:
    """Tell the sequencer that what it remembers of gates is out of date."""
    set_fact(tx, "books_changed", str(int(books_changed(tx) or 0) + 1))


def held_agreements(tx: Connection) -> list[HeldAgreement]:
    """Give every agreement held, by id."""
    return [HeldAgreement(*row) for row in rows_of(tx, _AGREEMENTS)]


def add_agreement(tx: Connection, agreement_id: str, sha256: str, text: bytes, now: Instant) -> None:
    """Hold a new agreement text."""
    tx.execute(insert(agreements).values(id=agreement_id, sha256=sha256, text=text, added_ms=now, ended_ms=None))


def end_agreement(tx: Connection, agreement_id: str, at: Instant) -> None:
    """Note when an agreement ends here."""
    tx.execute(update(agreements).where(agreements.c.id == agreement_id).values(ended_ms=at))


def class_keys(tx: Connection, nos: Iterable[int] | None = None) -> dict[int, str]:
    """Give the facts text of these classes, or of all."""
    rows = rows_of(tx, _CLASSES) if nos is None else rows_under(tx, _CLASSES_AT, nos)
    return {row[0]: row[1] for row in rows}


def class_counts(tx: Connection) -> dict[int, int]:
    """Count the live items of each class."""
    rows = tx.execute(
        select(records.c.class_no, func.count())
        .where(records.c.class_no > 0, records.c.state == LIVE)  # answered from the index alone; acts have class 0
        .group_by(records.c.class_no)
    )
    return {row[0]: row[1] for row in rows}


def decisions_of(tx: Connection, reader_no: int, nos: Sequence[int] | None = None) -> dict[int, HeldDecision]:
    """Give the decision on each class decided for a reader, or on those of `nos`."""
    rows = (
        rows_of(tx, _DECISIONS, reader=reader_no)
        if nos is None
        else rows_under(tx, _DECISIONS_ON, nos, reader=reader_no)
    )
    return {row[0]: HeldDecision._make(row) for row in rows}


def put_decisions(store: Store, tx: Connection, reader_no: int, made: Sequence[HeldDecision]) -> None:
    """Put decisions in the place of those held for the same reader and classes."""
    for start in range(0, len(made), KEYS_AT_ONCE):
        chunk = [held.class_no for held in made[start : start + KEYS_AT_ONCE]]
        tx.execute(delete(decisions).where(decisions.c.reader_no == reader_no, decisions.c.class_no.in_(chunk)))
    many(store, tx, _INSERT_DECISIONS, [(reader_no, *held) for held in made])


def note_placed(tx: Connection, reader_no: int, class_nos: Sequence[int]) -> None:
    """Note that all items of these classes stand in the reader's view."""
    for start in range(0, len(class_nos), KEYS_AT_ONCE):
        chunk = class_nos[start : start + KEYS_AT_ONCE]
        tx.execute(
            update(decisions)
            .where(decisions.c.reader_no == reader_no, decisions.c.class_no.in_(chunk))
            .values(placed=True)
        )


def gate_numbers(tx: Connection, keys: Iterable[str]) -> dict[str, int]:
    """Give the number of each gate, numbering the ones not met before."""
    wanted = list(dict.fromkeys(keys))
    found: dict[str, int] = {row[1]: row[0] for row in rows_under(tx, _GATES_UNDER, map(key_digest, wanted))}
    new = [key for key in wanted if key not in found]
    if new:
        first = int(tx.execute(select(func.coalesce(func.max(gates.c.no), 0))).scalar_one()) + 1
        entered = [{"no": first + i, "key": key, "key_sha256": key_digest(key)} for i, key in enumerate(new)]
        tx.execute(insert(gates), entered)
        found.update({key: first + i for i, key in enumerate(new)})
    return found


def gate_number(tx: Connection, key: str) -> int:
    """Give the number of a gate, 0 if it was never met."""
    row = tx.execute(select(gates.c.no).where(gates.c.key_sha256 == key_digest(key))).first()
    return 0 if row is None else int(row[0])


def all_gates(tx: Connection) -> dict[int, str]:
    """Give every gate's key."""
    return {row[0]: row[1] for row in rows_of(tx, _GATES)}


def set_open(store: Store, tx: Connection, reader_no: int, until_of: Mapping[int, int]) -> None:
    """Let exactly these gates stand open for a reader, each until its instant (milliseconds)."""
    tx.execute(delete(open_gates).where(open_gates.c.reader_no == reader_no))
    many(store, tx, _INSERT_OPEN, [(reader_no, gate, until) for gate, until in sorted(until_of.items())])


def add_open(store: Store, tx: Connection, reader_no: int, until_of: Mapping[int, int]) -> None:
    """Open further gates for a reader, or the same until another instant."""
    for gate in until_of:
        tx.execute(delete(open_gates).where(open_gates.c.reader_no == reader_no, open_gates.c.gate_no == gate))
    many(store, tx, _INSERT_OPEN, [(reader_no, gate, until) for gate, until in sorted(until_of.items())])


def opened(tx: Connection, reader_no: int) -> dict[int, int]:
    """Give the gates that stand open for a reader, with their ends."""
    return {row[0]: row[1] for row in rows_of(tx, _OPENED, reader=reader_no)}


def class_examples(tx: Connection, nos: Iterable[int]) -> dict[int, str]:
    """Give the id of one live item of each of these classes."""
    # Class by class: each is the beginning of a range of the index; the least of a group is sought through all of it.
    found = {no: row_of(tx, _EXAMPLE, at=no) for no in nos}
    return {no: row[0] for no, row in found.items() if row is not None}
