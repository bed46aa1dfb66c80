"""Lists what people were told outside the desk, or are to be, and what became of it."""

from typing import Annotated, get_args

import msgspec
from msgspec import Meta

from comity.desk.actor import Actor
from comity.desk.needing import Kind
from comity.desk.node_type import Node
from comity.desk.notice_channels import account_meant
from comity.stores import accounts, noticing
from comity.stores.noticing import NoticeLine
from comity.values import Instant, iso, iso_or_none

_FIRST = 2**53 - 1
_KINDS: tuple[Kind, ...] = get_args(Kind)


class ListNoticesRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Notices before a number, the newest first: of one account, of who asks, or at the node's own machine of all."""

    account: str | None = None
    before: Annotated[int, Meta(ge=1)] = _FIRST
    limit: Annotated[int, Meta(ge=1, le=500)] = 100


class NoticeView(msgspec.Struct, frozen=True, kw_only=True):
    """That a channel is told of something. `state`: waiting, open (on its way), sent, failed or moot.

    `over_at`: since when it needs nobody any more.
    """

    number: int
    account: str
    channel: int
    target: str
    kind: Kind
    at: str
    state: str
    tries: int
    ended_at: str | None
    over_at: str | None
    said: str


class NoticeList(msgspec.Struct, frozen=True, kw_only=True):
    """Notices, the newest first."""

    notices: tuple[NoticeView, ...]


def list_notices(node: Node, actor: Actor, request: ListNoticesRequest) -> NoticeList:
    """List notices.

    Raises:
        NotFound: no such account, or another person's.
    """
    with node.store.read() as tx:
        account_no = None
        if request.account is not None or actor.is_person:
            account_no = account_meant(tx, actor, request.account).no
        lines = noticing.notice_lines(tx, account_no, request.before, request.limit)
        owners = {row.no: row.name for row in accounts.account_rows(tx)}
        at = {row.no: (owners.get(row.account_no, ""), row.target) for row in noticing.channels(tx, account_no)}
    return NoticeList(notices=tuple(_view(line, *at[line.row.channel_no]) for line in lines))


def _view(line: NoticeLine, account: str, target: str) -> NoticeView:
    row = line.row
    return NoticeView(
        number=row.no,
        account=account,
        channel=row.channel_no,
        target=target,
        kind=next(kind for kind in _KINDS if kind == row.kind),
        at=iso(Instant(row.at_ms)),
        state=line.state or "waiting",
        tries=line.tries,
        ended_at=iso_or_none(line.ended_ms),
        over_at=iso_or_none(row.over_ms),
        said=line.last_error or "",
    )
