"""Keeps whose guests people are: the party of each, when they were here last, and what their party is to be told."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, insert, select, update

from comity.stores.account_tables import accounts, guest_acts, guests
from comity.stores.federation_tables import receipts
from comity.stores.keeping import KEYS_AT_ONCE
from comity.stores.tables import parties, records
from comity.values import Instant

SAID_BY_OFFICERS = ("seen", "accepted", "declined", "need-time")


class GuestRow(NamedTuple):
    """A guest's party. `before_ms`: the sign-in before the last one, None if there was none."""

    account_no: int
    party_no: int
    party: str
    before_ms: int | None


class ToldAct(NamedTuple):
    """An act of the own party that concerns a party without a node."""

    record_no: int
    stix_id: str
    envelope: bytes
    kept_ms: int


def add_guest(tx: Connection, account_no: int, party_no: int) -> None:
    """Bind an account to a party. Nothing binds it to another afterwards."""
    tx.execute(insert(guests).values(account_no=account_no, party_no=party_no, visited_ms=None, before_ms=None))


def guest_of(tx: Connection, account_no: int) -> GuestRow | None:
    """Give whose guest an account is; None if it is nobody's."""
    row = tx.execute(
        select(guests.c.account_no, guests.c.party_no, parties.c.name, guests.c.before_ms)
        .join(parties, parties.c.no == guests.c.party_no)
        .where(guests.c.account_no == account_no)
    ).first()
    return None if row is None else GuestRow(*row)


def has_guests(tx: Connection, party_no: int, *, coming: bool = False) -> bool:
    """Tell whether anybody is the guest of a party. `coming`: whose account is open, so that they can be told here."""
    found = select(guests.c.account_no).where(guests.c.party_no == party_no)
    if coming:
        found = found.join(accounts, accounts.c.no == guests.c.account_no).where(accounts.c.disabled_ms.is_(None))
    return tx.execute(found.limit(1)).first() is not None


def note_visit(tx: Connection, account_no: int, now: Instant) -> None:
    """Note that a guest signs in; does nothing for anybody else."""
    values = {"before_ms": guests.c.visited_ms, "visited_ms": int(now)}
    tx.execute(update(guests).where(guests.c.account_no == account_no).values(values))


def note_act(tx: Connection, party_no: int, record_no: int) -> None:
    """Note that an act concerns a party; once is enough."""
    here = (guest_acts.c.party_no == party_no, guest_acts.c.record_no == record_no)
    if tx.execute(select(guest_acts.c.record_no).where(*here)).first() is None:
        tx.execute(insert(guest_acts).values(party_no=party_no, record_no=record_no))


def acts_for(tx: Connection, party_no: int, kinds: tuple[str, ...], limit: int) -> list[ToldAct]:
    """Give the acts of these kinds that concern a party, the newest first."""
    rows = tx.execute(
        select(records.c.no, records.c.stix_id, records.c.body, records.c.kept_ms)
        .join(guest_acts, guest_acts.c.record_no == records.c.no)
        .where(guest_acts.c.party_no == party_no, records.c.type.in_(kinds), records.c.body.is_not(None))
        .order_by(records.c.no.desc())
        .limit(limit)
    )
    return [ToldAct(row[0], row[1], bytes(row[2]), row[3]) for row in rows]


def answers_of(tx: Connection, party_no: int, item_nos: Sequence[int]) -> dict[int, str]:
    """Give what a party's officers said last of these items, by the level of it."""
    found: dict[int, str] = {}
    for start in range(0, len(item_nos), KEYS_AT_ONCE):
        rows = tx.execute(
            select(records.c.no, receipts.c.level)
            .join(receipts, receipts.c.of_sha256 == records.c.sha256)
            .where(records.c.no.in_(item_nos[start : start + KEYS_AT_ONCE]))
            .where(receipts.c.party_no == party_no, receipts.c.level.in_(SAID_BY_OFFICERS))
            .order_by(receipts.c.record_no)
        )
        found.update((row[0], row[1]) for row in rows)
    return found
