"""Adds, changes, tests and removes the channels by which people are told what needs them, and lists them."""

from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.carry_out import carry_out
from comity.desk.confirm_channel import send_code
from comity.desk.node_type import Node
from comity.desk.notice_channels import (
    LONGEST_TARGET,
    MOST_CHANNELS,
    ChannelKind,
    ChannelView,
    Pace,
    account_meant,
    channel_meant,
    channel_view,
    checked_url,
    sealed_secret,
)
from comity.desk.settings_type import NoticeLevel
from comity.errors import Conflict, UsageError
from comity.stores import accounts, noticing, registers
from comity.stores.noticing import ChannelRow
from comity.values import Instant, JsonObject, Tlp
from comity.wire.mail_client import checked_address
from comity.wire.mail_sealing import LARGEST_KEY_BYTES, sealed_to
from comity.wire.webhook_client import SECRET_BYTES, new_secret

ID_BYTES = 16
_NEVER = -1
_TESTED_EVERY_MS = 60_000


class AddChannelRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A mail address or a webhook's URL, for an account; on a page or by the API always for one's own.

    `key`: an OpenPGP certificate in its armour; mail there is encrypted from then on, and never sent plain. `level`: up
    to which details are told there; the operator may allow less. `hour`: of the daily digest, in UTC.
    """

    kind: ChannelKind
    target: Annotated[str, Meta(max_length=LONGEST_TARGET)]
    key: Annotated[str, Meta(max_length=LARGEST_KEY_BYTES)] = ""
    level: NoticeLevel = "clear"
    pace: Pace = "at-once"
    hour: Annotated[int, Meta(ge=0, le=23)] = 7
    account: str | None = None


class ChannelAdded(msgspec.Struct, frozen=True, kw_only=True):
    """The channel; a webhook's secret, which signs what comes there, is shown this once."""

    channel: ChannelView
    secret: str = ""
    fingerprint: str = ""  # of the OpenPGP key


class ListChannelsRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Channels of one account; without one, of the person who asks, or at the node's own machine of all."""

    account: str | None = None


class ChannelList(msgspec.Struct, frozen=True, kw_only=True):
    """Channels by number."""

    channels: tuple[ChannelView, ...]


class ChangeChannelRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A channel by its number, and at which pace it is told from now on."""

    number: int
    pace: Pace
    hour: Annotated[int, Meta(ge=0, le=23)] = 7


class ChannelRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A channel by its number."""

    number: int


def add_channel(node: Node, actor: Actor, request: AddChannelRequest) -> ChannelAdded:
    """Add a channel; what needs its person now is the first that it is told, once a mail address is confirmed.

    Raises:
        NotFound: no such account, or another person's. Conflict: the account has too many, or this one.
        UsageError: a target or a key that does not hold.
    """
    target = checked_address(request.target) if request.kind == "mail" else checked_url(node, request.target)
    if request.key and request.kind == "webhook":
        raise UsageError("an OpenPGP key is for mail")
    key = request.key.encode("utf-8", "replace") or None
    fingerprint = "" if key is None else sealed_to(key, "").fingerprint
    secret = new_secret(node.entropy(SECRET_BYTES)) if request.kind == "webhook" else ""
    box = sealed_secret(node, secret) if secret else None

    def work(tx: Connection, now: Instant) -> tuple[ChannelAdded, JsonObject]:
        owner = account_meant(tx, actor, request.account)
        held = noticing.channels(tx, owner.no)
        if len(held) >= MOST_CHANNELS:
            raise Conflict("an account has at most {most} channels: remove one first", most=MOST_CHANNELS)
        if any(one.kind == request.kind and one.target == target for one in held):
            raise Conflict("the account has this channel already")
        row = ChannelRow(
            no=0,
            account_no=owner.no,
            kind=request.kind,
            target=target,
            level=int(Tlp.of(request.level)),
            key=key,
            secret=box,
            pace=request.pace,
            hour=request.hour,
            added_ms=now,
            audit_no=registers.last_audit_no(tx),
            digest_ms=_NEVER,
            sent_ms=None,
            failures=0,
            last_error=None,
        )
        added = noticing.add_channel(tx, row)
        if added.kind == "mail":
            send_code(node, tx, added.no, now)
        view = channel_view(node, tx, added, owner.name)
        facts: JsonObject = {"account": owner.name, "channel": added.no, "kind": added.kind, "level": view.level}
        return ChannelAdded(channel=view, secret=secret, fingerprint=fingerprint), facts

    return carry_out(node, actor, "channel add", request, ChannelAdded, work)


