"""Erases an item: content, salt, id and search values go from every table and file of the node; the act of it stays.

Copies of it in the quarantine and its id in the statuses of submissions go with it, also where no record is held.
"""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.acts import SALT_BYTES, head, keep_act
from comity.desk.adhere_agreement import read_moment
from comity.desk.carry_out import carry_out
from comity.desk.erasing import clear_files, erase_copies, erase_records, salted
from comity.desk.item_views import items_named
from comity.desk.list_backups import named
from comity.desk.node_type import Node
from comity.desk.pass_erasure import audience_of, tell
from comity.desk.sequence import settle
from comity.errors import NotFound
from comity.records.kinds.erasure import Erasure
from comity.stores import backing, directory, erasing, submitting
from comity.stores.backing import Backup
from comity.stores.outlets import NamedOutlet
from comity.values import Instant, JsonObject, id_key, iso


class EraseItemRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An item, in every version held (of one source if named), why it goes and who ordered it; never its content.

    `deadline`: by when those who were served it answer.
    """

    id: str
    reason: str
    ordered_by: str
    source: str | None = None
    deadline: str | None = None


class ItemErased(msgspec.Struct, frozen=True, kw_only=True):
    """How many versions were erased, how many parties had been served any, and what still holds the content.

    `quarantined` counts what named the item in the quarantine and went with it. `told` are the parties whose nodes are
    asked to erase their copies; what `untold` ones were served, they must be asked for by other means.
    """

    versions: int
    served_to: int
    remains: tuple[str, ...]
    quarantined: int = 0
    told: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()


REMAINS = (  # besides the backups that are listed, each by name
    "copies of the disk and backups made otherwise than by `comity node backup`",
    "what readers took while it was released to them",
)


def erase_item(node: Node, actor: Actor, request: EraseItemRequest) -> ItemErased:
    """Erase all versions of an item, and ask the nodes that were served any to erase their copies.

    Raises:
        UsageError: not a time. NotFound: none is held, nor anything in quarantine that names it.
        Busy: a long reading holds the database's log; the item is gone, and the log is cleared as soon as it can be.
    """

    deadline = None if request.deadline is None else iso(read_moment(request.deadline, node.clock()))

    def work(tx: Connection, now: Instant) -> tuple[ItemErased, JsonObject]:
        sources = {row.no for row in directory.party_rows(tx) if request.source in (None, row.name)}
        copies = erase_copies(node, tx, {request.id}, sources)
        try:
            held = items_named(tx, request.id, request.source)
        except NotFound:
            if not copies:
                raise
            held = []
        served = erasing.served_to(tx, [row.no for row in held])
        there = submitting.outlets_with(tx, [row.no for row in held])
        audience = audience_of(tx, held)
        erased = erase_records(node, tx, held, now)
        digests = erased or (salted(node.entropy(SALT_BYTES), id_key(request.id)),)
        act = Erasure(**head(node, now)._asdict(), items=digests, reason=request.reason, ordered_by=request.ordered_by)
        keep_act(node, tx, act, now)
        by_no = dict(zip([row.no for row in held], erased, strict=True))
        tell(node, tx, audience, by_no, request.reason, request.ordered_by, deadline, now)
        answer = ItemErased(
            versions=len(held),
            served_to=served,
            remains=_remains(backing.holding(tx, [row.no for row in held]), there),
            quarantined=copies,
            told=tuple(sorted(audience.told)),
            untold=audience.untold,
        )
        return answer, {"versions": len(held), "quarantined": copies, "act": act.rid}

    answer = carry_out(node, actor, "item erase", request, ItemErased, work)
    settle(node)
    clear_files(node)
    return answer


def _remains(held_in: Sequence[Backup], there: Sequence[NamedOutlet]) -> tuple[str, ...]:
    kept = map(named, held_in)
    return (*kept, *REMAINS, *(f"the server of {named.party} at {named.row.url}" for named in there))
