"""Recovers the account of somebody who lost every way in: by two administrators, after a delay in which all are told.

The owner sees it on every page as long as a way in works after all, and can end it; so can any administrator. Once the
time has come, either of the two gives the one-time code; the old ways in go and every session ends at that moment.
"""

from collections.abc import Iterable
from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from sqlalchemy import Connection

from comity.desk.accounts import AccountInvited, invited_anew, must_be_there
from comity.desk.actor import Actor, PersonRole
from comity.desk.auditing import note
from comity.desk.carry_out import carry_out
from comity.desk.node_type import Node
from comity.desk.rights import must_be_present, must_not_be_above
from comity.desk.sessions import Person
from comity.errors import Conflict, NotFound, NotPermitted, UsageError
from comity.stores import accounts, recovering
from comity.stores.accounts import AccountRow
from comity.stores.recovering import RecoveryRow
from comity.values import Instant, JsonObject, iso, iso_or_none

SECONDED_WITHIN_MS = 24 * 3_600_000
_HOUR_MS = 3_600_000


class RecoverAccountRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Whose account, and what is done about its recovery; a reason when it is asked for."""

    name: str
    step: Literal["ask", "second", "cancel", "complete"]
    reason: Annotated[str, Meta(max_length=2_000)] = ""


class RecoveryView(msgspec.Struct, frozen=True, kw_only=True):
    """A recovery. `state`: asked, waiting, done or cancelled; `ready_at`: from when on the code may be given."""

    account: str
    title: str
    asked_by: str
    asked_at: str
    until: str
    reason: str
    seconded_by: str
    ready_at: str | None
    is_ready: bool
    state: str


class RecoveryNotice(msgspec.Struct, frozen=True, kw_only=True):
    """A recovery as one person is told of it: of their `own` account, theirs to `second` or `complete`, or `told`."""

    recovery: RecoveryView
    turn: Literal["own", "second", "complete", "told"]


class Recovered(msgspec.Struct, frozen=True, kw_only=True):
    """How the recovery stands, and the code once it is complete: shown this once."""

    recovery: RecoveryView
    invitation: AccountInvited | None = None


class ListRecoveriesRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing is asked."""


class RecoveryList(msgspec.Struct, frozen=True, kw_only=True):
    """Recoveries that run, the oldest first."""

    recoveries: tuple[RecoveryView, ...]


def list_recoveries(node: Node, actor: Actor, request: ListRecoveriesRequest) -> RecoveryList:
    """List the recoveries that run."""
    now = node.clock()
    with node.store.read() as tx:
        rows = {row.no: row for row in accounts.account_rows(tx)}
        found = [(row, rows[row.account_no]) for row in recovering.running(tx, now) if row.account_no in rows]
    return RecoveryList(recoveries=tuple(_view(row, account, now) for row, account in found))


def recover_account(node: Node, actor: Actor, request: RecoverAccountRequest) -> Recovered:
    """Take the next step of a recovery.

    Raises:
        NotFound: no such account, or no recovery of it runs. NotPermitted: it is the actor's own account, one with more
            rights, or the second word is the first one's. Conflict: one runs, it is not seconded, or not yet time.
        UsageError: no reason is given.
    """
    must_be_present(actor)
    if request.step == "ask" and not request.reason.strip():
        raise UsageError("say why, for those who look at this later")

    def work(tx: Connection, now: Instant) -> tuple[Recovered, JsonObject]:
        row = must_be_there(tx, request.name)
        if row.name == actor.name:
            raise NotPermitted("nobody recovers their own account: ask two other administrators")
        must_not_be_above(tx, actor, row)
        there = recovering.running_for(tx, row.no, now)
        invitation = None
        match request.step:
            case "ask":
                there = _ask(tx, row, there, actor, request.reason.strip(), now)
            case "second":
                _second(node, tx, _running(there), actor, now)
            case "cancel":
                recovering.end(tx, _running(there).no, recovering.CANCELLED, actor.name, now)
            case "complete":
                invitation = _complete(node, tx, row, _running(there), actor, now)
        facts: JsonObject = {"account": row.name, "step": request.step}
        after = recovering.running_for(tx, row.no, now) or _running(there)
        return Recovered(recovery=_view(after, row, now), invitation=invitation), facts

    return carry_out(node, actor, "account recover", request, Recovered, work)


