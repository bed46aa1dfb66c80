"""Lets one peer of three turn hostile: each trick is an error or an alarm, nothing stays, the other peer is read."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from comity.desk import peers
from comity.desk.add_peer import AddPeerRequest, add_peer
from comity.desk.node_type import Node
from comity.desk.sequence import settle
from comity.desk.sync_peers import PeerSynced, SyncPeersRequest, sync_peers
from comity.errors import NotPermitted, RecordRejected, UsageError
from comity.wire.outbound import Limits, Outbound
from tests.faults import hostile
from tests.faults.relay import Change, Relay, relaying
from tests.support.federation import Member, federation
from tests.support.figures import Figures
from tests.support.nodes import OFFICER, agreement, an_id, an_object, clause

NAMES = ("Freedonia CSIRT", "Northwind CSIRT", "Ruritania CSIRT")
PARTIES = ("freedonia-csirt", "northwind-csirt", "ruritania-csirt")
MOST_GROWTH_MIB = 300
TRICKS = 30


class Scene:
    """A hostile peer behind a relay, an honest one, and the node that reads both."""

    def __init__(self, liar: Member, honest: Member, victim: Member, wire: Relay) -> None:
        self.liar, self.honest, self.victim, self.wire = liar, honest, victim, wire
        self.tricks = self._puts = 0

    def play(self, name: str) -> PeerSynced:
        """Read from all while the trick is on: the other peer must be read, served, and memory stay bounded."""
        self._puts += 1
        self.honest.put(an_object("malware", 1000 + self._puts))
        settle(self.victim.node)
        before = self._kept()
        start = reset_peak_mib()
        told = {one.party: one for one in sync_peers(self.victim.node, OFFICER, SyncPeersRequest()).peers}
        growth = peak_mib() - start
        assert growth < MOST_GROWTH_MIB, f"{name}: {growth:.0f} MiB"
        other = told[self.honest.name]
        assert (other.error, other.new) == ("", 1), f"{name}: the other peer was not read"
        assert self._kept() == before, f"{name}: something of it was kept"
        assert self.honest.sync(self.victim.name).error == "", f"{name}: the other peer was not served"
        self.tricks += 1
        print(f"{name}: {growth:.0f} MiB, {told[self.liar.name].error or 'no error'}"[:160])
        return told[self.liar.name]

    def clear_alarms(self) -> None:
        """Clear what stands: the same alarm is not raised twice."""
        with self.victim.node.store.write() as tx:
            tx.exec_driver_sql("update alarms set cleared_ms = 1")

    def _kept(self) -> object:
        from_liar = self.victim.held_from(self.liar)
        with self.victim.node.store.read() as tx:
            texts = tx.exec_driver_sql("select id from agreements order by id").scalars().all()
            keys = tx.exec_driver_sql("select count(*) from party_keys").scalar_one()
            bound = tx.exec_driver_sql("select count(*) from adherences").scalar_one()
        return from_liar, texts, keys, bound, hostile.last_seq(self.victim, self.liar)


def reset_peak_mib() -> float:
    """Forget the peak of memory, and give what is held now."""
    Path("/proc/self/clear_refs").write_text("5")
    return _status("VmRSS")


def peak_mib() -> float:
    return _status("VmHWM")


def _status(name: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(name))


@contextmanager
def a_scene(folder: Path) -> Iterator[Scene]:
    with federation(folder, *NAMES, meet=False) as (liar, honest, victim), relaying(liar.base) as wire:
        liar.base = wire.url
        pairs = [(one, other) for one in (liar, honest, victim) for other in (liar, honest, victim) if one is not other]
        for one, other in pairs:
            one.meet(other)
        for one, other in pairs:
            one.read_from(other)
        text = agreement(clause("1", "share", tlp_at_most="amber"), parties=PARTIES)
        liar.agree(text)
        sync_peers(honest.node, OFFICER, SyncPeersRequest(party=liar.name))
        honest.adhere("free-ruri")
        liar.put(an_object("indicator", 1))
        honest.put(an_object("malware", 1))
        for party in (liar.name, honest.name):
            assert victim.sync(party).error == ""
        assert len(victim.held_from(liar)) == len(victim.held_from(honest)) == 1
        yield Scene(liar, honest, victim, wire)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait a second where the node would wait a minute, and read 50 pages where it would read 10,000."""
    real = peers.outbound

    def short(node: Node) -> Outbound:
        return msgspec.structs.replace(real(node), limits=Limits(connect_s=2, answer_s=4))

    monkeypatch.setattr(peers, "outbound", short)
    monkeypatch.setattr("comity.desk.sync_peers.MOST_PAGES", 50)


