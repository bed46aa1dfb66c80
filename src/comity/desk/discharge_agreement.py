"""Does what the end of an agreement asks of what was received under it: erases it here, and states so to its giver.

An officer does it: a notice of denunciation may be disputed, a legal hold may stand against it, and what is erased is
gone. One call erases at most 1,000 items, so that nobody waits long for the database; who asks goes on until no more.
"""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.acts import SALT_BYTES, head, keep_act
from comity.desk.adhere_agreement import held_agreement
from comity.desk.carry_out import carry_out
from comity.desk.erasing import clear_files, erase_copies, erase_records, salted
from comity.desk.list_owed import concerns
from comity.desk.node_type import Node
from comity.desk.pass_erasure import audience_of, tell
from comity.desk.policy import standings_of
from comity.desk.rotate_key import OFFICERS
from comity.desk.send_acts import send_act
from comity.desk.sequence import settle
from comity.desk.surviving import Owed, owed_here
from comity.errors import Conflict, UsageError
from comity.records.kinds import Erasure
from comity.stores import keeping, stating, trusting
from comity.stores.directory import PartyRow
from comity.stores.keeping import HeldRecord
from comity.values import Instant, JsonObject, PartyName, iso

AT_ONCE = 1_000


class DischargeAgreementRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which agreement that has ended, why in words its parties read, and who ordered it."""

    agreement: str
    reason: str
    ordered_by: str
    idempotency_key: str | None = None


class AgreementDischarged(msgspec.Struct, frozen=True, kw_only=True):
    """How many items were erased, and how many are left for the next call.

    `told`: the givers that get a signed statement of it; `untold`: those whose key is not accepted here. `passed_on`:
    parties that had some of it from here, whose nodes are asked to erase it; `to_ask`: those that cannot be told so.
    """

    erased: int
    left: int
    told: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()
    passed_on: tuple[str, ...] = ()
    to_ask: tuple[str, ...] = ()


def discharge_agreement(node: Node, actor: Actor, request: DischargeAgreementRequest) -> AgreementDischarged:
    """Erase what is owed under an agreement that has ended, and state it to those who gave it.

    Raises:
        NotFound: no such agreement. Conflict: nothing is owed under it. UsageError: no reason, or nobody ordered it.
        Busy: a long reading holds the database's log; the items are gone, and the log is cleared as soon as it can be.
    """

    def work(tx: Connection, now: Instant) -> tuple[AgreementDischarged, JsonObject]:
        if not request.reason.strip() or not request.ordered_by.strip():
            raise UsageError("say why, and who ordered it")
        agreement = held_agreement(tx, request.agreement).id
        every = owed_here(tx, standings_of(tx), PartyName(node.settings.party), now)
        owed = [one for one in every if concerns(one.survived, agreement)]
        if not owed:
            raise Conflict("nothing has to be returned or destroyed under {id}", id=agreement)
        answer = AgreementDischarged(erased=0, left=max(0, len(owed) - AT_ONCE))
        for giver in dict.fromkeys(one.giver for one in owed[:AT_ONCE]):
            given = [one for one in owed[:AT_ONCE] if one.giver == giver]
            answer = _discharged(node, tx, request, giver, given, answer, now)
        return answer, {"agreement": agreement, "erased": answer.erased, "left": answer.left}

    answer = carry_out(node, actor, "agreement discharge", request, AgreementDischarged, work, roles=OFFICERS)
    settle(node)
    clear_files(node)
    return answer


def _discharged(
    node: Node,
    tx: Connection,
    request: DischargeAgreementRequest,
    giver: PartyRow,
    given: Sequence[Owed],
    before: AgreementDischarged,
    now: Instant,
) -> AgreementDischarged:
    """Erase what one party gave, tell it, and ask those who had it from here to do the same."""
    held = _held(tx, given)
    audience = audience_of(tx, held)
    erase_copies(node, tx, {row.stix_id for row in held}, {giver.no})
    digests = erase_records(node, tx, held, now) if held else ()
    leaves = tuple(one.leaf.hex() for one in given)
    done = Erasure(
        **head(node, now)._asdict(),
        # What is stated may all be gone already, by an earlier order: one digest then stands for that.
        items=digests or (salted(node.entropy(SALT_BYTES), given[0].leaf),),
        reason=request.reason,
        ordered_by=request.ordered_by,
        agreement=request.agreement,
        erased=leaves,
    )
    send_act(tx, keep_act(node, tx, done, now), [giver.name], now)
    by_no = dict(zip([row.no for row in held], digests, strict=True))
    due = given[0].survived.due
    deadline = None if due is None or due <= now else iso(due)
    tell(node, tx, audience, by_no, request.reason, request.ordered_by, deadline, now)
    peer = trusting.peer_of(tx, giver.no)
    hears = peer is not None and peer.state == stating.PEER_ACCEPTED
    return AgreementDischarged(
        erased=before.erased + len(held),
        left=before.left,
        told=(*before.told, giver.name) if hears else before.told,
        untold=before.untold if hears else (*before.untold, giver.name),
        passed_on=tuple(sorted({*before.passed_on, *audience.told})),
        to_ask=tuple(sorted({*before.to_ask, *audience.untold})),
    )


def _held(tx: Connection, given: Sequence[Owed]) -> list[HeldRecord]:
    rows = [keeping.held_record(tx, one.came.record_no) for one in given if one.came is not None]
    return [row for row in rows if row is not None and row.body is not None]
