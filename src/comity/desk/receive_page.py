"""Takes one signed page of a peer in: judged whole before anything of it is kept, then kept in one transaction.

Not a verb. What the page vouches for is noted beside each record: signed by its originator's set, a rendition, or
relayed by the peer. Gaps are kept with the statement that names them; what contradicts is an alarm with its evidence.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeVar

import msgspec
from sqlalchemy import Connection

from comity.desk.intake import NOTHING_KEPT, Intake, Kept, Told
from comity.desk.node_type import Node
from comity.desk.party_keys import ring_of
from comity.desk.passing_on import Proved, judge_sets
from comity.desk.reading_ahead import Ahead
from comity.desk.said_before import heed_said_before
from comity.desk.take_acts import Refused, is_acknowledged, take_acts
from comity.errors import RecordRejected
from comity.records import codec
from comity.records.codec import SignedAct
from comity.records.key_judging import Keyring, open_judged
from comity.records.kinds import Delivery, ItemSet, Receipt, Renditions
from comity.records.kinds.delivery import FIRST_PREVIOUS
from comity.records.sets import packed
from comity.records.sidecar import Sidecar, exact_bytes, is_sidecar, read_sidecar
from comity.rooms.exchange.receiving import Judged, PageRefused, Stream, Weighed, judge_page, judge_place, weigh
from comity.stores import alarming, directory, stating
from comity.stores.alarming import Gap
from comity.stores.directory import PartyRow
from comity.stores.opening import Store
from comity.stores.stating import HeldStatement, ProvenanceRow
from comity.stores.streams import HeldStream, open_stream
from comity.values import Instant, PartyName, Tlp
from comity.wire.bundles import Found

_A = TypeVar("_A", Delivery, ItemSet, Renditions)


class ActsTaken(NamedTuple):
    """What became of a page's acts. `digests`: what is to be acknowledged; `refused`: with the bytes that came."""

    digests: tuple[str, ...]
    new: int
    receipts: int  # of the new ones
    refused: tuple[tuple[RecordRejected, bytes], ...]


class Received(NamedTuple):
    """What became of a page: objects in its order, its acts, and what is to be acknowledged.

    `statement` and `upto_ms`: the number of its statement, if it has one, and the date that this reaches; `is_new`: it
    was not held before.
    """

    kept: Kept
    digests: tuple[str, ...]
    acts: ActsTaken
    missing: int
    statement: int | None = None
    upto_ms: int | None = None
    is_new: bool = False


class Laid(NamedTuple):
    """The exact bytes of each object of a page, and what follows from them."""

    bodies: list[bytes]
    weighed: Weighed


class PageAlarm(Exception):
    """A page that must not be taken in, with what proves it."""

    def __init__(self, kind: str, facts: str, evidence: bytes | None = None, gap: Gap | None = None) -> None:
        self.kind, self.facts, self.evidence, self.gap = kind, facts, evidence, gap
        super().__init__(f"{kind}: {facts}")


class PageRewritten(PageAlarm):
    """A page whose objects are not the bytes that were signed: written anew on the way, or changed by somebody.

    Asked for in the form for relays, which carries the exact bytes, it tells which.
    """


def split(found: Sequence[Found]) -> tuple[list[Found], Sidecar | None]:
    """Part a page into its objects and its sidecar, which stands last.

    Raises:
        RecordRejected: the sidecar cannot be read.
    """
    last = found[-1].body if found else None
    if last is None or not is_sidecar(last):
        return list(found), None
    return list(found[:-1]), read_sidecar(last)


def laid_out(objects: Sequence[Found], sidecar: Sidecar) -> Laid | None:
    """Lay a page out: what of the work on it asks no store, so that it may be done ahead.

    None where it cannot be: what is wrong with it is said by `receive`.
    """
    try:
        return _laid(objects, sidecar)
    except (PageRefused, RecordRejected):
        return None


def _laid(objects: Sequence[Found], sidecar: Sidecar) -> Laid:
    bodies = _bodies(objects, sidecar)
    return Laid(bodies, weigh(bodies, sidecar.entries))


