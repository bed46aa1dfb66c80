"""Decides what each channel is to be told, and when a message of it is made: at once, or once a day.

Not a verb. Derived anew at each look from what needs people now, so a crash loses nothing and tells nothing twice: a
thing is told to a channel once, and again only if it was over for an hour.
"""

from collections.abc import Iterable

from sqlalchemy import Connection

from comity.desk.change_channels import ID_BYTES
from comity.desk.needing import OWN_EVENTS, Thing, event_of, needs_of
from comity.desk.node_type import Node
from comity.stores import accounts, noticing, registers
from comity.stores.accounts import AccountRow
from comity.stores.noticing import ChannelRow
from comity.values import Instant

AGAIN_AFTER_MS = 3_600_000
KEPT_MS = 90 * 86_400_000
_LINES_AT_ONCE = 1_000
_HOUR_MS, _DAY_MS = 3_600_000, 86_400_000


def gather(node: Node) -> int:
    """Note for every channel what it is to be told, and make the messages whose time has come; gives how many."""
    with node.store.read() as tx:
        rows = noticing.channels(tx)
        owners = {row.no: row for row in accounts.account_rows(tx) if row.disabled_ms is None}
    made = 0
    by_owner: dict[int, list[ChannelRow]] = {}
    for row in rows:
        if row.account_no in owners:
            by_owner.setdefault(row.account_no, []).append(row)
    for account_no, held in by_owner.items():
        with node.store.read() as tx:  # what comes up before an address is confirmed is told once it is
            channels = [one for one in held if one.pace != "off" and noticing.confirmation(tx, one.no) is None]
        if not channels:
            continue
        owner = owners[account_no]
        needs = list(needs_of(node, owner))
        with node.store.write() as tx:
            now = node.clock()
            for channel in channels:
                _note(tx, owner, channel, needs, now)
                if _is_due(tx, channel, now):
                    noticing.make_message(tx, channel.no, node.entropy(ID_BYTES).hex(), now)
                    made += 1
    if not rows:
        return made
    with node.store.write() as tx:
        noticing.forget_before(tx, Instant(node.clock() - KEPT_MS))
    return made


def _note(tx: Connection, owner: AccountRow, channel: ChannelRow, needs: Iterable[Thing], now: Instant) -> None:
    if channel.pace == "off":  # what befalls the account meanwhile is told once it is on again
        return
    upto = registers.last_audit_no(tx)
    lines = registers.audit_since(tx, channel.audit_no, OWN_EVENTS, _LINES_AT_ONCE)
    through = lines[-1].no if len(lines) == _LINES_AT_ONCE else upto
    if through != channel.audit_no:
        noticing.looked_through(tx, channel.no, through)
    told = dict(noticing.noticed(tx, channel.no))
    standing = {thing.key: thing for thing in needs}
    events = (event_of(owner, line, channel.no) for line in lines)
    happened = {event.key: event for event in events if event is not None}
    for key, row in told.items():
        if row.audit_no is None and row.over_ms is None and key not in standing:
            noticing.end_notice(tx, row, now)
    for key, thing in (standing | happened).items():
        before = told.get(key)
        if before is None or (before.over_ms is not None and now - before.over_ms >= AGAIN_AFTER_MS):
            noticing.add_notice(tx, channel.no, key, thing.kind, thing.audit_no, now)
        elif before.over_ms is not None:
            noticing.stands_again(tx, before)


def _is_due(tx: Connection, channel: ChannelRow, now: Instant) -> bool:
    if channel.pace == "off" or noticing.open_message(tx, channel.no) is not None:
        return False
    if not noticing.waiting_count(tx, channel.no):
        return False
    return channel.pace == "at-once" or channel.digest_ms < _last_hour(channel, now) <= now


def _last_hour(channel: ChannelRow, now: Instant) -> int:
    """Give when the hour of a channel's digest struck last; not before the channel was added."""
    struck = now // _DAY_MS * _DAY_MS + channel.hour * _HOUR_MS
    struck = struck if struck <= now else struck - _DAY_MS
    return struck if struck >= channel.added_ms else now + 1
