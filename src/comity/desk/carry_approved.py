"""Carries an act out that waited: exactly once, exactly as it was asked for, while who asked for it still may.

Not a verb: approving it and breaking the glass share it.
"""

from collections.abc import Callable, Mapping

import msgspec
from sqlalchemy import Connection

from comity.desk.accounts import roles_of
from comity.desk.actor import PEOPLE, Actor, Role
from comity.desk.auditing import note
from comity.desk.making import Decision, Making
from comity.desk.node_type import Node
from comity.desk.put_forward import Asked, asked_of
from comity.desk.two_persons import RULES
from comity.desk.verb import Verb
from comity.errors import Conflict, NotFound
from comity.records.approvals import ApprovedBy, Assertion
from comity.stores import accounts, approving
from comity.stores.approving import PendingRow
from comity.values import Instant


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """Who lets an act be carried out, how, and in which role; `reason` only where nobody else approved."""

    actor: Actor
    by: ApprovedBy
    role: Role
    reason: str = ""
    assertion: Assertion | None = None


def carry_approved(
    verbs: Mapping[str, Verb], node: Node, row: PendingRow, word: Word, still_may: Callable[[Connection, Instant], None]
) -> msgspec.Struct:
    """Carry an act out and give its answer. All of it, the word included, is one transaction.

    Args:
        still_may: refuses in that transaction if whoever gives the word may not any more, and notes what they used.

    Raises:
        Conflict: it was decided before, its time is over, who asked may not ask any more, or what would be signed is
            not what was asked for. ComityError: what the act itself refuses.
    """
    asked = asked_of(node, row)
    verb, rule = verbs.get(row.verb), RULES.get(row.verb)
    if verb is None or rule is None:
        raise Conflict("this version does not know {verb}: ask for it again", verb=row.verb)
    asker = _asker(row)

    def confirm(tx: Connection, now: Instant) -> None:
        still_may(tx, now)
        must_still_ask(tx, row.asked_by, row.asked_via, row.asked_role)
        state = approving.DONE
        if not approving.decide(tx, row.no, state, word.actor.name, word.by, word.reason, now):
            raise decided_already()
        facts = {"act": row.no, "verb": row.verb, "by": word.by, "asked_by": row.asked_by}
        note(tx, word.actor, "act break-glass" if word.by == "break-glass" else "act approve", facts, now)

    decision = Decision(
        payloads=asked.payloads,
        laid=asked.laid,
        by=word.by,
        role=word.role,
        at=node.clock(),
        assertion=word.assertion,
        confirm=confirm,
    )
    making = Making(Instant(row.asked_ms), asked.seed, node.entropy, decision, stands=rule.stands)
    return _made(node, making, verb, asker, asked)


def must_wait(tx: Connection, no: int, now: Instant) -> PendingRow:
    """Give an act that waits.

    Raises:
        NotFound: there is none of this number. Conflict: it was decided, or its time is over.
    """
    row = approving.pending(tx, no)
    if row is None:
        raise NotFound("no act {number} waits", number=no)
    if row.state != approving.OPEN or row.until_ms <= now:
        raise decided_already()
    return row


def decided_already() -> Conflict:
    """Give the error for what is not open any more."""
    return Conflict(
        "this act was decided already, or waited longer than it may: ask for it again if it is still needed"
    )


def _made(node: Node, making: Making, verb: Verb, asker: Actor, asked: Asked) -> msgspec.Struct:
    request = msgspec.json.decode(asked.request, type=verb.request)
    made_by = node._replace(entropy=making.entropy, making=making)
    answer: msgspec.Struct = verb.function(made_by, asker, request)
    return answer


def must_still_ask(tx: Connection, asked_by: str, asked_via: str, asked_role: str) -> None:
    """Refuse what a person asked for earlier and may not ask for any more.

    Raises:
        Conflict: the account is closed, or without the role in which it asked.
    """
    if asked_via not in PEOPLE:
        return
    account = accounts.account_named(tx, asked_by)
    if account is None or account.disabled_ms is not None or asked_role not in roles_of(account):
        raise Conflict("who asked for this may not ask for it any more: somebody else must ask")


def _asker(row: PendingRow) -> Actor:
    return msgspec.convert({"name": row.asked_by, "role": row.asked_role, "via": row.asked_via}, Actor)