def list_channels(node: Node, actor: Actor, request: ListChannelsRequest) -> ChannelList:
    """List channels, never a secret.

    Raises:
        NotFound: no such account, or another person's.
    """
    with node.store.read() as tx:
        if request.account is None and not actor.is_person:
            names = {row.no: row.name for row in accounts.account_rows(tx)}
            rows = [(row, names.get(row.account_no, "")) for row in noticing.channels(tx)]
        else:
            owner = account_meant(tx, actor, request.account)
            rows = [(row, owner.name) for row in noticing.channels(tx, owner.no)]
        return ChannelList(channels=tuple(channel_view(node, tx, row, name) for row, name in rows))


def change_channel(node: Node, actor: Actor, request: ChangeChannelRequest) -> ChannelView:
    """Let a channel be told at once, once a day, or not.

    Raises:
        NotFound: no such channel, or another person's.
    """

    def work(tx: Connection, now: Instant) -> tuple[ChannelView, JsonObject]:
        row, owner = channel_meant(tx, actor, request.number)
        noticing.set_pace(tx, row.no, request.pace, request.hour)
        after = noticing.channel(tx, row.no) or row
        facts: JsonObject = {"account": owner.name, "channel": row.no, "pace": request.pace, "hour": request.hour}
        return channel_view(node, tx, after, owner.name), facts

    return carry_out(node, actor, "channel change", request, ChannelView, work)


def try_channel(node: Node, actor: Actor, request: ChannelRequest) -> ChannelView:
    """Put a test in line for a channel, or a new code if it is not confirmed; how it went, it says afterwards.

    Raises:
        NotFound: no such channel, or another person's. Conflict: something is on its way there, or it is off.
    """

    def work(tx: Connection, now: Instant) -> tuple[ChannelView, JsonObject]:
        row, owner = channel_meant(tx, actor, request.number)
        if row.pace == "off":
            raise Conflict("this channel is off: switch it on first")
        if noticing.open_message(tx, row.no) is not None or now - (row.sent_ms or 0) < _TESTED_EVERY_MS:
            raise Conflict("something is, or was just now, on its way to this channel: see how that goes")
        if noticing.confirmation(tx, row.no) is not None:
            send_code(node, tx, row.no, now)
        else:
            noticing.make_message(tx, row.no, node.entropy(ID_BYTES).hex(), now, is_test=True)
        return channel_view(node, tx, row, owner.name), {"account": owner.name, "channel": row.no}

    return carry_out(node, actor, "channel test", request, ChannelView, work)


def remove_channel(node: Node, actor: Actor, request: ChannelRequest) -> ChannelView:
    """Take a channel away, with what was still to be told there; that it is gone is the last that it is told.

    Raises:
        NotFound: no such channel, or another person's.
    """

    def work(tx: Connection, now: Instant) -> tuple[ChannelView, JsonObject]:
        row, owner = channel_meant(tx, actor, request.number)
        view = channel_view(node, tx, row, owner.name)
        noticing.leave_channel(tx, row.no, node.entropy(ID_BYTES).hex(), now)
        return view, {"account": owner.name, "channel": row.no}

    return carry_out(node, actor, "channel remove", request, ChannelView, work)
