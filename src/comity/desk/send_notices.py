"""Sends the messages that are on their way to people, and tries again with growing delays, for a day.

A message is made before it is sent and keeps its id, so that one which is sent twice after a crash can be known. What
it says is made when it is sent, from what its reader may see then; a reader whose account is closed is told nothing.
"""

from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec

from comity.desk.actor import Actor
from comity.desk.auditing import note
from comity.desk.carry_out import ADMINISTRATING
from comity.desk.confirm_channel import code_of
from comity.desk.gather_notices import gather
from comity.desk.needing import Thing, event_of, needs_of
from comity.desk.node_type import Node
from comity.desk.notice_brief import Brief, as_json, brief_of, confirming, farewell, plainly
from comity.desk.notice_channels import opened_secret
from comity.desk.peers import outbound
from comity.desk.verb import Progress, Report, no_report
from comity.errors import ComityError, NodeError, NotFound, NotPermitted, TooLarge, UsageError
from comity.stores import accounts, noticing, registers
from comity.stores.noticing import ChannelRow, MessageRow
from comity.values import Instant
from comity.wire.mail_client import Mail, MailServer, Security, post_mail
from comity.wire.mail_sealing import sealed_to
from comity.wire.taxii_client import Login
from comity.wire.webhook_client import LARGEST_BODY_BYTES, post_webhook

FIRST_DELAY_MS, LONGEST_DELAY_MS = 60_000, 3_600_000
GIVEN_UP_AFTER_MS = 24 * 3_600_000
AT_ONCE = 100
_PORTS: dict[str, tuple[int, Security]] = {"smtp": (587, "starttls"), "smtps": (465, "tls"), "smtp-clear": (25, "none")}


class RunNoticesRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing is asked: what is due is sent."""


class NoticesRun(msgspec.Struct, frozen=True, kw_only=True):
    """Messages: `made` now, `sent`, `failing` (tried again), `failed` (given up), `moot` (nothing is left to say)."""

    made: int = 0
    sent: int = 0
    failing: int = 0
    failed: int = 0
    moot: int = 0


class _Letter(NamedTuple):
    """A message as it goes out."""

    channel: ChannelRow
    row: MessageRow
    brief: Brief
    at: Instant


def run_notices(node: Node, actor: Actor, request: RunNoticesRequest, progress: Report = no_report) -> NoticesRun:
    """Look what needs whom, and send what is due.

    Raises:
        NotPermitted: the role may not.
    """
    if actor.role not in ADMINISTRATING:
        raise NotPermitted("{verb} is not open to the role {role}", verb="notice run", role=actor.role)
    counts = {"made": gather(node), noticing.SENT: 0, "failing": 0, noticing.FAILED: 0, noticing.MOOT: 0}
    with node.store.read() as tx:
        due = noticing.due_messages(tx, node.clock(), AT_ONCE)
    for done, row in enumerate(due):
        progress(Progress(done=done, total=len(due), unit="messages"))
        became = _one(node, row)
        if became:
            counts[became] += 1
    answer = msgspec.convert(counts, NoticesRun)
    if actor.via != "node" and due:
        with node.store.write() as tx:
            note(tx, actor, "notice run", msgspec.to_builtins(answer), node.clock())
    return answer


def _one(node: Node, row: MessageRow) -> str:
    """Try one message; says what became of it."""
    now = node.clock()
    delay = min(FIRST_DELAY_MS << min(row.tries, 10), LONGEST_DELAY_MS)
    with node.store.write() as tx:
        if not noticing.begin_try(tx, row, Instant(now + delay)):
            return ""
    letter = _letter(node, row, now)
    if letter is None:
        _end(node, row, noticing.MOOT)
        return noticing.MOOT
    state, why = noticing.SENT, ""
    try:
        _send(node, letter)
    except ComityError as exc:
        lost = isinstance(exc, NotFound | NotPermitted | TooLarge | UsageError)
        state = noticing.FAILED if lost or now - row.made_ms >= GIVEN_UP_AFTER_MS else "failing"
        why = str(exc)
    if state == "failing":
        with node.store.write() as tx:
            noticing.note_failure(tx, row, why)
    else:
        _end(node, row, state, why)
    return state


def _end(node: Node, row: MessageRow, state: str, why: str = "") -> None:
    """Note what became of a message; a channel that is gone goes with its last one."""
    with node.store.write() as tx:
        channel = noticing.channel_told(tx, row.channel_no)
        if channel is not None and channel.pace == noticing.REMOVED:
            noticing.drop_channel(tx, channel.no)
        else:
            noticing.end_message(tx, row, state, node.clock(), why)


def _letter(node: Node, row: MessageRow, now: Instant) -> _Letter | None:
    """Write a message from what its reader may see now; None if nothing is left to say, or nobody to say it to."""
    with node.store.read() as tx:
        channel = noticing.channel_told(tx, row.channel_no)
        owner = None if channel is None else accounts.account_of(tx, channel.account_no)
        if channel is not None and channel.pace == noticing.REMOVED:  # whoever reads it there is told, and no more
            return _Letter(channel, row, farewell(node), Instant(row.made_ms) if channel.kind == "mail" else now)
        if channel is None or owner is None or owner.disabled_ms is not None or channel.pace == "off":
            return None
        unconfirmed = noticing.confirmation(tx, channel.no)
        if unconfirmed is not None:
            if not row.is_test or unconfirmed.until_ms <= now:
                return None
            code = code_of(node, channel.no, unconfirmed.nonce)
            return _Letter(channel, row, confirming(node, channel.no, code), Instant(row.made_ms))
        asked = noticing.message_notices(tx, row.no)
        lines = [registers.audit_line(tx, one.audit_no) for one in asked if one.audit_no is not None]
    events = (event_of(owner, line, channel.no) for line in lines if line is not None)
    things: list[Thing] = [event for event in events if event is not None]
    wanted = {one.thing for one in asked if one.audit_no is None}
    if wanted:
        things = [*(thing for thing in needs_of(node, owner) if thing.key in wanted), *things]
    if not things and not row.is_test:
        return None
    at = Instant(row.made_ms) if channel.kind == "mail" else now
    return _Letter(channel, row, brief_of(node, channel, things, is_test=row.is_test), at)


def _send(node: Node, letter: _Letter) -> None:
    channel, brief = letter.channel, letter.brief
    if channel.kind == "webhook":
        secret = opened_secret(node, channel.secret or b"")
        body = as_json(brief, letter.row.id, letter.at, LARGEST_BODY_BYTES)
        post_webhook(outbound(node), channel.target, secret, letter.row.id, letter.at, body)
        return
    said, sealed = (node.wording or plainly)(brief), ""
    if channel.key is not None:  # never plain where a key was given
        head = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        sealed = sealed_to(channel.key, head + said.body.replace("\n", "\r\n")).message
    mail = Mail(
        sender=node.settings.notice_mail_from,
        to=channel.target,
        subject=said.subject,
        body=said.body,
        id=letter.row.id,
        at=letter.at,
        sealed=sealed,
    )
    post_mail(outbound(node), mail_server(node), mail)


def mail_server(node: Node) -> MailServer:
    """Give the server that takes mails.

    Raises:
        NodeError: none is set, or its password cannot be read.
    """
    settings = node.settings
    try:
        parts = urlsplit(settings.notice_mail_server)
        port = parts.port
    except ValueError as exc:
        raise NodeError("no mail server is set that could be called: see notice_mail_server in the settings") from exc
    if parts.scheme not in _PORTS or not parts.hostname or not settings.notice_mail_from:
        raise NodeError("no mail goes out: set notice_mail_server and notice_mail_from in the settings")
    usual, security = _PORTS[parts.scheme]
    login = Login()
    if settings.notice_mail_user:
        path = node.folder / settings.notice_mail_password_file
        try:
            login = Login(user=settings.notice_mail_user, password=path.read_text("utf-8").strip("\r\n"))
        except (OSError, UnicodeDecodeError) as exc:
            raise NodeError("the password of the mail server cannot be read: {path}", path=path) from exc
    return MailServer(host=parts.hostname, port=port or usual, security=security, login=login)
