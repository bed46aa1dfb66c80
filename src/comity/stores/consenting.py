"""Keeps what became of agreements: who is bound and who signed, what was reserved, who left, what rests."""

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import ColumnElement, Connection, Table, delete, insert, select, update

from comity.stores.agreement_tables import adherences, departures, reservations, signatures, suspensions
from comity.stores.bulk import rows_of
from comity.values import Instant

_ADHERED = select(adherences.c.agreement_id, adherences.c.party, adherences.c.from_ms).order_by(adherences.c.party)
_SIGNED = select(
    signatures.c.agreement_id, signatures.c.party, signatures.c.from_ms, signatures.c.provisional
).order_by(signatures.c.party)
_RESERVED = select(reservations.c.agreement_id, reservations.c.party, reservations.c.article).order_by(
    reservations.c.party, reservations.c.article
)
_LEFT = select(departures.c.agreement_id, departures.c.party, departures.c.at_ms).order_by(departures.c.party)
_RESTING = select(
    suspensions.c.agreement_id,
    suspensions.c.record_no,
    suspensions.c.party,
    suspensions.c.from_ms,
    suspensions.c.until_ms,
).order_by(suspensions.c.record_no)


ConsentRows: TypeAlias = tuple[tuple[Sequence[Any], ...], ...]


class Signed(NamedTuple):
    """A party's signature of a text that it has yet to ratify."""

    party: str
    from_ms: int
    provisional: bool


class Rest(NamedTuple):
    """A suspension, for one party or for all."""

    record_no: int
    party: str | None
    from_ms: int
    until_ms: int | None


class Consents(NamedTuple):
    """All that became of one agreement; instants in milliseconds."""

    adhered: dict[str, int]
    signed: list[Signed]
    reserved: list[tuple[str, str]]  # party, article
    left: dict[str, int]
    rests: list[Rest]


def consents_of(tx: Connection) -> dict[str, Consents]:
    """Give what became of each agreement of which anything did."""
    return consents_in(consent_rows(tx))


def consent_rows(tx: Connection) -> ConsentRows:
    """Give all that became of agreements as it is kept: two that are equal say the same."""
    return tuple(tuple(rows_of(tx, found)) for found in (_ADHERED, _SIGNED, _RESERVED, _LEFT, _RESTING))


def consents_in(rows: ConsentRows) -> dict[str, Consents]:
    """Read what became of each agreement of which anything did."""
    found: dict[str, Consents] = {}
    adhered, signed, reserved, left, resting = rows

    def of(agreement_id: str) -> Consents:
        return found.setdefault(agreement_id, Consents({}, [], [], {}, []))

    for agreement_id, party, from_ms in adhered:
        of(agreement_id).adhered[party] = from_ms
    for agreement_id, party, from_ms, provisional in signed:
        of(agreement_id).signed.append(Signed(party, from_ms, bool(provisional)))
    for agreement_id, party, article in reserved:
        of(agreement_id).reserved.append((party, article))
    for agreement_id, party, at_ms in left:
        of(agreement_id).left[party] = at_ms
    for agreement_id, *rest in resting:
        of(agreement_id).rests.append(Rest(*rest))
    return found


def adhere(tx: Connection, agreement_id: str, party: str, at: Instant, record_no: int) -> None:
    """Note that a party is bound; a signature of its and an earlier departure are past with that."""
    for table in (adherences, departures, signatures):
        tx.execute(delete(table).where(*_row(table, agreement_id, party)))
    tx.execute(insert(adherences).values(agreement_id=agreement_id, party=party, from_ms=at, record_no=record_no))


def sign(tx: Connection, agreement_id: str, party: str, at: Instant, record_no: int, *, provisional: bool) -> None:
    """Note that a party has signed what it has yet to ratify."""
    tx.execute(
        insert(signatures).values(
            agreement_id=agreement_id, party=party, from_ms=at, provisional=provisional, record_no=record_no
        )
    )


def reserve(tx: Connection, agreement_id: str, party: str, articles: tuple[str, ...], record_no: int) -> None:
    """Note a party's reservations, in the place of any earlier ones."""
    tx.execute(delete(reservations).where(*_row(reservations, agreement_id, party)))
    for article in articles:
        tx.execute(
            insert(reservations).values(agreement_id=agreement_id, party=party, article=article, record_no=record_no)
        )


def leave(tx: Connection, agreement_id: str, party: str, at: Instant, record_no: int) -> None:
    """Note from when on a party is bound no more."""
    tx.execute(delete(departures).where(*_row(departures, agreement_id, party)))
    tx.execute(insert(departures).values(agreement_id=agreement_id, party=party, at_ms=at, record_no=record_no))


def suspend(
    tx: Connection, agreement_id: str, party: str | None, at: Instant, until: Instant | None, record_no: int
) -> None:
    """Note that an agreement rests."""
    tx.execute(
        insert(suspensions).values(
            record_no=record_no, agreement_id=agreement_id, party=party, from_ms=at, until_ms=until
        )
    )


def resume(tx: Connection, record_no: int, at: Instant) -> None:
    """Note when a rest ends."""
    tx.execute(update(suspensions).where(suspensions.c.record_no == record_no).values(until_ms=at))


def _row(table: Table, agreement_id: str, party: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (table.c.agreement_id == agreement_id, table.c.party == party)
