"""Kills both ends of a sync with SIGKILL, at named points and at any moment: all arrives once, receipts agree."""

import random
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from comity.cli.caller import local_actor
from comity.desk.accept_anchor import AcceptAnchorRequest, accept_anchor
from comity.desk.add_agreement import AddAgreementRequest, add_agreement
from comity.desk.add_peer import AddPeerRequest, add_peer
from comity.desk.add_reader import AddReaderRequest, add_reader
from comity.desk.adhere_agreement import AdhereAgreementRequest, adhere_agreement
from comity.desk.export_anchor import ExportAnchorRequest, export_anchor
from comity.desk.init_node import InitRequest, init_node
from comity.desk.intake import Intake, Source
from comity.desk.node_type import Node
from comity.desk.sequence import settle
from comity.desk.sync_peers import SyncPeersRequest, sync_peers
from comity.node import new_node, open_node
from comity.settings import settings_of
from comity.stores import alarming, directory, stating
from comity.taxii.app import create_app
from comity.values import Tlp
from comity.wire.bundles import Found
from tests.faults.aftermath import reopened
from tests.faults.stage import AGREEMENT, Child, Crew, encoded, hired, lines_of, some_objects
from tests.support.figures import Figures
from tests.support.taxii import served, wait_until

READER_POINTS = [
    f"comity.{name}:{count}:{when}"
    for name, counts in {
        "stores.opening:Store.write": (1, 2, 3),
        "desk.sync_peers:receive": (1,),
        "desk.sync_peers:acknowledge": (1,),
        "desk.receive_page:take_acts": (1,),
        "desk.sync_peers:post_waiting": (1,),
        "stores.stating:hold_statement": (1,),
        "stores.stating:note_provenance": (1,),
        "stores.subscribing:advance": (1,),
        "stores.subscribing:note_success": (1,),
        "stores.keeping:keep": (1,),
        "stores.work:finish": (1,),
        "wire.taxii_client:TaxiiClient.submit": (1,),
    }.items()
    for count in counts
    for when in ("before", "after")
]
GIVER_POINTS = [
    f"comity.{name}:{count}:{when}"
    for name, counts in {
        "stores.opening:Store.write": (1, 2, 3, 4),
        "desk.sequence:close_statement": (1, 2),
        "desk.statements:_made": (1,),
        "stores.stating:state": (1,),
        "stores.numbering:number": (1,),
        "stores.numbering:done": (1,),
        "taxii.routes:read_signed": (1,),
        "taxii.routes:submit_items": (1,),
        "stores.stating:note_receipts": (1,),
        "desk.submit_items:take_act": (1,),
        "stores.registers:put_status": (1,),
    }.items()
    for count in counts
    for when in ("before", "after")
]
RANDOM_DEATHS = 56  # half of them at each end
LONGEST_S = 0.25
MOST_SYNCS = 8


class Ends(NamedTuple):
    """The giver's folder and address, the reader's folder."""

    giver: Path
    reader: Path
    port: int


@pytest.fixture
def ends(tmp_path: Path, free_port: int) -> Ends:
    folders = []
    for title in ("Freedonia", "Ruritania"):
        folders.append(tmp_path / title)
        settings = settings_of(
            party=title.lower(),
            title=title,
            kind="state",
            port=free_port,
            sync_every_s=0,
            log_level="error",
            outbound_networks=["127.0.0.0/8"],  # type: ignore[arg-type]
        )
        with new_node(folders[-1], settings) as node:
            init_node(node, local_actor(), InitRequest())
    ends = Ends(*folders, free_port)
    giver, reader = open_node(ends.giver), open_node(ends.reader)
    try:
        for one, other in ((giver, reader), (reader, giver)):
            anchor = export_anchor(other, local_actor(), ExportAnchorRequest())
            heard = AcceptAnchorRequest(file=anchor.text.encode(), fingerprint=anchor.fingerprint)
            accept_anchor(one, local_actor(), heard)
        login = add_reader(giver, local_actor(), AddReaderRequest(party="ruritania"))
        add_agreement(giver, local_actor(), AddAgreementRequest(text=AGREEMENT.replace(b', "elbonia"', b"")))
        adhere_agreement(giver, local_actor(), AdhereAgreementRequest(agreement="open-2026"))
    finally:
        giver.store.close()
        reader.store.close()
    with reopened(ends.giver) as giver, served(create_app(giver)) as url, reopened(ends.reader) as reader:
        # Added where it is served now, read where it will be served.
        request = AddPeerRequest(party="freedonia", url=f"{url}/taxii2/", user=login.user, password=login.password)
        add_peer(reader, local_actor(), request)
        with reader.store.write() as tx:
            old, new = url, f"http://127.0.0.1:{ends.port}"
            tx.exec_driver_sql("update subscriptions set url = replace(url, ?, ?)", (old, new))
            tx.exec_driver_sql("update subscriptions set inbox_url = replace(inbox_url, ?, ?)", (old, new))
    return ends


