"""Shows to which collections of others this node submits and how that goes, and opens the line to one of them.

Not a verb: those on outlets share it.
"""

import msgspec
from sqlalchemy import Connection

from comity.desk.far_collections import state_of
from comity.desk.node_type import Node
from comity.desk.peers import outbound_to
from comity.errors import NotFound
from comity.stores import outlets, submitting
from comity.stores.outlets import NamedOutlet
from comity.values import Instant, iso, iso_or_none
from comity.wire.logins import read_login
from comity.wire.taxii_client import TaxiiClient


class OutletView(msgspec.Struct, frozen=True, kw_only=True):
    """A collection to which the node submits what its party may have, and what became of the objects there.

    Each object is counted in one of: `waiting` (in line), `pending` (its server works on it), `taken`, `failed`,
    `unknown` (its server did not say), `withheld` (it could leave when it was put in line, and could not when it was to
    go), `double` (another content is there under its id and version). Of those there or perhaps there, `differing`
    would go otherwise now, and `ended` would not go at all: a plain server gives nothing back. `said`: words of the
    server, of the way to it, or on one of its failures.
    """

    party: str
    number: int
    url: str
    state: str  # new, healthy, failing or paused
    waiting: int
    pending: int
    taken: int
    failed: int
    unknown: int
    withheld: int
    double: int
    differing: int
    ended: int
    tried_at: str | None
    done_at: str | None
    next_at: str
    failures: int
    said: str


def outlet_view(tx: Connection, named: NamedOutlet, now: Instant) -> OutletView:
    """Give an outlet as people need it."""
    row = named.row
    tally = submitting.tally(tx, row, now)
    count = tally.by_state.get
    return OutletView(
        party=named.party,
        number=row.no,
        url=row.url,
        state=state_of(paused=row.paused, failures=row.failures, done_ms=row.done_ms),
        waiting=count(submitting.WAITING, 0),
        pending=count(submitting.PENDING, 0),
        taken=count(submitting.TAKEN, 0),
        failed=count(submitting.FAILED, 0),
        unknown=count(submitting.UNKNOWN, 0),
        withheld=count(submitting.WITHHELD, 0),
        double=count(submitting.DOUBLE, 0),
        differing=tally.differing,
        ended=tally.ended,
        tried_at=iso_or_none(row.tried_ms),
        done_at=iso_or_none(row.done_ms),
        next_at=iso(Instant(row.due_ms)),
        failures=row.failures,
        said=row.last_error or tally.words,
    )


def outlets_of(node: Node, party: str | None = None) -> list[NamedOutlet]:
    """Give the outlets at a party, or at all.

    Raises:
        NotFound: nothing is submitted to this party.
    """
    with node.store.read() as tx:
        found = [named for named in outlets.all_outlets(tx) if party in (None, named.party)]
    if party is not None and not found:
        raise NotFound("nothing is submitted to {party}: add it with `comity outlet add`", party=party)
    return found


def login_name(number: int) -> str:
    """Give the name under which the login of an outlet is kept, apart from those of subscriptions."""
    return f"outlet-{number}"


def line_to_outlet(node: Node, named: NamedOutlet) -> TaxiiClient:
    """Open the line to an outlet, signed in as agreed with its party."""
    way = outbound_to(node, named.row.party_no, named.row.url)
    return TaxiiClient(way, named.row.url, read_login(node.folder, login_name(named.row.no)))