def receive(
    node: Node,
    tx: Connection,
    stream_name: str,
    giver: PartyRow,
    intake: Intake,
    objects: Sequence[Found],
    sidecar: Sidecar,
    now: Instant,
    *,
    ahead: Ahead = (),
    laid: Laid | None = None,
) -> Received:
    """Take a page in; `ahead`: what of each object has been read already; `laid`: the page, if it is laid out already.

    Args:
        stream_name: the id of the collection there that the page is of; its statement must name the same.

    Raises:
        PageAlarm: signatures, chain or leaves do not hold; nothing of the page is kept then.
    """
    taken = _take_acts(node, tx, sidecar, giver, now)
    if sidecar.statement is None:
        if objects:
            raise PageAlarm("unsigned-objects", "objects without a statement")
        return Received(NOTHING_KEPT, taken.digests, taken, 0)
    ring = ring_of(tx)
    try:
        opened, statement = _opened(sidecar.statement, Delivery, ring, node, now)
        stream = open_stream(tx, giver.no, stream_name)
        digest = codec.digest(opened.payload)
        _check_place(tx, stream, _known(node, tx, stream, giver), statement, digest, opened)
        bodies, weighed = laid or _laid(objects, sidecar)
        told = None if sidecar.renditions is None else _opened(sidecar.renditions, Renditions, ring, node, now)[1]
        judged = judge_page(
            statement,
            weighed,
            sidecar.entries,
            absent=sidecar.absent,
            signed=None if sidecar.set is None else _opened(sidecar.set, ItemSet, ring, node, now)[1],
            nodes=sidecar.nodes,
            renditions=told,
        )
    except PageRefused as exc:
        facts = exc.fault if exc.at is None else f"{exc.fault}, object {exc.at}"
        bare = exc.fault == "bad-leaf" and not any(entry.bytes for entry in sidecar.entries)
        refused = PageRewritten if bare else PageAlarm
        raise refused("page-refused", facts, sidecar.statement.encode()) from exc
    except RecordRejected as exc:
        raise PageAlarm("bad-signature", f"{exc.reason} at {exc.path}", sidecar.statement.encode()) from exc
    founds = [Found(body, None, f"$.objects[{n}]", len(body)) for n, body in enumerate(bodies)]
    proved = _proved(node, tx, sidecar, judged, weighed.digests, ring, giver, now)
    read, handled = _read_of(ahead, objects, bodies), _told(node, giver, statement, judged, proved)
    kept = intake.keep(tx, founds, now, ahead=read, told=handled)
    _note(node.store, tx, stream, giver, statement, judged, weighed, kept.numbers, sidecar, proved)
    came = {one.stix_id for one in kept.outcomes if one.result in ("new", "upgraded")}
    heed_said_before(node, tx, stream.no, statement, came, giver, now)
    is_new = _hold(tx, stream, giver, HeldStatement(statement.seq, bytes.fromhex(digest), opened.envelope), judged, now)
    owed, missing = (digest, *taken.digests), len(judged.missing)
    return Received(kept, owed, taken, missing, statement.seq, statement.upto, is_new)


def _read_of(ahead: Ahead, objects: Sequence[Found], bodies: Sequence[bytes]) -> Ahead:
    """Give what was read of the bytes that are vouched for; what was read of others says nothing of these."""
    if not ahead:
        return ()
    return [one if found.body is body else None for one, found, body in zip(ahead, objects, bodies, strict=True)]


def _proved(
    node: Node,
    tx: Connection,
    sidecar: Sidecar,
    judged: Judged,
    digests: Sequence[bytes],
    ring: Keyring,
    giver: PartyRow,
    now: Instant,
) -> list[Proved]:
    """Judge the sets of others that a page shows; each that does not hold is an alarm."""
    relayed = frozenset(one.at for one in judged.found if one.grade == "relayed")
    world = node.settings.exercise
    proved, wrong = judge_sets(sidecar.carried, digests, relayed, ring, PartyName(giver.name), now, exercise=world)
    for one in wrong:
        alarming.raise_alarm(tx, giver.no, "bad-proof", f"of what it passes on: {one.why}", now, one.envelope)
    return proved


