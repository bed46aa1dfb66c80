"""Sets up nodes that know each other by their anchors: each served over a socket, each reading from the others."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from comity.desk.accept_anchor import AcceptAnchorRequest, accept_anchor
from comity.desk.add_agreement import AddAgreementRequest, add_agreement
from comity.desk.add_peer import AddPeerRequest, add_peer
from comity.desk.add_reader import AddReaderRequest, add_reader
from comity.desk.adhere_agreement import AdhereAgreementRequest, adhere_agreement
from comity.desk.explain_release import ExplainReleaseRequest, explain_release
from comity.desk.export_anchor import ExportAnchorRequest, export_anchor
from comity.desk.export_bundle import ExportBundleRequest, export_bundle
from comity.desk.import_bundle import BundleImported, ImportBundleRequest, import_bundle
from comity.desk.import_items import ImportAnswer, ImportItemsRequest, import_items
from comity.desk.init_node import InitRequest, init_node
from comity.desk.intake import Intake, Source
from comity.desk.list_peers import ListPeersRequest, list_peers
from comity.desk.node_type import Node
from comity.desk.retract import RetractRequest, retract
from comity.desk.sequence import settle
from comity.desk.sync_peers import PeerSynced, SyncPeersRequest, sync_peers
from comity.node import new_node, open_node
from comity.settings import settings_of
from comity.stores import alarming, directory, stating, work
from comity.stores.alarming import Alarm
from comity.taxii.app import create_app
from comity.values import Instant, Tlp, instant, party_name
from comity.wire.bundles import Found
from tests.support.folders import Kept, kept, lay_out
from tests.support.nodes import OFFICER, CountedEntropy, Object
from tests.support.taxii import served


class TickingClock:
    """A clock that all nodes share: it stands but for a millisecond a reading."""

    off_ms = 0

    def __init__(self) -> None:
        self.now = instant("2031-03-01T12:00:00Z")

    @property
    def right(self) -> Instant:
        """The right time, whatever is read here."""
        return self.now

    @right.setter
    def right(self, now: Instant) -> None:
        self.now = now

    def __call__(self) -> Instant:
        self.now = Instant(self.now + 1)
        return self.now


class SkewedClock(TickingClock):
    """A clock that is so many seconds off another."""

    def __init__(self, right: TickingClock, off_s: int) -> None:
        self._right, self.off_ms = right, off_s * 1000

    @property
    def right(self) -> Instant:
        """The right time, whatever is read here."""
        return self._right.now

    @right.setter
    def right(self, now: Instant) -> None:
        self._right.now = now

    def __call__(self) -> Instant:
        return Instant(self._right() + self.off_ms)


class Member:
    """One party's node in the federation.

    The same party at the same time comes to the same node, so that it is made once and laid out from then on.
    """

    def __init__(self, folder: Path, title: str, clock: TickingClock) -> None:
        self.name, self.base = str(party_name(title)), ""
        entropy = CountedEntropy()
        settings = settings_of(
            party=self.name,
            title=title,
            kind="authority",
            exercise=True,
            outbound_networks=["127.0.0.0/8"],  # type: ignore[arg-type]
        )
        key = (title, clock.right, clock.off_ms)
        if key in _FOUNDED:
            laid, clock.right = _FOUNDED[key]
            lay_out(laid, folder)
        else:
            entropy.restart(title)
            with new_node(folder, settings, clock=clock, entropy=entropy) as node:
                init_node(node, OFFICER, InitRequest())
            _FOUNDED[key] = kept(folder), clock.right
        entropy.restart(f"{title}, founded")
        self.node: Node = open_node(folder, clock=clock, entropy=entropy)
        self._folder, self._files = folder, 0

    def close(self) -> None:
        """Close the node."""
        self.node.store.close()

    def meet(self, other: "Member") -> None:
        """Accept another's anchor, give it a reader, and read from it as it lets us."""
        anchor = export_anchor(other.node, OFFICER, ExportAnchorRequest())
        accept_anchor(
            self.node, OFFICER, AcceptAnchorRequest(file=anchor.text.encode(), fingerprint=anchor.fingerprint)
        )

    def read_from(self, other: "Member") -> None:
        """Get a login there and read from there on."""
        login = add_reader(other.node, OFFICER, AddReaderRequest(party=self.name))
        request = AddPeerRequest(
            party=other.name, url=f"{other.base}/taxii2/", user=login.user, password=login.password
        )
        add_peer(self.node, OFFICER, request)

    def agree(self, text: str) -> None:
        """Lay a text before the others and adhere to it."""
        added = add_agreement(self.node, OFFICER, AddAgreementRequest(text=text.encode()))
        self.adhere(added.id)

    def adhere(self, agreement: str) -> None:
        """Adhere to a text that is held."""
        adhere_agreement(self.node, OFFICER, AdhereAgreementRequest(agreement=agreement))

    def put(self, *objects: Object, tlp: str = "green") -> ImportAnswer:
        """Take own objects in."""
        file = self._folder.parent / f"{self.name}.json"
        file.write_text(json.dumps({"type": "bundle", "id": "bundle--1", "objects": objects}))
        return self.put_file(file, tlp)

    def put_file(self, file: Path, tlp: str = "green") -> ImportAnswer:
        """Take a file of own objects in."""
        return import_items(self.node, OFFICER, ImportItemsRequest(paths=(str(file),), default_tlp=tlp))

    def take_in(self, *objects: Object) -> None:
        """Take own objects in and leave them to the sequencer."""
        with self.node.store.write() as tx:
            party = directory.own_party(tx)
            assert party is not None
            found = [Found(json.dumps(one).encode(), None, "$", 0) for one in objects]
            Intake(self.node, Source(party, Tlp.GREEN, "test")).keep(tx, found, self.node.clock())

    def sync(self, party: str | None = None) -> PeerSynced:
        """Read once."""
        settle(self.node)
        (told,) = sync_peers(self.node, OFFICER, SyncPeersRequest(party=party)).peers
        return told

    def write_to(self, other: "Member", since: int | None = None) -> Path:
        """Write a bundle file for another; gives the file."""
        self._files += 1
        path = self._folder.parent / f"{self.name}-{self._files}.bundle"
        export_bundle(self.node, OFFICER, ExportBundleRequest(path=str(path), to=other.name, since=since))
        return path

    def take(self, file: Path) -> BundleImported:
        """Take a bundle file in."""
        return import_bundle(self.node, OFFICER, ImportBundleRequest(path=str(file)))

    def waiting_for(self, other: "Member") -> tuple[int, int]:
        """Give (acts, receipts) in line for another."""
        with self.node.store.read() as tx:
            acts = work.waiting_for(tx, other.name, work.ACT_MESSAGE, 1_000)
            return len(acts), len(work.waiting_for(tx, other.name, work.RECEIPT_MESSAGE, 1_000))

    def held_from(self, other: "Member") -> dict[str, bytes]:
        """Give the live items that came from another, by id."""
        with self.node.store.read() as tx:
            rows = tx.exec_driver_sql(
                "select r.stix_id, r.body from records r join parties p on p.no = r.source_no"
                " where p.name = ? and r.family = 0 and r.state = 0",
                (other.name,),
            )
            return {row[0]: bytes(row[1]) for row in rows}

    def grades(self) -> dict[str, str]:
        """Give how each item that came from others is vouched for, by id."""
        with self.node.store.read() as tx:
            rows = tx.exec_driver_sql(
                "select r.stix_id, v.grade from records r join provenance v on v.record_no = r.no"
            )
            return {row[0]: row[1] for row in rows}

    def alarms(self) -> list[Alarm]:
        """Give what alarms stand."""
        with self.node.store.read() as tx:
            return alarming.standing_alarms(tx)

    def log_of(self, other: "Member") -> tuple[str, int, str]:
        """Give what was seen of another's log: name, entries, what is wrong."""
        (peer,) = list_peers(self.node, OFFICER, ListPeersRequest(party=other.name)).peers
        return peer.log, peer.log_size, peer.log_error

    def acknowledged(self, other: "Member") -> tuple[int, int]:
        """Give (statements made for another, those that it acknowledged)."""
        with self.node.store.read() as tx:
            no = tx.exec_driver_sql("select no from parties where name = ?", (other.name,)).scalar_one()
            return stating.stream_state(tx, no)

    def retract(self, stix_id: str) -> None:
        """Take an own item back."""
        retract(self.node, OFFICER, RetractRequest(id=stix_id, reason="false"))

    def explain(self, stix_id: str, to: str) -> str:
        """Explain a release in words."""
        return explain_release(self.node, OFFICER, ExplainReleaseRequest(id=stix_id, to=to)).sentence


