"""Takes what a reader posts to its inbox, as coming from that reader; every object is answered for in a status."""

import io

import msgspec
from sqlalchemy import Connection

from comity.desk.acts import uuid4
from comity.desk.intake import Intake, Outcome, Source
from comity.desk.node_type import Node
from comity.desk.send_acts import acknowledge
from comity.desk.take_acts import is_acknowledged, take_act
from comity.desk.views import ReaderActor, StatusLine, StatusView
from comity.errors import NotFound, NotPermitted, RecordRejected, TooLarge
from comity.records import codec
from comity.records.envelope import read_envelope, read_object
from comity.records.stix import act_id_of, envelope_of
from comity.stores import directory, registers, stating, trusting
from comity.stores.directory import PartyRow
from comity.values import Instant, Tlp, iso
from comity.wire.bundles import NETWORK, Found, read_objects

_PARTIAL = frozenset(("cut-short", "too-many"))  # what comes after it was not read
_TELLING = frozenset(("new", "upgraded"))


def submit_items(node: Node, reader: ReaderActor, collection_id: str, body: bytes) -> StatusView:
    """Keep the objects of a TAXII envelope; durable when this returns. One bad object does not sink the others.

    Raises:
        NotFound: no such collection for this reader. NotPermitted: it takes no submissions. RecordRejected: the
        envelope itself cannot be read. TooLarge: over the request's limits.
    """
    check_inbox(reader, collection_id)
    founds = found_in(node, body)
    with node.store.write() as tx:
        now = node.clock()
        status = keep_submission(node, tx, reader, founds, now)
        _audit(tx, reader, status, now)
    node.store.queued.set()  # nothing is placed within a request: the sequencer is woken for it
    return status


def found_in(node: Node, body: bytes) -> list[Found]:
    """Give the objects of an envelope or bundle, the unreadable ones with why.

    Raises:
        RecordRejected: it cannot itself be read. TooLarge: over the request's limits.
    """
    settings = node.settings
    if len(body) > settings.max_content_length:
        raise TooLarge(settings.max_content_length)
    limits = NETWORK._replace(
        object_bytes=settings.max_object_bytes,
        objects=settings.max_objects_per_request,
        body_bytes=settings.max_content_length,
    )
    if not body.lstrip().startswith(b"{"):
        raise RecordRejected("not-an-object", "$", "a TAXII envelope is a JSON object")
    founds = list(read_objects(io.BytesIO(body), limits))
    _check_whole(founds)
    return founds


def keep_submission(node: Node, tx: Connection, reader: ReaderActor, founds: list[Found], now: Instant) -> StatusView:
    """Keep what a party submits, whoever of it does: in the caller's transaction, who wakes the sequencer after it.

    Raises:
        NotFound: the party is not held.
    """
    party = directory.party_named(tx, reader.party)
    if party is None:
        raise NotFound("no such collection")
    level = Tlp.RED if party.default_tlp is None else Tlp(party.default_tlp)
    source = Source(party, level, f"submission by {reader.user}", by_submitter=True)
    outcomes = _kept(node, tx, party, source, founds, now)
    status = _status(uuid4(node), outcomes, now)
    registers.put_status(tx, status.id, reader.reader_no, msgspec.json.encode(status), now)
    registers.forget_statuses(tx, Instant(now - node.settings.status_kept_h * 3_600_000))
    return status


def _kept(
    node: Node, tx: Connection, party: PartyRow, source: Source, founds: list[Found], now: Instant
) -> list[Outcome]:
    """Keep what was posted, object by object in its order: items as coming from the party, its acts as acts."""
    peer = trusting.peer_of(tx, party.no)
    acts = {}
    if peer is not None and peer.state == stating.PEER_ACCEPTED:
        acts = {n: envelope for n, found in enumerate(founds) if (envelope := _envelope(found)) is not None}
    items = [found for n, found in enumerate(founds) if n not in acts]
    told = iter(zip(items, Intake(node, source).keep(tx, items, now).outcomes, strict=True))
    return [_taken(node, tx, acts[n], party, now) if n in acts else _told(*next(told)) for n in range(len(founds))]


def _envelope(found: Found) -> bytes | None:
    if found.body is None or b"x-comity-" not in found.body:
        return None
    try:
        return envelope_of(read_object(found.body))
    except RecordRejected:
        return None


def _taken(node: Node, tx: Connection, envelope: bytes, party: PartyRow, now: Instant) -> Outcome:
    try:
        _, opened = take_act(node, tx, envelope, party, now)
    except RecordRejected as exc:
        return Outcome("", "", "quarantined", exc.reason, exc.path)
    if is_acknowledged(opened.act):
        acknowledge(node, tx, party.name, [codec.digest(opened.payload)], now)
    return Outcome(act_id_of(opened.act), opened.act.at, "new")  # the same is said of one that is held already


def read_status(node: Node, reader: ReaderActor, status_id: str) -> StatusView:
    """Give the status of a submission to the reader that made it.

    Raises:
        NotFound: no such submission of this reader, or its status is no longer kept.
    """
    with node.store.read() as tx:
        kept = registers.status_of(tx, status_id, reader.reader_no)
    if kept is None:
        raise NotFound("no such status")
    return msgspec.json.decode(kept, type=StatusView)


def check_inbox(reader: ReaderActor, collection_id: str) -> None:
    """Refuse any collection but the reader's own inbox.

    Raises:
        NotFound: it is another's, or none. NotPermitted: it is the reader's view.
    """
    if collection_id == reader.view_id:
        raise NotPermitted("this collection cannot be written; submit to the inbox")
    if collection_id != reader.inbox_id:
        raise NotFound("no such collection")


def _check_whole(founds: list[Found]) -> None:
    """Refuse an envelope that is itself unreadable: half of a submission must not look like all of it."""
    for found in founds:
        if found.reason in _PARTIAL or (found.body is None and found.path in ("$", "$.objects")):
            raise RecordRejected(found.reason or "unreadable", found.path)


def _told(found: Found, outcome: Outcome) -> Outcome:
    """Tell of what was held already as of what is new: whether the node had it from elsewhere is not the reader's."""
    if outcome.result != "duplicate" or found.body is None:
        return outcome
    envelope = read_envelope(found.body)
    result = "upgraded" if envelope.spec_version == "2.0" else "new"
    return msgspec.structs.replace(outcome, version=envelope.version, result=result)


def _status(status_id: str, outcomes: list[Outcome], now: Instant) -> StatusView:
    good = tuple(
        StatusLine(id=outcome.stix_id, version=outcome.version, message=_words(outcome))
        for outcome in outcomes
        if outcome.result in _TELLING
    )
    bad = tuple(
        StatusLine(id=outcome.stix_id or "unknown", version=outcome.version, message=_words(outcome))
        for outcome in outcomes
        if outcome.result not in _TELLING
    )
    return StatusView(
        id=status_id,
        status="complete",
        request_timestamp=iso(now),
        total_count=len(outcomes),
        success_count=len(good),
        successes=good,
        failures=bad,
    )


def _words(outcome: Outcome) -> str:
    match outcome.result:
        case "new":
            return ""
        case "upgraded":
            return "kept as STIX 2.0; served as 2.1"
        case _:
            return f"quarantined: {outcome.reason} at {outcome.path}"


def _audit(tx: Connection, reader: ReaderActor, status: StatusView, now: Instant) -> None:
    facts = {"status": status.id, "objects": status.total_count, "kept": status.success_count}
    registers.note(
        tx, at=now, actor=reader.user, via=reader.via, verb="submit", facts=msgspec.json.encode(facts).decode()
    )