def _told(
    node: Node, giver: PartyRow, statement: Delivery, judged: Judged, proved: Sequence[Proved]
) -> tuple[Told, ...]:
    """Say of each object of a page how its giver handles it, and whose it is shown to be.

    Where this node has set a level for what the giver leaves unmarked, the stricter of the two counts; unmarked is
    never clear. What was our own once comes as its giver's.
    """
    whose = {at: one.signed.issuer for one in proved for at in one.items if one.signed.issuer != node.settings.party}
    if not whose and not statement.handling:
        return ()
    least = Tlp.GREEN if giver.default_tlp is None else Tlp(giver.default_tlp)
    handling = statement.handling
    level_of = {digit: max(Tlp(int(digit)), least) for digit in set(handling)}
    levels = {one.at: level_of[handling[one.leaf]] for one in judged.found} if handling else {}
    alike = {level: Told(level, None) for level in {None, *levels.values()}}
    return tuple(
        Told(levels.get(n), whose[n]) if n in whose else alike[levels.get(n)] for n in range(len(judged.found))
    )


def _hold(
    tx: Connection, stream: HeldStream, giver: PartyRow, held: HeldStatement, judged: Judged, now: Instant
) -> bool:
    """Hold a statement with what of it did not come, and say whether it is new."""
    missing = ",".join(map(str, judged.missing))
    is_new = stating.held_statement(tx, stream.no, held.seq) is None
    gap = Gap(stream.no, held.seq)
    if is_new:
        stating.hold_statement(tx, stream.no, held, missing, now)
        alarming.clear_filled(tx, "statement-gap", gap, now)
    else:
        # Asked for once more: what has come before lacks no longer, whatever of it may be read today.
        lacking = stating.missing_of(tx, stream.no, held.seq) & set(judged.missing)
        judged = msgspec.structs.replace(judged, missing=tuple(sorted(lacking)))
        missing = ",".join(map(str, judged.missing))
        if stating.note_missing(tx, stream.no, held.seq, missing):
            alarming.clear_filled(tx, "gap", gap, now)
    if judged.missing:
        facts = f"statement {held.seq} lists {len(judged.missing)} that did not come: {missing[:200]}"
        alarming.raise_alarm(tx, giver.no, "gap", facts, now, held.envelope, gap)
    return is_new


def _take_acts(node: Node, tx: Connection, sidecar: Sidecar, giver: PartyRow, now: Instant) -> ActsTaken:
    digests, refused, new, receipts = list[str](), list[tuple[RecordRejected, bytes]](), 0, 0
    envelopes = [envelope.encode("utf-8", "surrogatepass") for envelope in sidecar.acts]
    for envelope, told in zip(envelopes, take_acts(node, tx, envelopes, giver, now), strict=True):
        if isinstance(told, Refused):
            refused.append((told.why, envelope))  # others that wait behind it must not wait for ever: passed over
            continue
        result, opened = told
        is_receipt = isinstance(opened.act, Receipt)
        new += result == "new"
        receipts += is_receipt and result == "new"
        if is_acknowledged(opened.act):
            digests.append(codec.digest(opened.payload))
    return ActsTaken(tuple(digests), new, receipts, tuple(refused))


def accuse(tx: Connection, giver: PartyRow, refused: Sequence[tuple[RecordRejected, bytes]], now: Instant) -> None:
    """Note acts that were refused as an alarm on their giver, each with its bytes."""
    for why, envelope in refused:
        facts = f"an act was refused: {why.reason} at {why.path}"
        alarming.raise_alarm(tx, giver.no, "act-refused", facts, now, envelope)


def _opened(envelope: str, kind: type[_A], ring: Keyring, node: Node, now: Instant) -> tuple[SignedAct, _A]:
    opened = open_judged(envelope.encode("utf-8", "surrogatepass"), ring, now, exercise=node.settings.exercise)
    if not isinstance(opened.act, kind):
        raise RecordRejected("wrong-kind", "$.type")
    return opened, opened.act


