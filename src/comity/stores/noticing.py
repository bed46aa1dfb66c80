"""Keeps by which channels people are told what needs them, what each was told of, and the messages on their way."""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, update

from comity.stores.bulk import row_of
from comity.stores.notice_tables import notice_channels, notice_confirmations, notice_messages, notices
from comity.values import Instant

OPEN, SENT, FAILED, MOOT = "open", "sent", "failed", "moot"
LONGEST_ERROR = 300
REMOVED = "removed"  # the pace of a channel that is gone for everybody, and told so as the last thing


class ChannelRow(NamedTuple):
    """A channel of an account."""

    no: int
    account_no: int
    kind: str
    target: str
    level: int
    key: bytes | None
    secret: bytes | None
    pace: str
    hour: int
    added_ms: int
    audit_no: int
    digest_ms: int
    sent_ms: int | None
    failures: int
    last_error: str | None


class Confirmation(NamedTuple):
    """What confirms a channel: the nonce of its code, until when it holds, and how often a code was given."""

    channel_no: int
    nonce: bytes
    until_ms: int
    tries: int


class MessageRow(NamedTuple):
    """A message to a channel: open, sent, failed, or moot since nothing in it needs anybody any more."""

    no: int
    channel_no: int
    id: str
    is_test: bool
    state: str
    made_ms: int
    due_ms: int
    tries: int
    ended_ms: int | None
    last_error: str | None


class NoticeRow(NamedTuple):
    """That a channel is told of one thing."""

    no: int
    channel_no: int
    thing: bytes
    kind: str
    audit_no: int | None
    message_no: int | None
    at_ms: int
    over_ms: int | None


class NoticeLine(NamedTuple):
    """A notice with the message that it went by."""

    row: NoticeRow
    state: str | None
    tries: int
    ended_ms: int | None
    last_error: str | None


def add_channel(tx: Connection, row: ChannelRow) -> ChannelRow:
    """Enter a channel under the next number."""
    no = int(tx.execute(select(func.coalesce(func.max(notice_channels.c.no), 0))).scalar_one()) + 1
    tx.execute(insert(notice_channels).values(row._replace(no=no)._asdict()))
    return row._replace(no=no)


def channels(tx: Connection, account_no: int | None = None) -> list[ChannelRow]:
    """Give the channels of an account, or of all, by number."""
    wanted = select(notice_channels).where(notice_channels.c.pace != REMOVED).order_by(notice_channels.c.no)
    if account_no is not None:
        wanted = wanted.where(notice_channels.c.account_no == account_no)
    return [ChannelRow(*row) for row in tx.execute(wanted)]


def channel(tx: Connection, no: int) -> ChannelRow | None:
    """Give the channel of this number."""
    row = channel_told(tx, no)
    return None if row is None or row.pace == REMOVED else row


def channel_told(tx: Connection, no: int) -> ChannelRow | None:
    """Give the channel of this number, also one that is gone and not told so yet."""
    row = tx.execute(select(notice_channels).where(notice_channels.c.no == no)).first()
    return None if row is None else ChannelRow(*row)


def ask_confirmation(tx: Connection, channel_no: int, nonce: bytes, until: Instant) -> None:
    """Let a channel be told nothing before it is confirmed by the code that follows from a nonce."""
    c = notice_confirmations.c
    tx.execute(delete(notice_confirmations).where(c.channel_no == channel_no))
    tx.execute(insert(notice_confirmations).values(channel_no=channel_no, nonce=nonce, until_ms=until, tries=0))


def confirmation(tx: Connection, channel_no: int) -> Confirmation | None:
    """Give what confirms a channel; None if it is confirmed, or needs no confirmation."""
    row = tx.execute(select(notice_confirmations).where(notice_confirmations.c.channel_no == channel_no)).first()
    return None if row is None else Confirmation(row[0], bytes(row[1]), row[2], row[3])


def count_try(tx: Connection, channel_no: int) -> None:
    """Count that a code was given."""
    c = notice_confirmations.c
    tx.execute(update(notice_confirmations).where(c.channel_no == channel_no).values(tries=c.tries + 1))


def confirm(tx: Connection, channel_no: int) -> None:
    """Let a channel be told from now on; a code that is still on its way there goes no more."""
    tx.execute(delete(notice_confirmations).where(notice_confirmations.c.channel_no == channel_no))
    m = notice_messages.c
    tx.execute(delete(notice_messages).where(m.channel_no == channel_no, m.state == OPEN, m.is_test))