@pytest.mark.usefixtures("quick")
def test_30_tricks_of_a_hostile_peer_harm_nobody(tmp_path: Path, figure: Figures) -> None:
    with a_scene(tmp_path) as scene:
        for name, make in hostile.RAW.items():
            scene.wire.raw = make()
            assert scene.play(name).error, f"{name}: silence"
        scene.wire.raw = None
        scene.liar.put(an_object("indicator", 2))
        for name, change in altered_pages(scene).items():
            scene.wire.change = change
            said = scene.play(name)
            assert said.error, f"{name}: silence"
        for name, envelope in hostile.lawless_acts(scene.liar, scene.victim, scene.honest).items():
            scene.wire.change = hostile.acts_alone(envelope)
            scene.clear_alarms()
            scene.play(name)
            (alarm,) = scene.victim.alarms()
            assert (alarm.kind, alarm.party) == ("act-refused", scene.liar.name), name
            assert alarm.evidence is not None
            print(f"  {alarm.facts}"[:120])
        theirs = an_id("malware", 1)
        for name, envelope in hostile.harmless_acts(scene.liar, theirs).items():
            scene.wire.change = hostile.acts_alone(envelope)
            scene.clear_alarms()
            scene.play(name)
            (alarm,) = scene.victim.alarms()
            assert (alarm.party, alarm.evidence) == (scene.liar.name, envelope.encode()), name
        assert theirs in scene.victim.held_from(scene.honest), "only its originator takes an item back"
        assert scene.victim.acknowledged(scene.liar)[1] == 0
        scene.wire.change = None
        told = scene.victim.sync(scene.liar.name)
        assert (told.error, told.new) == ("", 1), "an honest page is taken after it"
        figure("tricks of a hostile peer", tricks=scene.tricks, kept_of_them=0, other_peers_held_up=0)
        assert scene.tricks >= TRICKS


def altered_pages(scene: Scene) -> dict[str, Change]:
    liar, victim = scene.liar, scene.victim
    seq = hostile.last_seq(victim, liar)
    return {
        "no signature any more": hostile.without_sidecar,
        "1,000 entries for one object": hostile.one_object_1000_times,
        "an entry for a leaf that is not there": hostile.altered(entries=[{"leaf": 999, "salt": "ab" * 16}]),
        "a sidecar of other types": hostile.altered(entries={"leaf": 1}),
        "a set that is a statement": lambda objects, sidecar: hostile.altered(set=sidecar["statement"])(
            objects, sidecar
        ),
        "a statement for another reader": hostile.restated(liar, victim, to=scene.honest.name),
        "a statement of another stream": hostile.restated(liar, victim, stream="other"),
        "a statement in another's name": hostile.restated(liar, victim, issuer=scene.honest.name),
        "a statement from far ahead": hostile.restated(liar, victim, seq=seq + 1000),
        "a statement on another past": hostile.restated(liar, victim, prev="ab" * 32),
        "a statement of the live world": hostile.restated(liar, victim, exercise=False),
    }


@pytest.mark.parametrize(
    "root", ["http://169.254.169.254/", "http://10.0.0.1/", "//localhost:1/", "file:///etc/", "http://["]
)
def test_a_peer_that_leads_inside_is_not_followed(tmp_path: Path, root: str) -> None:
    with federation(tmp_path, *NAMES[:2], meet=False) as (liar, victim), relaying(liar.base) as wire:
        victim.meet(liar)
        wire.raw, wire.raw_everywhere = hostile.body(msgspec.json.encode({"api_roots": [root]})), True
        with pytest.raises((NotPermitted, RecordRejected, UsageError)):
            add_peer(victim.node, OFFICER, AddPeerRequest(party=liar.name, url=f"{wire.url}/taxii2/"))
