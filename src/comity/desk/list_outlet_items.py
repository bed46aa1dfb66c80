"""Lists what was submitted to a party's collections, object by object, with what became of it there."""

from typing import Literal

import msgspec

from comity.desk.actor import Actor
from comity.desk.node_type import Node
from comity.errors import NotFound
from comity.stores import outlets, submitting
from comity.stores.outlets import NamedOutlet
from comity.stores.submitting import DOUBLE, FAILED, PENDING, TAKEN, UNKNOWN, WAITING, WITHHELD, Held
from comity.values import Instant, iso

State = Literal["waiting", "pending", "taken", "failed", "unknown", "withheld", "double"]
_NUMBERS: dict[State, int] = {
    "waiting": WAITING,
    "pending": PENDING,
    "taken": TAKEN,
    "failed": FAILED,
    "unknown": UNKNOWN,
    "withheld": WITHHELD,
    "double": DOUBLE,
}
_NAMES: dict[int, State] = {number: name for name, number in _NUMBERS.items()}


class ListOutletItemsRequest(msgspec.Struct, frozen=True, kw_only=True):
    """To which party; what state, or all; `ended`: what may lie there and may no longer be had. Dropped outlets too."""

    party: str
    state: State | None = None
    ended: bool = False
    after: int = 0
    limit: int = 100


class OutletItem(msgspec.Struct, frozen=True, kw_only=True):
    """One object at one outlet. `said`: the server's words. The id of what was erased is empty."""

    url: str
    id: str
    version: str
    state: State
    differs: bool
    at: str
    said: str


class OutletItems(msgspec.Struct, frozen=True, kw_only=True):
    """Objects in the order in which they came; `after`: where to go on, if there are more."""

    items: tuple[OutletItem, ...]
    after: int | None


def list_outlet_items(node: Node, actor: Actor, request: ListOutletItemsRequest) -> OutletItems:
    """Give the objects.

    Raises:
        NotFound: nothing was ever submitted to this party.
    """
    now = node.clock()
    states = list(_NAMES) if request.state is None else [_NUMBERS[request.state]]
    with node.store.read() as tx:
        here = [named for named in outlets.all_outlets(tx, dropped=True) if named.party == request.party]
        if not here:
            raise NotFound("nothing was ever submitted to {party}", party=request.party)
        found = [
            (named, row)
            for named in here
            for row in submitting.listed(
                tx, named.row, states, request.after, request.limit + 1, now, ended=request.ended
            )
        ]
    found.sort(key=lambda pair: (pair[1].item_no, pair[0].row.no))
    shown = found[: request.limit]
    if shown and len(found) > request.limit:  # an item is never parted between two answers
        shown = [pair for pair in found if pair[1].item_no <= shown[-1][1].item_no]
    more = len(found) > len(shown)
    return OutletItems(
        items=tuple(_item(named, row) for named, row in shown), after=shown[-1][1].item_no if more else None
    )


def _item(named: NamedOutlet, row: Held) -> OutletItem:
    return OutletItem(
        url=named.row.url,
        id=row.stix_id,
        version=row.version,
        state=_NAMES[row.state],
        differs=row.differs,
        at=iso(Instant(row.at_ms)),
        said=row.words,
    )
