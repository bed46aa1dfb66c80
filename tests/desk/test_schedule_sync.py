"""Tests that the scheduler reads each party in its time, and that slow ones hold up nobody."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from comity.desk import schedule_sync as module
from comity.desk.add_party import AddPartyRequest, add_party
from comity.desk.add_peer import AddPeerRequest, add_peer
from comity.desk.peers import peers_of
from comity.desk.schedule_sync import Scheduler, run_scheduler
from comity.desk.sync_peers import AT_ONCE
from comity.stores import subscribing
from comity.values import Instant
from tests.faults.relay import Relay, relaying
from tests.support.nodes import OFFICER
from tests.support.pairs import Pair, a_pair
from tests.support.taxii import indicator, wait_until


def read_from(pair: Pair, title: str, base: str) -> str:
    """Let the reader know another party, and read the giver's items as that party's."""
    node = pair.reader.node
    party = add_party(node, OFFICER, AddPartyRequest(title=title, kind="state", default_tlp="amber")).name
    login = {"user": pair.giver.ruritania.user, "password": pair.giver.ruritania.password}
    add_peer(node, OFFICER, AddPeerRequest(party=party, url=f"{base}/taxii2/", **login))
    return party


def synced(pair: Pair) -> set[str]:
    return {named.party for named in peers_of(pair.reader.node) if named.row.synced_ms is not None}


def objects_of(pair: Pair) -> dict[str, int]:
    return {named.party: named.row.objects for named in peers_of(pair.reader.node)}


@contextmanager
def stalled(wires: list[Relay]) -> Iterator[None]:
    """Let relays hold their answers until the block ends."""
    let_go = threading.Event()

    def hold(call: BaseHTTPRequestHandler) -> None:
        let_go.wait(60)

    for wire in wires:
        wire.raw = hold
    try:
        yield
    finally:
        let_go.set()


@contextmanager
def scheduled(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(module, "LOOK_EVERY_S", 0.05)
    stop = threading.Event()
    worker = threading.Thread(target=run_scheduler, args=(pair.reader.node, stop))
    worker.start()
    try:
        yield
    finally:
        stop.set()
        worker.join(30)
        assert not worker.is_alive()


def test_a_fast_party_is_read_again_and_again_while_a_slow_one_stalls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_pair(tmp_path, sync_every_s=1) as pair, relaying(pair.base) as wire:
        read_from(pair, "Slow", wire.url)
        fast = read_from(pair, "Fast", pair.base)
        with stalled([wire]), scheduled(pair, monkeypatch):
            for n in range(1, 4):
                pair.giver.deliver(indicator(n))
                pair.reader.later(2)
                wait_until(lambda n=n: objects_of(pair)[fast] == n)  # type: ignore[misc]  # bound as it is now
            assert objects_of(pair)["slow"] == 0


def test_slow_parties_never_take_the_last_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SLOW_S", 0.0)  # whoever was read once counts as slow
    with a_pair(tmp_path, sync_every_s=1) as pair, ExitStack() as stack:
        wires = [stack.enter_context(relaying(pair.base)) for _ in range(AT_ONCE + 1)]
        slow = [read_from(pair, f"Slow {n}", wire.url) for n, wire in enumerate(wires)]
        stop = threading.Event()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            scheduler = Scheduler(pair.reader.node, pool, stop)
            deadline = time.monotonic() + 30
            while synced(pair) != set(slow):
                scheduler.look()
                assert time.monotonic() < deadline
                stop.wait(0.02)
            pair.reader.later(5)
            with stalled(wires):
                fast = read_from(pair, "Fast", pair.base)
                while fast not in synced(pair):
                    scheduler.look()
                    assert time.monotonic() < deadline
                    stop.wait(0.02)
                scheduler.look()
                assert len(scheduler._running) == AT_ONCE - 1


def test_who_waits_longest_is_read_first(tmp_path: Path) -> None:
    with a_pair(tmp_path) as pair, relaying(pair.base) as wire:
        names = [read_from(pair, f"Party {n}", base) for n, base in enumerate((pair.base, wire.url))]
        with pair.reader.node.store.write() as tx:
            for place, named in enumerate(reversed(subscribing.all_subscriptions(tx))):
                subscribing.note_part(tx, named.row.no, Instant(1), Instant(place))
        assert module.due_parties(pair.reader.node) == names[::-1]


def test_told_to_stop_it_ends_between_two_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("comity.desk.sync_peers.PER_PAGE", 1)
    with a_pair(tmp_path, sync_every_s=1) as pair:
        pair.giver.deliver(*(indicator(n) for n in range(500)))
        party = read_from(pair, "Fast", pair.base)
        with scheduled(pair, monkeypatch):
            wait_until(lambda: objects_of(pair)[party] > 2)
        assert objects_of(pair)[party] < 500
        assert peers_of(pair.reader.node)[0].row.failures == 0