_FOUNDED: dict[tuple[str, Instant, int], tuple[Kept, Instant]] = {}


def alarm(node: Node, party: str, *, kind: str = "rollback", evidence: bytes | None = b"envelope") -> int:
    """Raise an alarm on a party; gives its number."""
    with node.store.write() as tx:
        row = directory.party_named(tx, party)
        assert row is not None
        alarming.raise_alarm(tx, row.no, kind, "statement 3 after 4", node.clock(), evidence)
        return alarming.standing_alarms(tx)[-1].no


@contextmanager
def federation(folder: Path, *titles: str, meet: bool = True, off_s: tuple[int, ...] = ()) -> Iterator[list[Member]]:
    """Give nodes of these parties, until the block ends; all have met and read from each, unless told not to `meet`.

    `off_s`: how many seconds the clock of each is off; right where nothing is said.
    """
    clock = TickingClock()
    clocks = [SkewedClock(clock, off_s[n]) if n < len(off_s) else clock for n in range(len(titles))]
    with ExitStack() as stack:
        members = [Member(folder / str(n), title, clocks[n]) for n, title in enumerate(titles)]
        for member in members:
            stack.callback(member.close)
            member.base = stack.enter_context(served(create_app(member.node)))
        pairs = [(one, other) for one in members for other in members if meet and one is not other]
        for one, other in pairs:
            one.meet(other)
        for one, other in pairs:
            one.read_from(other)
        yield members


@contextmanager
def gapped(folder: Path, *titles: str) -> Iterator[list[Member]]:
    """Give nodes of these parties that have accepted each other's anchors and that no network joins."""
    clock = TickingClock()
    with ExitStack() as stack:
        members = [Member(folder / str(n), title, clock) for n, title in enumerate(titles)]
        for member in members:
            stack.callback(member.close)
        for one in members:
            for other in members:
                if one is not other:
                    one.meet(other)
        yield members
