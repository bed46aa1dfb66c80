"""Lists the mails that are kept and of which nobody has yet said what is meant."""

import msgspec

from comity.desk.actor import Actor
from comity.desk.node_type import Node
from comity.desk.search_items import SearchItemsRequest, search_items
from comity.records.mail_items import grouping_id_of
from comity.stores import directory, keeping
from comity.stores.tables import LIVE
from comity.values import id_key

MOST_LOOKED_AT = 50


class ListMailsRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The newest of them."""


class MailWaiting(msgspec.Struct, frozen=True, kw_only=True):
    """A mail that waits. What its head says, anybody can have written."""

    id: str
    subject: str
    sender: str
    date: str
    kept_at: str


class MailList(msgspec.Struct, frozen=True, kw_only=True):
    """Mails that wait, the newest first."""

    mails: tuple[MailWaiting, ...]


class _Head(msgspec.Struct, frozen=True):
    id: str
    hashes: dict[str, str] = {}
    x_comity_mail: dict[str, str] | None = None


_HEAD = msgspec.json.Decoder(_Head)


def list_mails(node: Node, actor: Actor, request: ListMailsRequest) -> MailList:
    """Give the mails among the artifacts kept last of which nothing was taken."""
    found = search_items(node, actor, SearchItemsRequest(type="artifact", newest=True, limit=MOST_LOOKED_AT)).items
    waiting: list[MailWaiting] = []
    with node.store.read() as tx:
        parties = [row.name for row in directory.party_rows(tx)]
        for one in found:
            head = _head(next((held.body for held in keeping.records_under(tx, one.id) if held.state == LIVE), None))
            if head is None or head.x_comity_mail is None:
                continue
            groups = {id_key(grouping_id_of(party, head.hashes.get("SHA-256", ""))) for party in parties}
            if keeping.held_under(tx, groups):
                continue
            said = head.x_comity_mail
            waiting.append(
                MailWaiting(
                    id=head.id,
                    subject=said.get("subject", ""),
                    sender=said.get("from", ""),
                    date=said.get("date", ""),
                    kept_at=one.kept_at,
                )
            )
    return MailList(mails=tuple(waiting))


def _head(body: bytes | None) -> _Head | None:
    try:
        return None if body is None else _HEAD.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