class Life:
    """Both ends through many deaths. State kept consistent: what was given in all."""

    def __init__(self, ends: Ends, crew: Crew, crew_beside: Crew) -> None:
        self.ends, self.crew, self.beside = ends, crew, crew_beside
        self.given: dict[str, bytes] = {}
        self.chance, self.deaths = random.Random(20310301), 0

    def give(self, node: Node, count: int = 6) -> None:
        """Take items in at the giver, and leave them to its sequencer."""
        bodies = encoded(some_objects(self.chance, count))
        self.given |= bodies
        with node.store.write() as tx:
            party = directory.own_party(tx)
            assert party is not None
            found = [Found(body, None, "$", len(body)) for body in bodies.values()]
            Intake(node, Source(party, Tlp.GREEN, "test")).keep(tx, found, node.clock())

    def cut(self, giver_dies: str | float | None, reader_dies: str | float | None) -> None:
        """Let the reader sync from the giver, and one or both of them die of it."""
        with reopened(self.ends.giver) as node:
            self.give(node)
            if giver_dies is None:  # else its own sequencer is to be at work as it dies
                settle(node)
        serving: list[str | Path] = ["--node", self.ends.giver, "--json", "node", "serve"]
        reading: list[str | Path] = ["--node", self.ends.reader, "--json", "peer", "sync"]
        giver = self.beside.start(serving, die=giver_dies if isinstance(giver_dies, str) else "")
        try:
            wait_until(lambda: bool(lines_of(giver.out)) or is_dead(giver))
            if isinstance(giver_dies, str):
                for _ in range(MOST_SYNCS):
                    if is_dead(giver):
                        break
                    self.crew.start(reading)
                    assert self.crew.wait() in (0, 3)
                assert is_dead(giver), f"{giver_dies} is never reached"
            elif isinstance(reader_dies, str):
                child = self.crew.start(reading, die=reader_dies)
                assert self.crew.wait() == -9, f"{reader_dies} is never reached: {child.out.read_text()}"
                self.deaths += 1
            else:
                self.crew.start(reading)
                threading.Event().wait(reader_dies)
                self.deaths += self.crew.kill() == -9
        finally:
            self.deaths += self.beside.kill() == -9 and giver_dies is not None

    def check(self) -> None:
        """Let both live: all is there once, byte for byte, and acknowledged, and there is no alarm."""
        with reopened(self.ends.giver) as giver, reopened(self.ends.reader) as reader:
            settle(giver)
            with served(create_app(giver), port=self.ends.port):
                for _ in range(3):
                    (told,) = sync_peers(reader, local_actor(), SyncPeersRequest()).peers
                    assert told.error == ""
            assert (told.objects, told.posted) == (0, 0), "nothing is left to do"
            with reader.store.read() as tx:
                rows = tx.exec_driver_sql("select stix_id, body from records where family = 0").all()
                assert alarming.standing_alarms(tx) == []
            held = {row[0]: bytes(row[1]) for row in rows}
            assert len(rows) == len(held), "something came twice"
            with giver.store.read() as tx:
                visible = set(
                    tx.exec_driver_sql(
                        "select r.stix_id from records r join deliveries d on d.item_no = r.no where r.family = 0"
                    ).scalars()
                )
                no = tx.exec_driver_sql("select no from parties where name = 'ruritania'").scalar_one()
                made, acknowledged = stating.stream_state(tx, no)
                assert alarming.standing_alarms(tx) == []
            assert set(held) == visible and all(held[key] == self.given[key] for key in held)
            assert made == acknowledged > 0, "receipts agree"


def is_dead(child: Child) -> bool:
    """Has a child ended? It stays a zombie until the crew is asked for its status."""
    return Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


@pytest.fixture
def life(ends: Ends, crew: Crew, tmp_path: Path) -> Iterator[Life]:
    with hired(tmp_path / "beside") as beside:
        yield Life(ends, crew, beside)


def test_deaths_of_the_reader_at_named_points_lose_and_double_nothing(life: Life, figure: Figures) -> None:
    for n, point in enumerate(READER_POINTS):
        life.cut(None, point)
        if n % 6 == 5:
            life.check()
    life.check()
    figure("kill -9 in a sync", deaths=life.deaths)
    assert life.deaths == len(READER_POINTS)


def test_deaths_of_the_giver_at_named_points_lose_and_double_nothing(life: Life, figure: Figures) -> None:
    for n, point in enumerate(GIVER_POINTS):
        life.cut(point, None)
        if n % 6 == 5:
            life.check()
    life.check()
    figure("kill -9 in a sync", deaths=life.deaths)
    assert life.deaths == len(GIVER_POINTS)


def test_deaths_of_both_at_any_moment_lose_and_double_nothing(life: Life, figure: Figures) -> None:
    for n in range(RANDOM_DEATHS // 2):
        life.cut(life.chance.uniform(0, LONGEST_S), life.chance.uniform(0, LONGEST_S))
        if n % 7 == 6:
            life.check()
    life.check()
    figure("kill -9 in a sync", deaths=life.deaths)
    assert life.deaths >= RANDOM_DEATHS * 3 // 4, "too few died while they worked"


def test_100_deaths_are_died() -> None:
    assert len(READER_POINTS) + len(GIVER_POINTS) + RANDOM_DEATHS * 3 // 4 >= 100
