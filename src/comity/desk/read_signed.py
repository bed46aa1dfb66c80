"""Reads a peer's view with signatures: a page is what one statement lists, as far as it may be read now.

Objects go as any reader gets them; behind them stands one sidecar with the statement, the signed set, and for each
object what opens its leaf. What may no longer be read is declared absent. What goes as a rendition is vouched for by
its digest, signed as it is read: nobody can know before what it will be. Acts that wait for the peer go along.
"""

import base64
import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from comity.desk.acts import head, signer_for
from comity.desk.node_type import Node
from comity.desk.passing_on import carried_sets
from comity.desk.read_view import plain_objects, refuse_stale, starting_date
from comity.desk.renditions import Renderer
from comity.desk.signing_again import acts_in_line, signed_if_any, signed_now
from comity.desk.statements import own_set
from comity.desk.views import ObjectPage, ReaderActor, ReadQuery
from comity.errors import NodeError, StoreError
from comity.records import codec, dsse
from comity.records.kinds import Delivery, Renditions
from comity.records.sets import commitment, shared_nodes
from comity.records.sidecar import MOST_ACTS, Entry, Sidecar, node_text, sidecar_object
from comity.stores import keeping, reading, stating, trusting
from comity.stores.reading import Shown, Wish
from comity.stores.stating import Salted, Stated
from comity.values import Instant, PartyName

RELAY = "relay"


class _Sent(NamedTuple):
    row: Shown
    body: bytes
    leaf: int
    salted: Salted


def read_signed(node: Node, reader: ReaderActor, collection_id: str, query: ReadQuery) -> ObjectPage:
    """Give the next page with its sidecar. Whose root key was not accepted here reads as any stock client does.

    Raises:
        NotFound: no such collection for this reader. NotPermitted: the inbox cannot be read. Busy: clauses change.
        NodeError: no record key of the node counts.
    """
    after, now = starting_date(node, reader, collection_id, query, "objects"), node.clock()
    with node.store.read() as tx:
        refuse_stale(tx, reader, now)
        peer = trusting.peer_of(tx, reader.reader_no)
        if peer is None or peer.state != stating.PEER_ACCEPTED:
            return plain_objects(node, tx, reader, query, after, now)
        found = stating.next_stated(tx, reader.reader_no, after, limit=2)
        acts = _waiting_acts(node, tx, reader.party, now)
        if not found:
            return _acts_alone(acts, now)
        stated, more = found[0], len(found) > 1
        try:
            page = statement_page(node, tx, reader, stated, now, acts=acts, relay=query.signed == RELAY)
        except NodeError:
            if not acts:
                raise
            return _acts_alone(acts, now)  # among them the key set by which the peer learns of the revocation
    return msgspec.structs.replace(page, more=more)


def _acts_alone(acts: tuple[str, ...], now: Instant) -> ObjectPage:
    return ObjectPage(objects=(sidecar_object(Sidecar(acts=acts), now),) if acts else ())


def statement_page(
    node: Node,
    tx: Connection,
    reader: ReaderActor,
    stated: Stated,
    now: Instant,
    *,
    acts: tuple[str, ...] = (),
    relay: bool = False,
) -> ObjectPage:
    """Give what a statement lists, as far as it may be read now, with its sidecar at the end."""
    leaves = _statement(stated).leaf_list()
    sent, absent = _sent(node, tx, reader, stated, leaves, now)
    sidecar = _sidecar(node, tx, reader, stated, leaves, sent, now, relay=relay)
    whole = msgspec.structs.replace(sidecar, absent=absent, acts=acts)
    objects = (*(one.body for one in sent), sidecar_object(whole, Instant(stated.upto_ms)))
    first_ms = sent[0].row.date_ms if sent else stated.upto_ms
    return ObjectPage(objects=objects, first_ms=first_ms, last_ms=stated.upto_ms)


def _waiting_acts(node: Node, tx: Connection, party: str, now: Instant) -> tuple[str, ...]:
    """Give the envelopes of acts that wait for a party in the outbox."""
    held = (keeping.held_record(tx, int(payload)) for _, payload in acts_in_line(tx, party, MOST_ACTS))
    bodies = (row.body for row in held if row is not None and row.body is not None)
    signed = (signed_if_any(node, tx, body, now) for body in bodies)
    return tuple(one.decode() for one in signed if one is not None)


def _sent(
    node: Node, tx: Connection, reader: ReaderActor, stated: Stated, leaves: Sequence[bytes], now: Instant
) -> tuple[list[_Sent], tuple[int, ...]]:
    """Give what of a statement may be read now, and the leaves of which nothing may."""
    places = {leaf: n for n, leaf in enumerate(leaves)}
    rows = reading.shown(tx, reader.reader_no, Wish(), stated.after_ms, len(places), now)
    rows = [row for row in rows if row.date_ms <= stated.upto_ms]
    salted = stating.salted(tx, [row.item_no for row in rows])
    bodies = Renderer(node, tx, reader.reader_no, now).bodies(rows, lambda _: False)
    sent = []
    for row, body in zip(rows, bodies, strict=True):
        opened = salted.get(row.item_no)
        if body is None or opened is None:
            continue
        leaf = places.get(commitment(opened.salt, opened.sha256))
        if leaf is not None:  # else it came to its date after the statement was made
            sent.append(_Sent(row, body, leaf, opened))
    there = {one.leaf for one in sent}
    return sent, tuple(leaf for leaf in range(len(places)) if leaf not in there)


def _sidecar(
    node: Node,
    tx: Connection,
    reader: ReaderActor,
    stated: Stated,
    leaves: Sequence[bytes],
    sent: Sequence[_Sent],
    now: Instant,
    *,
    relay: bool,
) -> Sidecar:
    made, places = own_set(leaves, stated.own, stated.seed)
    entries: list[Entry] = []
    rendered: list[_Sent] = []
    for one in sent:
        written = base64.b64encode(one.body).decode() if relay else None
        if one.body is one.row.body or one.body == one.row.body:
            place = places.get(one.leaf)
            entries.append(Entry(leaf=one.leaf, salt=one.salted.salt.hex(), place=place, bytes=written))
        else:
            entries.append(Entry(leaf=one.leaf, bytes=written))
            rendered.append(one)
    passed_on = {n: sent[n].row.item_no for n, entry in enumerate(entries) if entry.salt and entry.place is None}
    mine = [entry.place for entry in entries if entry.place is not None]
    return Sidecar(
        statement=signed_now(node, tx, stated.envelope, now).decode(),
        entries=tuple(entries),
        set=signed_now(node, tx, stated.set_envelope, now).decode() if stated.set_envelope and mine else None,
        nodes=node_text(shared_nodes(made.levels, mine)) if made is not None and mine else "",
        renditions=_renditions(node, tx, reader, stated, rendered, now) if rendered else None,
        carried=carried_sets(tx, passed_on),
    )


def _statement(stated: Stated) -> Delivery:
    act = codec.decode(dsse.unverified_payload(stated.envelope))
    if not isinstance(act, Delivery):
        raise StoreError("a statement in the database is none: restore the node from its last backup")
    return act


def _renditions(
    node: Node, tx: Connection, reader: ReaderActor, stated: Stated, rendered: Sequence[_Sent], now: Instant
) -> str:
    act = Renditions(
        **head(node, now)._asdict(),
        to=PartyName(reader.party),
        stream=reader.view_id,
        seq=stated.seq,
        places=tuple(one.leaf for one in rendered),
        digests=tuple(hashlib.sha256(one.body).hexdigest() for one in rendered),
    )
    return dsse.sign(codec.encode(act), signer_for(node, tx, "record", now)).decode()
