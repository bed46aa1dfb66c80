"""Names what a person is to be told outside the desk: what the first page shows them, and what befell their account.

Not a verb. It asks the functions that the first page asks, for the person, with the roles held now; there is no other
way to what a notice says. Which of it is worth a notice to whom follows from roles.
"""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple, TypeAlias

import msgspec

from comity.desk.accounts import roles_of
from comity.desk.actor import Actor, PersonRole
from comity.desk.list_acts import ActView, ListActsRequest, list_acts
from comity.desk.node_type import Node
from comity.desk.recover_account import recovery_notices
from comity.desk.release_requests import open_requests
from comity.desk.roles import role_for
from comity.desk.show_desk import ACTS_ON, DeskShown, ShowDeskRequest, show_desk
from comity.stores.accounts import AccountRow
from comity.stores.registers import AuditRow
from comity.values import Instant, instant, iso

Kind: TypeAlias = Literal[
    "approval", "review", "break-glass", "request", "quarantine", "alarm", "receipt", "peer", "change", "recovery",
    "sign-in", "sign-in-refused", "ways-in", "account", "delivery",
]  # fmt: skip

UNACKNOWLEDGED_MS = 3_600_000  # a receipt is worth a notice once it is due for so long
MOST_REQUESTS = 100
FAILED_TIMES = 3  # and a peer that is silent once it was asked in vain so often
# Who is told of what the first page shows to all; the rest of it says itself whose it is.
_TOLD: Mapping[str, frozenset[PersonRole]] = {
    "break-glass": frozenset(("administrator", "auditor")),
    "receipt": frozenset(("duty-officer", "diplomat", "directory-officer")),
    "peer": frozenset(("duty-officer", "directory-officer", "operator")),
    "change": frozenset(("diplomat", "legal-adviser", "directory-officer")),
    "delivery": frozenset(("operator", "administrator")),
}
# Lines of the audit that are told to the person whose account they are about.
OWN_EVENTS: Mapping[str, Kind] = {
    "account sign-in": "sign-in",
    "account sign-in refused": "sign-in-refused",
    "account begin": "ways-in",
    "account passkey added": "ways-in",
    "account identity added": "ways-in",
    "account identity removed": "ways-in",
    "token add": "ways-in",
    "channel add": "ways-in",
    "channel change": "ways-in",
    "channel confirm": "ways-in",
    "channel remove": "ways-in",
    "account change": "account",
    "account recover": "recovery",
}
_OF_ITSELF = ("channel add", "channel confirm")  # a channel is not told what made it one
_ENDS = ("complete", "cancel")  # of a recovery; as long as one runs, the first page says so itself
_DAY_MS = 86_400_000


class Thing(NamedTuple):
    """One thing that a person is told of. `detail` says what, without content; `key` is the same as long as it is."""

    key: bytes
    kind: Kind
    detail: str
    audit_no: int | None = None


def needs_of(node: Node, account: AccountRow) -> Iterator[Thing]:
    """Give what needs a person now, by the first page as they would see it."""
    roles = roles_of(account)
    role = role_for(roles, "desk show")
    if role is None:
        return
    actor, held = Actor(name=account.name, role=role, via="web"), frozenset(roles)
    yield from _of_acts(list_acts(node, actor, ListActsRequest()).acts, held)
    for notice in recovery_notices(node, account.name, roles):
        about = notice.recovery
        detail = f"{about.account}, {about.state}, {about.asked_by}, {about.asked_at}"
        yield _thing("recovery", detail, about.account, about.asked_at, about.state, notice.turn)
    if held & ACTS_ON["request"]:
        with node.store.read() as tx:
            requests = open_requests(tx, MOST_REQUESTS)
        for one in requests:  # which item it is, and why, stands at the desk alone
            yield _thing("request", f"{one.by}, {one.to}, {one.asked_at}", one.act)
    yield from _of_desk(show_desk(node, actor, ShowDeskRequest()), held, node.clock())


def event_of(account: AccountRow, line: AuditRow, channel_no: int) -> Thing | None:
    """Give what a line of the audit tells this person, by a channel, about their own account; None if it does not."""
    kind = OWN_EVENTS.get(line.verb)
    said = _facts(line)
    about = str(said.get("account", line.actor))
    if kind is None or about != account.name or (line.verb in _OF_ITSELF and said.get("channel") == channel_no):
        return None
    if kind == "recovery" and said.get("step") not in _ENDS:
        return None
    at, where = iso(Instant(line.at_ms)), str(said.get("address", ""))
    detail = ", ".join(one for one in (line.verb, at, where, "" if line.actor == about else line.actor) if one)
    match kind:
        case "sign-in":  # of each address the first time alone
            key = _key(kind, where)
        case "sign-in-refused":  # who tries on and on gives one notice a day
            key = _key(kind, str(line.at_ms // _DAY_MS))
        case _:
            key = _key(kind, str(line.no))
    return Thing(key, kind, detail, line.no)


def _of_acts(acts: tuple[ActView, ...], held: frozenset[PersonRole]) -> Iterator[Thing]:
    for act in acts:
        # What was asked, and why, is content of whatever level: it stands at the desk alone.
        detail = f"{act.act or act.verb}, {act.number}, {act.asked_by}"
        if act.mine_to_approve:
            yield _thing("approval", f"{detail}, {act.until}", str(act.number))
        elif act.mine_to_review:
            yield _thing("review", f"{detail}, {act.review_until}", str(act.number))
        elif act.review_until is not None and (act.mine or held & _TOLD["break-glass"]):
            yield _thing("break-glass", f"{detail}, {act.review_until}", str(act.number))


def _of_desk(desk: DeskShown, held: frozenset[PersonRole], now: Instant) -> Iterator[Thing]:
    if held & ACTS_ON["quarantine"]:
        for back in desk.quarantine:  # the reason may quote what was held back
            yield _thing("quarantine", f"{back.source}, {back.count}", back.source, back.reason)
    if held & ACTS_ON["alarm"]:
        for alarm in desk.alarms:
            yield _thing("alarm", f"{alarm.kind}, {alarm.party}", str(alarm.number))
    if held & _TOLD["receipt"]:
        for due in desk.receipts_due:
            if now - instant(due.since) >= UNACKNOWLEDGED_MS:
                yield _thing("receipt", f"{due.party}, {due.statements}, {due.since}", due.party)
    if held & _TOLD["peer"]:
        for peer in desk.peers:
            if peer.state == "failing" and peer.failures >= FAILED_TIMES:
                yield _thing("peer", f"{peer.party}, {peer.synced_at or '-'}", peer.party, str(peer.number))
    if held & _TOLD["change"]:
        for coming in desk.changes:
            change = (coming.agreement, coming.article, coming.what, iso(coming.at))
            yield _thing("change", ", ".join(change), *change)
    if desk.notices_given_up and held & _TOLD["delivery"]:
        yield _thing("delivery", str(desk.notices_given_up))


def _thing(kind: Kind, detail: str, *key: str) -> Thing:
    return Thing(_key(kind, *key), kind, detail)


def _key(kind: Kind, *words: str) -> bytes:
    return hashlib.sha256(msgspec.json.encode((kind, *words))).digest()


def _facts(line: AuditRow) -> Mapping[str, object]:
    try:
        return msgspec.json.decode(line.facts, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