def recovery_notices(node: Node, name: str, roles: Iterable[PersonRole]) -> tuple[RecoveryNotice, ...]:
    """Give the recoveries that somebody of this name is told of: their own, and every one to administrators."""
    with node.store.read() as tx:
        return notices_in(tx, name, roles, node.clock())


def notices_in(tx: Connection, name: str, roles: Iterable[PersonRole], now: Instant) -> tuple[RecoveryNotice, ...]:
    """The same within a transaction."""
    running = recovering.running(tx, now)
    if not running:
        return ()
    administers = "administrator" in roles
    found = []
    for row in running:
        account = accounts.account_of(tx, row.account_no)
        if account is not None and (administers or account.name == name):
            view = _view(row, account, now)
            found.append(RecoveryNotice(recovery=view, turn=_turn(view, name)))
    return tuple(found)


def _turn(view: RecoveryView, name: str) -> Literal["own", "second", "complete", "told"]:
    if view.account == name:
        return "own"
    if not view.seconded_by:
        return "told" if view.asked_by == name else "second"
    return "complete" if view.is_ready and name in (view.asked_by, view.seconded_by) else "told"


def own_recovery(node: Node, person: Person) -> RecoveryView | None:
    """Give the recovery that runs for somebody's own account."""
    now = node.clock()
    with node.store.read() as tx:
        row, account = recovering.running_for(tx, person.no, now), accounts.account_of(tx, person.no)
    return None if row is None or account is None else _view(row, account, now)


def end_own_recovery(node: Node, person: Person) -> None:
    """End the recovery of the person's own account: they have a way in after all.

    Raises:
        NotFound: none runs.
    """
    now = node.clock()
    with node.store.write() as tx:
        there = _running(recovering.running_for(tx, person.no, now))
        recovering.end(tx, there.no, recovering.CANCELLED, person.name, now)
        actor = Actor(name=person.name, role=person.roles[0], via="web")
        note(tx, actor, "account recover", {"account": person.name, "step": "cancel"}, now)


def _ask(
    tx: Connection, row: AccountRow, there: RecoveryRow | None, actor: Actor, reason: str, now: Instant
) -> RecoveryRow:
    if there is not None:
        raise Conflict("a recovery of {name} runs already", name=row.name)
    if row.disabled_ms is not None:
        raise Conflict("account {name} is disabled: enable it first", name=row.name)
    return recovering.ask(tx, row.no, actor.name, reason, now, Instant(now + SECONDED_WITHIN_MS))


def _second(node: Node, tx: Connection, there: RecoveryRow, actor: Actor, now: Instant) -> None:
    if there.state != recovering.ASKED:
        raise Conflict("this recovery was seconded already")
    if there.asked_by == actor.name:
        raise NotPermitted("nobody seconds what they asked for themselves")
    recovering.second(tx, there.no, actor.name, now, Instant(now + node.settings.recovery_delay_h * _HOUR_MS))


def _complete(
    node: Node, tx: Connection, row: AccountRow, there: RecoveryRow, actor: Actor, now: Instant
) -> AccountInvited:
    if there.ready_ms is None:
        raise Conflict("a second administrator has not spoken yet")
    if now < there.ready_ms:
        raise Conflict("the owner can end this until {ready}: wait for that", ready=iso(Instant(there.ready_ms)))
    if actor.name not in (there.asked_by, there.seconded_by):
        raise NotPermitted("one of the two administrators who asked for it gives the code")
    if row.disabled_ms is not None:
        raise Conflict("account {name} is disabled: enable it first", name=row.name)
    accounts.end_sessions(tx, row.no)
    recovering.end(tx, there.no, recovering.DONE, actor.name, now)
    return invited_anew(node, tx, row, now)


def _running(there: RecoveryRow | None) -> RecoveryRow:
    if there is None:
        raise NotFound("no recovery of this account runs")
    return there


def _view(row: RecoveryRow, account: AccountRow, now: Instant) -> RecoveryView:
    return RecoveryView(
        account=account.name,
        title=account.title,
        asked_by=row.asked_by,
        asked_at=iso(Instant(row.asked_ms)),
        until=iso(Instant(row.until_ms)),
        reason=row.reason,
        seconded_by=row.seconded_by,
        ready_at=iso_or_none(row.ready_ms),
        is_ready=row.ready_ms is not None and row.ready_ms <= now,
        state=row.state,
    )
