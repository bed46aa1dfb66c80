"""Shows by which channels people are told what needs them, and says what a channel may be.

Not a verb: those on channels share it. A channel belongs to one account; to everybody else it is not there.
"""

import hmac
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection

from comity.desk.accounts import must_be_there
from comity.desk.actor import Actor
from comity.desk.node_type import Node
from comity.desk.notice_brief import carries
from comity.errors import NodeError, NotFound, UsageError
from comity.stores import accounts, noticing
from comity.stores.accounts import AccountRow
from comity.stores.noticing import ChannelRow
from comity.values import Tlp, iso_or_none
from comity.wire.addresses import networks_of
from comity.wire.outbound import origin_of

ChannelKind: TypeAlias = Literal["mail", "webhook"]
Pace: TypeAlias = Literal["at-once", "digest", "off"]
MOST_CHANNELS = 10  # of one account
LONGEST_TARGET = 500
_NONCE_BYTES = 12
_LABEL = b"webhook"


class ChannelView(msgspec.Struct, frozen=True, kw_only=True):
    """A channel without its secret. `carries`: the level up to which it is told, `level` or what the operator lets it.

    `hour`: of the daily digest, in UTC. `state`: off, unconfirmed, new, healthy, failing (tried again) or given-up.
    """

    number: int
    account: str
    kind: ChannelKind
    target: str
    encrypted: bool
    level: str
    carries: str
    pace: Pace
    hour: int
    state: str
    sent_at: str | None
    waiting: int
    said: str
    confirmed: bool = True  # no mail but the code goes to an address before


def channel_view(node: Node, tx: Connection, row: ChannelRow, account: str) -> ChannelView:
    """Show a channel."""
    waiting = noticing.waiting_count(tx, row.no)
    return msgspec.convert(
        {
            "number": row.no,
            "account": account,
            "kind": row.kind,
            "target": row.target,
            "encrypted": row.key is not None,
            "level": Tlp(row.level).word,
            "carries": carries(node, row).word,
            "pace": row.pace,
            "hour": row.hour,
            "state": _state(tx, row),
            "sent_at": iso_or_none(row.sent_ms),
            "waiting": waiting,
            "said": row.last_error or "",
            "confirmed": noticing.confirmation(tx, row.no) is None,
        },
        ChannelView,
    )


def _state(tx: Connection, row: ChannelRow) -> str:
    if row.pace == "off":
        return "off"
    if row.failures:
        return "failing" if noticing.open_message(tx, row.no) is not None else "given-up"
    if noticing.confirmation(tx, row.no) is not None:
        return "unconfirmed"
    return "new" if row.sent_ms is None else "healthy"


def account_meant(tx: Connection, actor: Actor, name: str | None) -> AccountRow:
    """Give the account that is meant: a person's own, at the node's own machine any.

    Raises:
        NotFound: it is another person's, or there is none. UsageError: at the node's machine none is named.
    """
    if not actor.is_person:
        if name is None:
            raise UsageError("say for whose account the channel is")
        return must_be_there(tx, name)
    if name not in (None, actor.name):
        raise NotFound("no account {name}", name=str(name)[:64])
    return must_be_there(tx, actor.name)


def channel_meant(tx: Connection, actor: Actor, number: int) -> tuple[ChannelRow, AccountRow]:
    """Give a channel of the person who asks, or at the node's own machine any, and whose it is.

    Raises:
        NotFound: there is none, or it is another person's; the cases are told alike.
    """
    row = noticing.channel(tx, number)
    owner = None if row is None else accounts.account_of(tx, row.account_no)
    if row is None or owner is None or (actor.is_person and owner.name != actor.name):
        raise NotFound("no channel {number}", number=number)
    return row, owner


def checked_url(node: Node, url: str) -> str:
    """Give the address of a webhook: over TLS, but for networks that the operator lists.

    Raises:
        UsageError: it is none.
    """
    if len(url) > LONGEST_TARGET or not url.isascii() or not url.isprintable() or " " in url:
        raise UsageError("a webhook is an address as https://alerts.csirt.example/hook")
    origin_of(url)
    parts = urlsplit(url)
    if parts.username is not None or parts.fragment:
        raise UsageError("a webhook is an address as https://alerts.csirt.example/hook")
    if parts.scheme != "https" and not (parts.scheme == "http" and networks_of(node.settings.outbound_networks)):
        raise UsageError("a webhook is called over https")
    return url


def sealed_secret(node: Node, secret: str) -> bytes:
    """Seal a webhook's secret for the database."""
    nonce = node.entropy(_NONCE_BYTES)
    return nonce + AESGCM(_sealing_key(node)).encrypt(nonce, secret.encode(), _LABEL)


def opened_secret(node: Node, box: bytes) -> str:
    """Give a webhook's secret back.

    Raises:
        NodeError: it was sealed by another key, as after a restore without keys.
    """
    try:
        return AESGCM(_sealing_key(node)).decrypt(box[:_NONCE_BYTES], box[_NONCE_BYTES:], _LABEL).decode()
    except InvalidTag as exc:
        raise NodeError("the keys in the folder are not those that the channel was made with") from exc


def _sealing_key(node: Node) -> bytes:
    return hmac.digest(node.keys.token_key, b"comity-webhook-1", "sha256")
