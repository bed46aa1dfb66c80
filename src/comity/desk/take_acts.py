"""Takes acts of other parties in: verified, bound to their issuer, kept as the bytes received, and given their effect.

Not a verb: reading from peers and submissions share it. An act that is held already has no second effect. One of a kind
or with fields that this version does not know is kept and has none.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Literal, NamedTuple

from sqlalchemy import Connection

from comity.desk.accusing import accuse_receipts
from comity.desk.acts import SALT_BYTES
from comity.desk.adhere_agreement import take_up
from comity.desk.naming_suspect import name_suspect
from comity.desk.node_type import Node
from comity.desk.party_keys import HeldKeySet, check_set, known_keys, ring_of, take_set
from comity.desk.pass_erasure import take_erasure
from comity.desk.policy import refresh, standings_of
from comity.desk.suspend_agreement import digests_of
from comity.desk.take_grant import take_grant
from comity.desk.take_request import take_request
from comity.desk.take_retraction import take_retraction
from comity.errors import AgreementRejected, RecordRejected
from comity.records import codec, dsse
from comity.records.base import kind_of
from comity.records.codec import SignedAct, UnreadAct
from comity.records.key_judging import Keyring, open_judged
from comity.records.kinds import (
    Adherence,
    Agreement,
    AgreementEnd,
    AgreementSuspension,
    Erasure,
    KeySet,
    Receipt,
    ReleaseGrant,
    ReleaseRequest,
    Retraction,
)
from comity.records.kinds.index import Act
from comity.records.stix import act_id_of
from comity.rooms.release.agreements import read_agreement
from comity.rooms.release.standing import Standing
from comity.stores import alarming, consenting, directory, keeping, policies, stating, trusting, work
from comity.stores.answering import STORED
from comity.stores.directory import PartyRow
from comity.stores.keeping import NewRecord, empty_batch
from comity.stores.tables import ACT, LIVE
from comity.values import Instant, PartyName, id_key, instant

MOST_WAITING = 1_000
WORD_KINDS = ("x-comity-adherence", "x-comity-agreement-end", "x-comity-agreement-suspension")
Taken = Literal["new", "duplicate"]


class Refused(NamedTuple):
    """An act that was not taken, and why."""

    why: RecordRejected


def take_act(node: Node, tx: Connection, envelope: bytes, giver: PartyRow, now: Instant) -> tuple[Taken, SignedAct]:
    """Take one act in that a party gave to this node; nobody gives another's acts.

    Raises:
        RecordRejected: not signed by its issuer's key of the time, of another world, given by another than its issuer,
            or contrary to what is known.
    """
    (told,) = take_acts(node, tx, [envelope], giver, now)
    if isinstance(told, Refused):
        raise told.why
    return told


def take_acts(
    node: Node, tx: Connection, envelopes: Sequence[bytes], giver: PartyRow, now: Instant
) -> list[tuple[Taken, SignedAct] | Refused]:
    """Take acts in, in their order: what one says may stand on what the one before it said. One refused sinks no other.

    Receipts that follow each other are kept together: they are many, and nothing stands on them.
    """
    ring = ring_of(tx)
    told: list[tuple[Taken, SignedAct] | Refused] = []
    together: list[_New] = []
    changed = False
    for envelope in envelopes:
        found = _read(node, tx, envelope, giver, ring, now, {new.stix_id: new.digest for new in together})
        if not isinstance(found, _New):
            told.append(found)
            continue
        if not isinstance(found.opened.act, Receipt):
            _keep_receipts(node, tx, together, giver, now)
            together = []
            try:
                # Judged whole before it is kept: what is refused must not count as held when it comes again.
                effect = _effect(node, tx, found.opened, giver, now)
            except RecordRejected as exc:
                told.append(Refused(exc))
                continue
            changed |= effect(_keep(node, tx, [found], giver, now))
            if isinstance(found.opened.act, KeySet):
                ring = ring_of(tx)  # what comes behind it is signed by the keys that it states
        else:
            together.append(found)
        told.append(("new", found.opened))
    _keep_receipts(node, tx, together, giver, now)
    if changed:
        refresh(node.store, tx, now)
    return told


def is_acknowledged(act: Act | UnreadAct) -> bool:
    """Say whether a node states that it has stored an act. Not of such a statement: two nodes would go on for ever."""
    return not (isinstance(act, Receipt) and act.level == STORED)


class _New(NamedTuple):
    opened: SignedAct
    stix_id: str
    digest: bytes


def _read(
    node: Node,
    tx: Connection,
    envelope: bytes,
    giver: PartyRow,
    ring: Keyring,
    now: Instant,
    beside: Mapping[str, bytes],
) -> "_New | tuple[Taken, SignedAct] | Refused":
    """Verify an act and say whether it is new; `beside` are those about to be kept."""
    try:
        opened = open_judged(envelope, ring, now, exercise=node.settings.exercise)
        if opened.act.issuer != giver.name:
            raise RecordRejected("wrong-signer", "$.issuer", "given by another party than its issuer")
        stix_id, digest = act_id_of(opened.act), hashlib.sha256(envelope).digest()
        held = keeping.digests_under(tx, id_key(stix_id), giver.no)
        held |= {beside[stix_id]} if stix_id in beside else set()
        if held and digest not in held and not _is_payload_held(tx, stix_id, giver, opened.payload):
            raise RecordRejected("equivocation", "$.rid", "another act of this number is held")
    except RecordRejected as exc:
        return Refused(exc)
    return ("duplicate", opened) if held else _New(opened, stix_id, digest)


def _is_payload_held(tx: Connection, stix_id: str, giver: PartyRow, payload: bytes) -> bool:
    """Is the very act held, signed by another key? Its giver signs anew what it sends once more after a rotation."""
    held = (row.body for row in keeping.records_under(tx, stix_id) if row.source_no == giver.no)
    return any(body is not None and dsse.unverified_payload(body) == payload for body in held)


def _keep_receipts(node: Node, tx: Connection, new: Sequence[_New], giver: PartyRow, now: Instant) -> None:
    if not new:
        return
    first = _keep(node, tx, new, giver, now)
    rows, named = [], set[str]()
    for n, one in enumerate(new):
        act = one.opened.act
        if isinstance(act, Receipt):
            rows += [(first + n, bytes.fromhex(name), giver.no, act.level, int(now)) for name in dict.fromkeys(act.of)]
            named.update(act.of)
    stating.note_receipts(node.store, tx, rows)
    accuse_receipts(tx, [one.opened for one in new], giver, now)
    _take_off(tx, giver.name, frozenset(named))


def _keep(node: Node, tx: Connection, new: Sequence[_New], giver: PartyRow, now: Instant) -> int:
    """Keep acts as the bytes received; gives the number of the first."""
    first = keeping.next_numbers(tx, len(new))
    batch = empty_batch()
    for n, one in enumerate(new):
        act = one.opened.act
        kind = act.kind if isinstance(act, UnreadAct) else kind_of(act)
        batch.records.append(
            NewRecord(
                first + n, ACT, giver.no, id_key(one.stix_id), one.stix_id, kind, act.at, int(now) * 1000, 21,
                one.digest, node.entropy(SALT_BYTES), 0, 0, LIVE, None, None, None, None, int(now),
                one.opened.envelope,
            )
        )  # fmt: skip
    keeping.keep(node.store, tx, batch)
    return first


Effect = Callable[[int], bool]  # takes the act's record number, and says whether releases may change


def _effect(node: Node, tx: Connection, opened: SignedAct, giver: PartyRow, now: Instant) -> Effect:
    """Judge an act, and give what it does here once it is kept.

    Raises:
        RecordRejected: it may not have the effect that it states.
    """
    act = opened.act
    if isinstance(act, Agreement):
        return _lay(tx, act, giver, now)
    if isinstance(act, Adherence | AgreementEnd | AgreementSuspension):
        # The text may come from another party and later: the word is kept, and has its effect then.
        is_held = any(row.id == act.agreement for row in policies.held_agreements(tx))
        return _word(tx, act, giver) if is_held else _nothing
    if isinstance(act, KeySet):
        return _key_set(tx, HeldKeySet(act, opened.payload, opened.envelope), giver, now)
    if isinstance(act, Retraction):
        return partial(take_retraction, node, tx, opened, act, giver, now)
    if isinstance(act, Erasure):
        return partial(take_erasure, node, tx, opened, act, giver, now)
    if isinstance(act, ReleaseGrant):
        return partial(take_grant, node, tx, act, giver, now)
    if isinstance(act, ReleaseRequest):
        return partial(take_request, node, tx, act, giver, now)
    return _nothing


def _nothing(_: int) -> bool:
    return False


def _word(tx: Connection, act: Adherence | AgreementEnd | AgreementSuspension, giver: PartyRow) -> Effect:
    """Judge what a party says on a text that is held."""
    standing = _standing(tx, act.agreement, act.sha256)
    _check_speaker(standing, act.party or act.issuer, PartyName(giver.name))
    if isinstance(act, Adherence):
        return partial(_adhered, tx, standing, act)
    return partial(_left, tx, act) if isinstance(act, AgreementEnd) else partial(_rests, tx, act)


def take_up_waiting(tx: Connection, agreement_id: str, now: Instant) -> bool:
    """Let what parties said on a text before it was held here have its effect, in the order in which it came.

    Says whether releases may change.
    """
    changed = False
    givers = {row.no: row for row in directory.party_rows(tx)}
    for no in keeping.acts_of_others(tx, WORD_KINDS):
        held = keeping.held_record(tx, no)
        act = None if held is None or held.body is None else codec.decode(dsse.unverified_payload(held.body))
        if held is None or not isinstance(act, Adherence | AgreementEnd | AgreementSuspension):
            continue
        if act.agreement != agreement_id:
            continue
        try:
            changed |= _word(tx, act, givers[held.source_no])(no)
        except RecordRejected as exc:
            facts = f"an act was refused: {exc.reason} at {exc.path}"
            alarming.raise_alarm(tx, held.source_no, "act-refused", facts, now, held.body)
    return changed


def _adhered(tx: Connection, standing: Standing, act: Adherence, no: int) -> bool:
    take_up(tx, standing, act, no)
    return True


def _left(tx: Connection, act: AgreementEnd, no: int) -> bool:
    consenting.leave(tx, act.agreement, act.party or act.issuer, instant(act.ends_at), no)
    return True


def _rests(tx: Connection, act: AgreementSuspension, no: int) -> bool:
    ends = None if act.ends_at is None else instant(act.ends_at)
    named = _rests_named(tx, act)
    if ends is None or not named:
        consenting.suspend(tx, act.agreement, act.party, instant(act.starts_at), ends, no)
        return True
    for record_no in named:
        consenting.resume(tx, record_no, ends)
    return True


def _rests_named(tx: Connection, act: AgreementSuspension) -> list[int]:
    """Give the acts by which what an act ends began to rest here."""
    became = consenting.consents_of(tx).get(act.agreement)
    rests = [] if became is None else [rest for rest in became.rests if rest.party == act.party]
    return [rest.record_no for rest in rests if not set(act.re).isdisjoint(digests_of(tx, rest.record_no))]


def _key_set(tx: Connection, held: HeldKeySet, giver: PartyRow, now: Instant) -> Effect:
    peer = trusting.peer_of(tx, giver.no)
    if peer is None or not check_set(tx, giver, held):
        return _nothing
    root = bytes(peer.root_key)

    def take(_: int) -> bool:
        before = known_keys(tx, giver.no)
        take_set(tx, giver, root, held, now)
        name_suspect(tx, giver, before, held.envelope, now)
        return False

    return take


def _lay(tx: Connection, act: Agreement, giver: PartyRow, now: Instant) -> Effect:
    """Hold a text that a party lays before us: nobody is bound by that."""
    held = {row.id: row.sha256 for row in policies.held_agreements(tx)}
    if act.agreement in held:
        if held[act.agreement] != act.sha256:
            raise RecordRejected("other-text", "$.sha256", "another text is held under this id")
        return _nothing
    text = act.text.encode()
    try:
        read = read_agreement(text)
    except AgreementRejected as exc:
        raise RecordRejected("bad-agreement", f"$.text.{exc.path}", exc.detail[:200]) from exc
    if read.id != act.agreement or giver.name not in read.parties:
        raise RecordRejected("bad-agreement", "$.agreement", "not the id of the text, or no party to it lays it")

    def hold(_: int) -> bool:
        policies.add_agreement(tx, read.id, act.sha256, text, now)
        take_up_waiting(tx, read.id, now)
        return True

    return hold


def _standing(tx: Connection, agreement_id: str, sha256: str) -> Standing:
    held = {row.id: row.sha256 for row in policies.held_agreements(tx)}
    if held.get(agreement_id) != sha256:
        raise RecordRejected("other-text", "$.sha256", "this text is not held here")
    return next(one for one in standings_of(tx) if one.agreement.id == agreement_id)


def _check_speaker(standing: Standing, party: PartyName, giver: PartyName) -> None:
    """Refuse who speaks for another, but for the depositary whom the text names."""
    if party not in standing.agreement.parties:
        raise RecordRejected("not-a-party", "$.party", "the text does not name this party")
    if giver not in (party, standing.agreement.depositary):
        raise RecordRejected("wrong-speaker", "$.party", "only the party itself or the depositary says so")


def _take_off(tx: Connection, party: str, digests: frozenset[str]) -> None:
    """Take acts that a party has acknowledged out of the line of those that wait for it."""
    for message, payload in work.waiting_for(tx, party, work.ACT_MESSAGE, MOST_WAITING):
        held = keeping.held_record(tx, int(payload))
        if held is None or held.body is None or codec.digest(dsse.unverified_payload(held.body)) in digests:
            work.finish(tx, "outbox", message)
