"""Decides as which reader a guest reads: as their party's own, the one that its TAXII client would be.

Not a verb: those of guests share it. The account's party is read at each request, from the account and from nowhere
else, so no request can name another.
"""

from typing import NamedTuple

from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.views import ReaderActor
from comity.errors import Conflict, NotPermitted
from comity.stores import accounts, guests, reading, trusting
from comity.values import PartyName


class Guest(NamedTuple):
    """A guest's party as a reader. `before_ms`: when somebody signed in with the account the time before."""

    reader: ReaderActor
    party: PartyName
    party_no: int
    before_ms: int | None


def guest_of(tx: Connection, actor: Actor) -> Guest:
    """Give whose guest asks.

    Raises:
        NotPermitted: nobody's.
    """
    row = accounts.account_named(tx, actor.name) if actor.is_person and actor.role == "guest" else None
    bound = None if row is None or row.disabled_ms is not None else guests.guest_of(tx, row.no)
    ids = None if bound is None else reading.view_ids(tx, bound.party_no)
    if bound is None or ids is None:
        raise NotPermitted("only a guest of another party asks for this, signed in or with a token")
    reader = ReaderActor(
        party=bound.party,
        user=actor.name,
        reader_no=bound.party_no,
        view_id=ids[0],
        inbox_id=ids[1],
        via=actor.via,
    )
    return Guest(reader, PartyName(bound.party), bound.party_no, bound.before_ms)


def must_lack_node(tx: Connection, guest: Guest) -> None:
    """Refuse to speak for a party whose own node has come meanwhile.

    Raises:
        Conflict: it has.
    """
    peer = trusting.peer_of(tx, guest.party_no)
    if peer is not None and peer.state == trusting.ACCEPTED:
        raise Conflict("{party} has a node of its own by now, which signs what its officers say", party=guest.party)