def leave_channel(tx: Connection, no: int, message_id: str, now: Instant) -> None:
    """Take a channel away, with all that it was or is to be told but for one thing: that it is gone.

    One that was never confirmed is told nothing.
    """
    if confirmation(tx, no) is not None:
        drop_channel(tx, no)
        return
    tx.execute(delete(notices).where(notices.c.channel_no == no))
    tx.execute(delete(notice_messages).where(notice_messages.c.channel_no == no))
    tx.execute(update(notice_channels).where(notice_channels.c.no == no).values(pace=REMOVED))
    make_message(tx, no, message_id, now, is_test=True)


def set_pace(tx: Connection, no: int, pace: str, hour: int) -> None:
    """Let a channel be told at another pace; what failed before counts no more."""
    fresh = {"pace": pace, "hour": hour, "failures": 0, "last_error": None}
    tx.execute(update(notice_channels).where(notice_channels.c.no == no).values(**fresh))


def drop_channel(tx: Connection, no: int) -> None:
    """Take a channel away, with all that it was or is to be told."""
    tx.execute(delete(notices).where(notices.c.channel_no == no))
    tx.execute(delete(notice_messages).where(notice_messages.c.channel_no == no))
    tx.execute(delete(notice_confirmations).where(notice_confirmations.c.channel_no == no))
    tx.execute(delete(notice_channels).where(notice_channels.c.no == no))


def looked_through(tx: Connection, no: int, audit_no: int) -> None:
    """Note up to which line of the audit a channel was told."""
    tx.execute(update(notice_channels).where(notice_channels.c.no == no).values(audit_no=audit_no))


def noticed(tx: Connection, channel_no: int) -> Mapping[bytes, NoticeRow]:
    """Give what a channel was told of, or is to be, by the hash of the thing."""
    rows = tx.execute(select(notices).where(notices.c.channel_no == channel_no))
    return {row.thing: row for row in (NoticeRow(*one) for one in rows)}


def add_notice(tx: Connection, channel_no: int, thing: bytes, kind: str, audit_no: int | None, now: Instant) -> None:
    """Note that a channel is to be told of a thing: in the place of an earlier word on it."""
    where = (notices.c.channel_no == channel_no, notices.c.thing == thing)
    tx.execute(delete(notices).where(*where))
    tx.execute(
        insert(notices).values(
            channel_no=channel_no, thing=thing, kind=kind, audit_no=audit_no, message_no=None, at_ms=now, over_ms=None
        )
    )


def end_notice(tx: Connection, row: NoticeRow, now: Instant) -> None:
    """Note that a thing needs nobody any more; of what was not told yet nothing is left."""
    if row.message_no is None:
        tx.execute(delete(notices).where(notices.c.no == row.no))
    else:
        tx.execute(update(notices).where(notices.c.no == row.no).values(over_ms=now))


def stands_again(tx: Connection, row: NoticeRow) -> None:
    """Note that a thing needs somebody again, so soon that nothing more is said of it."""
    tx.execute(update(notices).where(notices.c.no == row.no).values(over_ms=None))


def waiting_count(tx: Connection, channel_no: int) -> int:
    """Count what a channel is to be told of and no message holds yet."""
    mine = (notices.c.channel_no == channel_no, notices.c.message_no.is_(None))
    return int(tx.execute(select(func.count()).select_from(notices).where(*mine)).scalar_one())


def open_message(tx: Connection, channel_no: int) -> MessageRow | None:
    """Give the message that is on its way to a channel: there is at most one."""
    mine = (notice_messages.c.channel_no == channel_no, notice_messages.c.state == OPEN)
    row = tx.execute(select(notice_messages).where(*mine)).first()
    return None if row is None else MessageRow(*row)


def make_message(tx: Connection, channel_no: int, message_id: str, now: Instant, *, is_test: bool = False) -> int:
    """Gather all that waits for a channel into one message; gives its number."""
    fresh = {"made_ms": now, "due_ms": now, "tries": 0, "ended_ms": None, "last_error": None}
    made = tx.execute(
        insert(notice_messages).values(channel_no=channel_no, id=message_id, is_test=is_test, state=OPEN, **fresh)
    ).inserted_primary_key
    no = int(made[0]) if made else 0
    if not is_test:
        mine = (notices.c.channel_no == channel_no, notices.c.message_no.is_(None))
        tx.execute(update(notices).where(*mine).values(message_no=no))
        tx.execute(update(notice_channels).where(notice_channels.c.no == channel_no).values(digest_ms=now))
    return no