def _known(node: Node, tx: Connection, stream: HeldStream, giver: PartyRow) -> Stream:
    last = stating.held_statement(tx, stream.no)
    return Stream(
        issuer=PartyName(giver.name),
        to=PartyName(node.settings.party),
        stream=stream.name,
        exercise=node.settings.exercise,
        last_seq=0 if last is None else last.seq,
        last_digest=FIRST_PREVIOUS if last is None else last.sha256.hex(),
    )


def _check_place(
    tx: Connection, stream: HeldStream, known: Stream, statement: Delivery, digest: str, opened: SignedAct
) -> None:
    """Refuse a statement that contradicts what came before it.

    Raises:
        PageAlarm: equivocation, with both envelopes; rollback; or a gap between statements.
    """
    verdict = judge_place(known, statement, digest)
    if verdict in ("next", "seen"):
        return
    if verdict == "gap":
        facts = f"statements {known.last_seq + 1} to {statement.seq - 1} are lacking"
        raise PageAlarm("statement-gap", facts, opened.envelope, Gap(stream.no, statement.seq - 1))
    held = stating.held_statement(tx, stream.no, statement.seq)
    if held is not None and held.sha256.hex() == digest:
        return  # an older one again: it came by another way, or from the beginning once more
    if held is not None:
        both = msgspec.json.encode({"first": held.envelope.decode(), "second": opened.envelope.decode()})
        raise PageAlarm("equivocation", f"two statements {statement.seq}", both)
    if verdict == "rollback":
        raise PageAlarm("rollback", f"statement {statement.seq} after {known.last_seq}", opened.envelope)
    raise PageAlarm("fork", f"statement {statement.seq} does not follow {known.last_seq}", opened.envelope)


def _bodies(objects: Sequence[Found], sidecar: Sidecar) -> list[bytes]:
    """Give the exact bytes of each object: as it came, or as its entry carries them after a relay."""
    if len(objects) != len(sidecar.entries):
        raise PageRefused("surplus")
    bodies = []
    for n, (found, entry) in enumerate(zip(objects, sidecar.entries, strict=True)):
        if entry.bytes is not None:
            bodies.append(exact_bytes(entry.bytes, f"$.entries[{n}].bytes"))
        elif found.body is None:
            raise PageRefused("bad-leaf", n)
        else:
            bodies.append(found.body)
    return bodies


def _note(
    store: Store,
    tx: Connection,
    stream: HeldStream,
    giver: PartyRow,
    statement: Delivery,
    judged: Judged,
    weighed: Weighed,
    numbers: Mapping[bytes, int],
    sidecar: Sidecar,
    proved: Sequence[Proved],
) -> None:
    """Note beside each record by what it is vouched for, and in whose set it stands."""
    digests = weighed.digests
    shown: dict[int, tuple[int, int, bytes]] = {}
    if judged.tree and sidecar.set is not None and statement.set_root is not None:
        size = 1 << (len(judged.tree) - 1)
        known = packed(judged.tree, size)
        set_no = stating.hold_set(tx, giver.no, bytes.fromhex(statement.set_root), size, known, sidecar.set.encode())
        for one in judged.found:
            salt = weighed.salts[one.at]
            if set_no is not None and one.place is not None and salt is not None:
                shown[one.at] = set_no, one.place, salt
    for other in proved:
        issuer = directory.party_named(tx, other.signed.issuer)
        if issuer is not None:
            root, known = bytes.fromhex(other.signed.root), packed(other.levels, other.signed.size)
            set_no = stating.hold_set(tx, issuer.no, root, other.signed.size, known, other.envelope)
            if set_no is not None:
                shown |= {at: (set_no, item.place, bytes.fromhex(item.salt)) for at, item in other.items.items()}
    stating.note_provenance(
        store,
        tx,
        (
            ProvenanceRow(
                numbers[digests[one.at]],
                stream.no,
                statement.seq,
                one.leaf,
                one.grade,
                *shown.get(one.at, (None, None, None)),
            )
            for one in judged.found
            if digests[one.at] in numbers
        ),
    )
