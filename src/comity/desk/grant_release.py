"""Lets the originator consent that named items go to named parties, as a signed act; a clause must still permit it."""

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.acts import head, keep_act
from comity.desk.carry_out import carry_out
from comity.desk.class_again import class_again
from comity.desk.item_views import items_named
from comity.desk.node_type import Node
from comity.desk.sequence import settle
from comity.errors import NotFound, NotPermitted
from comity.records.kinds.release_grant import ReleaseGrant
from comity.stores import directory, reclassing
from comity.values import Instant, JsonObject, PartyName


class GrantReleaseRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Own items by their STIX ids, and the parties to whom they may go in spite of originator control."""

    ids: tuple[str, ...]
    to: tuple[str, ...]
    reason: str = ""  # for the second person, where one is needed
    idempotency_key: str | None = None


class ReleaseGranted(msgspec.Struct, frozen=True, kw_only=True):
    """The act's id, and how many held versions it covers."""

    act: str
    versions: int


def grant_release(node: Node, actor: Actor, request: GrantReleaseRequest) -> ReleaseGranted:
    """Consent to release of own items.

    Raises:
        NotFound: no such item or party. NotPermitted: an item came from another party, whose consent it would be.
    """
    me = node.settings.party

    def work(tx: Connection, now: Instant) -> tuple[ReleaseGranted, JsonObject]:
        for name in request.to:
            if directory.party_named(tx, name) is None:
                raise NotFound("no party {name}", name=name)
        own = directory.own_party(tx)
        rows = []
        for stix_id in request.ids:
            mine = [row for row in items_named(tx, stix_id) if own is not None and row.source_no == own.no]
            if not mine:
                raise NotPermitted(
                    "{stix_id} came from another party; only its originator consents, by its own act", stix_id=stix_id
                )
            rows.extend(mine)
        act = ReleaseGrant(
            **head(node, now)._asdict(), ids=request.ids, to=tuple(PartyName(name) for name in request.to)
        )
        keep_act(node, tx, act, now)
        for row in rows:
            override = reclassing.override_of(tx, row.no)
            consents = tuple(sorted({*override.consents, *request.to}))
            reclassing.set_override(tx, row.no, override._replace(consents=consents))
        if own is not None:
            class_again(node, tx, own.no, [row.no for row in rows], now)
        return ReleaseGranted(act=act.rid, versions=len(rows)), {"act": act.rid, "to": list(request.to), "by": me}

    answer = carry_out(node, actor, "release grant", request, ReleaseGranted, work)
    settle(node)
    return answer
