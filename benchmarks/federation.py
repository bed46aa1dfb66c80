"""Figures: pulling signed pages from a peer beside the same import from a file; acts verified and kept one by one."""

import shutil
import time
from pathlib import Path

from benchmarks import nodes, stix
from benchmarks.report import Report, at_least, say
from comity.desk.accept_anchor import AcceptAnchorRequest, accept_anchor
from comity.desk.acts import head
from comity.desk.add_peer import AddPeerRequest, add_peer
from comity.desk.add_reader import AddReaderRequest, ReaderAdded, add_reader
from comity.desk.export_anchor import ExportAnchorRequest, export_anchor
from comity.desk.init_node import InitRequest, init_node
from comity.desk.node_type import Node
from comity.desk.sync_peers import SyncPeersRequest, sync_peers
from comity.desk.take_acts import Refused, take_acts
from comity.node import new_node
from comity.records import codec, dsse
from comity.records.kinds import Receipt
from comity.settings import settings_of
from comity.stores import directory
from comity.values import PartyName

MOST_OBJECTS = 100_000
ACTS = 10_000
ACTS_PER_S = 2_000
GIVER, TAKER = "freedonia-csirt", "ruritania-csirt"


def run(work: Path, objects: int, report: Report) -> None:
    """Fill a giver, pull everything from it as it is served, and import the same file at another fresh node."""
    count = min(objects, MOST_OBJECTS)
    stix.write_files(work / "crossing", count, 1)
    file = work / "crossing" / "one.json"
    giver, taker, other = (
        _founded(work / name, party) for name, party in (("giver", GIVER), ("taker", TAKER), ("other", TAKER))
    )
    login = _meet(giver, taker)
    say(f"filling the giver with {count:,} objects")
    nodes.import_in_child(giver, file)
    say("importing the same file")
    alone = nodes.import_in_child(other, file)
    say("pulling it, signed")
    pulled_s = _pulled(giver, taker, login, count)
    say("taking acts in")
    acts_per_s = _acts(giver, taker, min(ACTS, count))
    local = count / alone.seconds
    report.add(
        at_least("pull of signed items, verified and kept", count / pulled_s, local, "import", 0.5, "objects/s"),
        at_least("acts signed singly, verified and kept", acts_per_s, ACTS_PER_S, "stated", 1.0, "acts/s"),
    )
    for folder in (giver, taker, other, work / "crossing"):
        shutil.rmtree(folder)


def _founded(folder: Path, party: str) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    settings = settings_of(
        party=party,
        title=party,
        kind="authority",
        log_level="warning",
        sync_every_s=0,
        outbound_networks=["127.0.0.0/8"],  # type: ignore[arg-type]
    )
    with new_node(folder, settings) as node:
        init_node(node, nodes.ACTOR, InitRequest())
    return folder


def _meet(giver: Path, taker: Path) -> ReaderAdded:
    """Let both accept each other's anchors, open everything to the taker, and give it a login."""
    with nodes.opened(giver) as one, nodes.opened(taker) as two:
        for here, there in ((one, two), (two, one)):
            anchor = export_anchor(there, nodes.ACTOR, ExportAnchorRequest())
            request = AcceptAnchorRequest(file=anchor.text.encode(), fingerprint=anchor.fingerprint)
            accept_anchor(here, nodes.ACTOR, request)
        nodes.agree(one, TAKER, 'tlp_at_most = "amber+strict"')
        return add_reader(one, nodes.ACTOR, AddReaderRequest(party=TAKER))


def _pulled(giver: Path, taker: Path, login: ReaderAdded, count: int) -> float:
    with nodes.served_node(giver) as url, nodes.opened(taker) as node:
        request = AddPeerRequest(party=GIVER, url=f"{url}/taxii2/", user=login.user, password=login.password)
        add_peer(node, nodes.ACTOR, request)
        started = time.perf_counter()
        (told,) = sync_peers(node, nodes.ACTOR, SyncPeersRequest()).peers
        seconds = time.perf_counter() - started
    assert (told.error, told.new + told.upgraded) == ("", count), told
    return seconds


def _acts(giver: Path, taker: Path, count: int) -> float:
    """Verify, bind and keep acts one by one, a hundred a transaction as pages bring them; gives how many a second."""
    with nodes.opened(giver) as one:
        envelopes = [_receipt(one, n) for n in range(count)]
    with nodes.opened(taker) as node:
        with node.store.read() as tx:
            party = directory.party_named(tx, GIVER)
        assert party is not None
        started = time.perf_counter()
        for first in range(0, count, 100):
            with node.store.write() as tx:
                told = take_acts(node, tx, envelopes[first : first + 100], party, node.clock())
            assert all(not isinstance(one, Refused) for one in told)
        return count / (time.perf_counter() - started)


def _receipt(node: Node, n: int) -> bytes:
    act = Receipt(**head(node, node.clock())._asdict(), to=PartyName(TAKER), level="stored", of=(f"{n:064x}",))
    return dsse.sign(codec.encode(act), node.keys.record)
