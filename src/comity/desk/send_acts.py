"""Puts acts of this node's party in line for the parties that they concern, and posts them where they have an inbox.

Not a verb: those that make acts put them in line, in the transaction of the act; reading from peers posts. An act waits
until its receiver has acknowledged it, or its inbox has taken it: it may be given twice, and has one effect.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec
from sqlalchemy import Connection

from comity.desk.acts import head, keep_act
from comity.desk.node_type import Node
from comity.desk.peers import line_to
from comity.desk.policy import standings_of
from comity.desk.signing_again import acts_in_line, signed_if_any
from comity.errors import StoreError
from comity.records import codec, dsse
from comity.records.kinds import Adherence, Agreement, AgreementEnd, AgreementSuspension, Receipt
from comity.records.stix import stix_object
from comity.rooms.release.agreements import Agreement as AgreementText
from comity.stores import alarming, directory, guests, keeping, sending, stating, subscribing, trusting, work
from comity.stores.subscribing import NamedSubscription
from comity.values import Instant, PartyName
from comity.wire.taxii_client import TaxiiClient

MOST_AT_ONCE = 100
BATCH_BYTES = 64 * 1024  # well below what any server takes at once
AGREEMENT_KINDS = (
    "x-comity-agreement",
    "x-comity-adherence",
    "x-comity-agreement-end",
    "x-comity-agreement-suspension",
)


def send_act(tx: Connection, record_no: int, to: Iterable[str], now: Instant) -> None:
    """Put an act in line for those of these parties whose root key this node has accepted.

    Of a party without a node the guests are told, when they look.
    """
    digest = _payload_digest(tx, record_no)
    for name in to:
        party = directory.party_named(tx, name)
        peer = None if party is None or party.is_self else trusting.peer_of(tx, party.no)
        if peer is not None and peer.state == stating.PEER_ACCEPTED:
            work.add_message(tx, name, work.ACT_MESSAGE, str(record_no).encode(), now)
            sending.note_sent(tx, peer.party_no, digest, record_no)
        elif party is not None and guests.has_guests(tx, party.no):
            guests.note_act(tx, party.no, record_no)


def send_earlier(tx: Connection, party: str, now: Instant) -> None:
    """Put the acts on agreements that were made before a party's key was accepted in line for it."""
    agreements = {one.agreement.id: one.agreement for one in standings_of(tx)}
    for no in keeping.own_acts(tx, AGREEMENT_KINDS):
        held = keeping.held_record(tx, no)
        act = None if held is None or held.body is None else codec.decode(dsse.unverified_payload(held.body))
        if not isinstance(act, Agreement | Adherence | AgreementEnd | AgreementSuspension):
            continue
        agreement = agreements.get(act.agreement)
        about = act.issuer if isinstance(act, Agreement) else act.party or act.issuer
        if agreement is not None and party in agreement.parties and may_tell(agreement, act.issuer, about):
            send_act(tx, no, [party], now)


def parties_of(tx: Connection, agreement_id: str) -> tuple[str, ...]:
    """Give the parties that an agreement names; none if it is not held."""
    return next((one.agreement.parties for one in standings_of(tx) if one.agreement.id == agreement_id), ())


def may_tell(agreement: AgreementText, teller: PartyName, about: PartyName) -> bool:
    """Say whether others take an act about a party from this teller: from the party itself, or the depositary."""
    return teller in (about, agreement.depositary)


def acknowledge(node: Node, tx: Connection, party: str, digests: Sequence[str], now: Instant) -> None:
    """State that these payloads are stored, and put the receipt in line. That is the node's word, and no officer's."""
    if not digests:
        return
    act = Receipt(**head(node, now)._asdict(), to=PartyName(party), level="stored", of=tuple(digests))
    no = keep_act(node, tx, act, now)
    work.add_message(tx, party, work.RECEIPT_MESSAGE, str(no).encode(), now)


def post_waiting(node: Node, named: NamedSubscription, until: Instant | None = None) -> int:
    """Post what waits for a peer to its inbox, until a time; gives how many it took.

    What it refuses goes out of the line, with an alarm that says why: trying again would not change its mind.

    Raises:
        ComityError: the server or the way to it does not let us; the rest waits.
    """
    if named.row.inbox_url is None:
        return 0
    with node.store.read() as tx:
        waiting = [
            *acts_in_line(tx, named.party, MOST_AT_ONCE),
            *work.waiting_for(tx, named.party, work.RECEIPT_MESSAGE, MOST_AT_ONCE),
        ]
        now = node.clock()
        bodies = dict(_leaving(node, tx, waiting, now))
    taken = 0
    if not bodies:
        return taken
    with line_to(node, named) as client:
        for batch in _batches(bodies):
            if until is not None and node.clock() >= until:
                break
            taken += _post(node, client, named, batch)
    return taken


def _batches(bodies: Mapping[int, msgspec.Raw | None]) -> Iterator[dict[int, msgspec.Raw | None]]:
    """Put acts together that are small: each request costs both sides a transaction."""
    batch: dict[int, msgspec.Raw | None] = {}
    size = 0
    for message, body in bodies.items():
        length = 0 if body is None else len(bytes(body))
        if batch and size + length > BATCH_BYTES:
            yield batch
            batch, size = {}, 0
        batch[message] = body
        size += length
    yield batch


def _post(node: Node, client: TaxiiClient, named: NamedSubscription, batch: Mapping[int, msgspec.Raw | None]) -> int:
    objects = [body for body in batch.values() if body is not None]
    refused = ""
    if objects and named.row.inbox_url is not None:
        told = client.submit(named.row.inbox_url, msgspec.json.encode({"objects": objects}))
        refused = "; ".join(told.failures[:1]) if told.failed else ""
    if refused and len(batch) > 1:  # which of them, only each by itself can tell; those that were taken are taken again
        return sum(_post(node, client, named, {message: body}) for message, body in batch.items())
    with node.store.write() as tx:
        for message in batch:
            if refused:
                work.give_up(tx, "outbox", message, refused)
                facts = f"an act of ours was not taken: {refused}"[:300]
                alarming.raise_alarm(tx, named.row.party_no, "act-not-taken", facts, node.clock(), None)
            else:
                work.finish(tx, "outbox", message)
    return 0 if refused else len(batch)


def _payload_digest(tx: Connection, record_no: int) -> bytes:
    """Give the digest by which a receipt names an act."""
    held = keeping.held_record(tx, record_no)
    if held is None or held.body is None:
        raise StoreError("an act that is to be sent is not held: restore the node from its last backup")
    return bytes.fromhex(codec.digest(dsse.unverified_payload(held.body)))


def _leaving(
    node: Node, tx: Connection, waiting: Sequence[tuple[int, bytes]], now: Instant
) -> Iterator[tuple[int, msgspec.Raw | None]]:
    """Give what of the line can leave, by message; None for what is not held any more. What no key can sign waits."""
    for message, payload in waiting:
        held = keeping.held_record(tx, int(payload))
        if held is None or held.body is None:
            yield message, None
            continue
        signed = signed_if_any(node, tx, held.body, now)
        if signed is not None:
            yield message, msgspec.Raw(stix_object(signed))


def inboxes(tx: Connection) -> list[NamedSubscription]:
    """Give one subscription with an inbox for each party that has one."""
    found: dict[str, NamedSubscription] = {}
    for named in subscribing.all_subscriptions(tx):
        if named.row.inbox_url is not None and not named.row.paused:
            found.setdefault(named.party, named)
    return list(found.values())
