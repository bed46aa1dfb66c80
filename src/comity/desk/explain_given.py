"""Says why the own party has an item: by which clauses its giver stated to release it.

Not a verb: explaining a release asks it where the reader is the own party. The signed statement is the giver's word;
whether the agreements that it names work for the giver by what is held here shows if both nodes see them alike.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from comity.desk.held_deliveries import delivery_in
from comity.errors import UsageError
from comity.rooms.release.standing import WORKING, Standing, state
from comity.stores import carrying, directory, stating
from comity.stores.keeping import HeldRecord
from comity.values import Instant, PartyName


class Given(NamedTuple):
    """By which clauses `giver` stated to release an item; `apart`: those whose agreement does not work for it here."""

    giver: PartyName
    statement: int
    clauses: tuple[str, ...]
    apart: tuple[str, ...]
    originator: str | None = None  # whose set shows it, where the giver relayed it
    is_relayed: bool = False


def given(tx: Connection, standings: Sequence[Standing], held: HeldRecord, now: Instant) -> Given:
    """Say by which clauses a record was given to the own party.

    Raises:
        UsageError: it came without a signed statement, or is the own party's.
    """
    found = stating.statement_behind(tx, held.no)
    if found is None:
        raise UsageError("the node's own party has it, and no signed statement says why")
    statement = delivery_in(found.envelope)
    giver = PartyName(next(row.name for row in directory.party_rows(tx) if row.no == held.source_no))
    clauses = tuple(sorted(statement.basis[n] for n in statement.basis_of[found.leaf]))
    working = {one.agreement.id for one in standings if state(one, giver, now) in WORKING}
    apart = tuple(one for one in clauses if one.partition("/")[0] not in working)
    grade = stating.provenance_of(tx, held.no)
    is_relayed = grade is not None and grade[0] == "relayed"
    originator = carrying.signer_of(tx, held.no) if is_relayed else None
    return Given(giver, statement.seq, clauses, apart, originator, is_relayed)
