"""Shows what a node reads from others, and opens the line to one of them.

Not a verb: those on peers share it.
"""

from pathlib import Path

import msgspec
from sqlalchemy import Connection

from comity.desk.clock_skew import notable
from comity.desk.far_collections import state_of
from comity.desk.node_type import Node
from comity.desk.tls_pins import pins_at, stream_at
from comity.errors import NotFound
from comity.stores import stating, streams, subscribing, witnessing
from comity.stores.subscribing import NamedSubscription
from comity.values import Instant, iso, iso_or_none
from comity.wire.addresses import networks_of
from comity.wire.logins import read_login
from comity.wire.outbound import Outbound
from comity.wire.taxii_client import TaxiiClient

_API = "/taxii2/"


class SeenLog(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen of a peer's log: its name, how much of it is verified, when it was last in order, what is wrong.

    `grown_ms`: when it was last seen to grow; `unlogged_ms`: when the first came from its party after that.
    """

    origin: str = ""
    size: int = 0
    grown_ms: int | None = None
    unlogged_ms: int | None = None
    sound_ms: int | None = None
    error: str = ""


class PeerView(msgspec.Struct, frozen=True, kw_only=True):
    """A collection that the node reads, and how that goes. `since` is the date up to which all has been read.

    `statement`: the number of the last statement held from it; none of a plain server. `missing`: what statements list
    and did not bring.
    """

    party: str
    number: int
    url: str
    submits: bool
    state: str  # new, healthy, failing or paused
    objects: int
    since: str
    tried_at: str | None
    synced_at: str | None
    next_at: str
    failures: int
    last_error: str | None
    statement: int | None
    missing: int
    clock_off_s: int = 0  # by how much the peer's clock is ahead of ours, if that is more than a minute
    log: str = ""  # the name of the peer's log, once its checkpoint was verified
    log_size: int = 0
    log_grown_at: str | None = None  # when it was last seen to grow
    log_unlogged_since: str | None = None  # when the first statement or act came after that
    log_sound_at: str | None = None
    log_error: str = ""


def peer_view(tx: Connection, named: NamedSubscription) -> PeerView:
    """Give a subscription as people need it, with what was seen of the peer's log and clock."""
    row = named.row
    stream = streams.stream_named(tx, row.party_no, stream_at(row.url))
    held = None if stream is None else stating.held_statement(tx, stream.no)
    seen = seen_log(tx, row.party_no)
    return PeerView(
        party=named.party,
        number=row.no,
        url=row.url,
        submits=row.inbox_url is not None,
        state=state_of(paused=row.paused, failures=row.failures, done_ms=row.synced_ms),
        objects=row.objects,
        since=row.cursor,
        tried_at=iso_or_none(row.tried_ms),
        synced_at=iso_or_none(row.synced_ms),
        next_at=iso(Instant(row.due_ms)),
        failures=row.failures,
        last_error=row.last_error,
        statement=None if held is None else held.seq,
        missing=0 if stream is None else stating.missing_leaves(tx, stream.no),
        clock_off_s=notable(subscribing.skew_of(tx, row.no)),
        log=seen.origin,
        log_size=seen.size,
        log_grown_at=iso_or_none(seen.grown_ms),
        log_unlogged_since=iso_or_none(seen.unlogged_ms),
        log_sound_at=iso_or_none(seen.sound_ms),
        log_error=seen.error,
    )


def seen_log(tx: Connection, party_no: int) -> SeenLog:
    """Give what was seen of a peer's log."""
    logs, check = witnessing.peer_logs_of(tx, party_no), witnessing.log_check(tx, party_no)
    last = logs[-1] if logs else None
    return SeenLog(
        origin=last.origin if last else "",
        size=last.size if last else 0,
        grown_ms=last.seen_ms if last else None,
        unlogged_ms=witnessing.came_since(tx, party_no, last.seen_ms) if last else None,
        sound_ms=check.sound_ms if check else None,
        error=check.error if check else "",
    )


def peers_of(node: Node, party: str | None = None) -> list[NamedSubscription]:
    """Give the subscriptions at a party, or at all.

    Raises:
        NotFound: nothing is read from this party.
    """
    with node.store.read() as tx:
        found = [named for named in subscribing.all_subscriptions(tx) if party in (None, named.party)]
    if party is not None and not found:
        raise NotFound("nothing is read from {party}: add it with `comity peer add`", party=party)
    return found


def outbound(node: Node) -> Outbound:
    """Give how this node may call others."""
    settings = node.settings
    authorities = node.folder / settings.outbound_ca if settings.outbound_ca else None
    return Outbound(listed=networks_of(settings.outbound_networks), ca_file=authorities)


def outbound_to(node: Node, party_no: int, url: str) -> Outbound:
    """Give how this node may call a party at an address: by the TLS keys that it has stated, if its node is there."""
    with node.store.read() as tx:
        pins = pins_at(tx, party_no, url, node.clock())
    return msgspec.structs.replace(outbound(node), pins=pins)


def line_to(node: Node, named: NamedSubscription) -> TaxiiClient:
    """Open the line to a peer, signed in as agreed with it."""
    way = outbound_to(node, named.row.party_no, named.row.url)
    return TaxiiClient(way, named.row.url, read_login(Path(node.folder), named.row.no), node.clock, node.dial)


def base_of(collection_url: str) -> str:
    """Give where a Comity node is served, from a collection of it.

    Raises:
        NotFound: the URL is none of a Comity node.
    """
    base, found, _ = collection_url.partition(_API)
    if not found:
        raise NotFound("the address of this peer does not tell where its node is")
    return base