def due_messages(tx: Connection, now: Instant, limit: int) -> list[MessageRow]:
    """Give messages whose time has come, the longest due first."""
    ripe = (notice_messages.c.state == OPEN, notice_messages.c.due_ms <= now)
    order = (notice_messages.c.due_ms, notice_messages.c.no)
    return [MessageRow(*row) for row in tx.execute(select(notice_messages).where(*ripe).order_by(*order).limit(limit))]


def message_notices(tx: Connection, no: int) -> list[NoticeRow]:
    """Give what a message is about, in the order in which it came up."""
    rows = tx.execute(select(notices).where(notices.c.message_no == no).order_by(notices.c.no))
    return [NoticeRow(*row) for row in rows]


def begin_try(tx: Connection, row: MessageRow, due: Instant) -> bool:
    """Take a message for one try, to be repeated at `due` unless it ends before; False if another has it."""
    mine = (notice_messages.c.no == row.no, notice_messages.c.state == OPEN, notice_messages.c.tries == row.tries)
    return bool(tx.execute(update(notice_messages).where(*mine).values(tries=row.tries + 1, due_ms=due)).rowcount)


def end_message(tx: Connection, row: MessageRow, state: str, now: Instant, error: str = "") -> None:
    """Note what became of a message for good."""
    said = {"state": state, "ended_ms": now, "last_error": error[:LONGEST_ERROR] or None}
    tx.execute(update(notice_messages).where(notice_messages.c.no == row.no).values(**said))
    if state == FAILED:
        _count_failure(tx, row.channel_no, error[:LONGEST_ERROR])
        return
    sound = {"failures": 0, "last_error": None} | ({"sent_ms": now} if state == SENT else {})
    tx.execute(update(notice_channels).where(notice_channels.c.no == row.channel_no).values(**sound))


def note_failure(tx: Connection, row: MessageRow, error: str) -> None:
    """Note why a try failed."""
    said = error[:LONGEST_ERROR]
    tx.execute(update(notice_messages).where(notice_messages.c.no == row.no).values(last_error=said))
    _count_failure(tx, row.channel_no, said)


def _count_failure(tx: Connection, channel_no: int, said: str) -> None:
    changed = {"failures": notice_channels.c.failures + 1, "last_error": said}
    tx.execute(update(notice_channels).where(notice_channels.c.no == channel_no).values(**changed))


def notice_lines(tx: Connection, account_no: int | None, before_no: int, limit: int) -> list[NoticeLine]:
    """Give notices to the channels of an account, or of all, the newest first."""
    wanted = (
        select(
            notices,
            notice_messages.c.state,
            func.coalesce(notice_messages.c.tries, 0),
            notice_messages.c.ended_ms,
            notice_messages.c.last_error,
        )
        .join(notice_channels, notice_channels.c.no == notices.c.channel_no)
        .outerjoin(notice_messages, notice_messages.c.no == notices.c.message_no)
        .where(notices.c.no < before_no, notice_channels.c.pace != REMOVED)
        .order_by(notices.c.no.desc())
        .limit(limit)
    )
    if account_no is not None:
        wanted = wanted.where(notice_channels.c.account_no == account_no)
    width = len(NoticeRow._fields)
    return [NoticeLine(NoticeRow(*row[:width]), *row[width:]) for row in tx.execute(wanted)]


_LAST = (
    select(func.max(notice_messages.c.no)).where(notice_messages.c.state != OPEN).group_by(notice_messages.c.channel_no)
)
_GIVEN_UP = (
    select(func.count())
    .select_from(notice_messages)
    .where(notice_messages.c.no.in_(_LAST), notice_messages.c.state == FAILED)
)


def given_up_count(tx: Connection) -> int:
    """Count the channels whose last message was given up."""
    row = row_of(tx, _GIVEN_UP)
    return int(row[0]) if row else 0


def forget_before(tx: Connection, before: Instant) -> None:
    """Drop what ended before an instant: messages, and notices that need nobody any more or were of an event.

    From which addresses somebody signed in is kept as long as the channel: else an old one would be new again.
    """
    old = select(notice_messages.c.no).where(notice_messages.c.state != OPEN, notice_messages.c.ended_ms < before)
    is_event = notices.c.audit_no.is_not(None) & (notices.c.kind != "sign-in")
    gone = notices.c.over_ms.is_not(None) | is_event
    tx.execute(delete(notices).where(notices.c.message_no.in_(old), gone))
    kept = select(notices.c.message_no).where(notices.c.message_no.is_not(None))
    tx.execute(delete(notice_messages).where(notice_messages.c.no.in_(old), notice_messages.c.no.not_in(kept)))
