"""Confirms that a mail address is read by who asked to be told there: by a one-time code that was sent to it.

Before, nothing else goes there: an address with a slip of the pen would tell a stranger of what befalls a node. The
code stands nowhere; it follows from a nonce by a key outside the database.
"""

import base64
import hmac
from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.carry_out import carry_out
from comity.desk.node_type import Node
from comity.desk.notice_channels import ChannelView, channel_meant, channel_view
from comity.errors import Conflict, NotPermitted
from comity.stores import noticing
from comity.values import Instant, JsonObject

CODE_SIGNS = 10  # of 32: 50 bits
MOST_TRIES = 5
HOLDS_MS = 3 * 24 * 3_600_000
NONCE_BYTES = 16
_ID_BYTES = 16
_HALF = CODE_SIGNS // 2


class ConfirmChannelRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A channel by its number, and the code that came there."""

    number: int
    code: Annotated[str, Meta(max_length=40)]


def confirm_channel(node: Node, actor: Actor, request: ConfirmChannelRequest) -> ChannelView:
    """Let a channel be told what needs its person, from now on.

    Raises:
        NotFound: no such channel, or another person's. Conflict: it is confirmed, or its code holds no longer.
        NotPermitted: this is not the code; after five of those a new one must be sent.
    """
    given = "".join(sign for sign in request.code.upper() if sign.isalnum())
    with node.store.write() as tx:  # counted also if it is wrong, which undoes all else
        row, _ = channel_meant(tx, actor, request.number)
        noticing.count_try(tx, row.no)

    def work(tx: Connection, now: Instant) -> tuple[ChannelView, JsonObject]:
        row, owner = channel_meant(tx, actor, request.number)
        asked = noticing.confirmation(tx, row.no)
        if asked is None:
            raise Conflict("this channel is confirmed already")
        if asked.until_ms <= now or asked.tries > MOST_TRIES:
            raise Conflict("this code holds no longer: have a new one sent")
        right = code_of(node, asked.channel_no, asked.nonce).replace("-", "")
        if not hmac.compare_digest(given.encode(), right.encode()):
            raise NotPermitted("this is not the code that was sent to this address")
        noticing.confirm(tx, row.no)
        after = noticing.channel(tx, row.no) or row
        return channel_view(node, tx, after, owner.name), {"account": owner.name, "channel": row.no}

    return carry_out(node, actor, "channel confirm", request, ChannelView, work)


def send_code(node: Node, tx: Connection, channel_no: int, now: Instant) -> None:
    """Put a code in line for a channel, in the place of any before; nothing else goes there until it came back."""
    noticing.ask_confirmation(tx, channel_no, node.entropy(NONCE_BYTES), Instant(now + HOLDS_MS))
    noticing.make_message(tx, channel_no, node.entropy(_ID_BYTES).hex(), now, is_test=True)


def code_of(node: Node, channel_no: int, nonce: bytes) -> str:
    """Give the code of a channel, in two groups for people."""
    key = hmac.digest(node.keys.token_key, b"comity-confirm-1", "sha256")
    made = base64.b32encode(hmac.digest(key, b"%d\0" % channel_no + nonce, "sha256")).decode()[:CODE_SIGNS]
    return f"{made[:_HALF]}-{made[_HALF:]}"
