"""Tests that peers are told of what is new for them: once, not too often, and nobody else."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from comity.desk import schedule_sync, send_hints
from comity.desk.peers import peers_of
from comity.desk.schedule_sync import run_scheduler
from comity.desk.send_hints import EVERY_S, FAILED_S, REFUSED_S, Hinter, send_hint
from comity.desk.sequence import settle
from comity.values import Instant
from tests.support.federation import Member, TickingClock, federation
from tests.support.nodes import agreement, an_id, an_object, clause
from tests.support.taxii import wait_until

TEXT = agreement(clause("1", "share", tlp_at_most="amber"), parties=("freedonia-csirt", "ruritania-csirt"))
NAMES = ("Freedonia CSIRT", "Ruritania CSIRT")


def due_ms(member: Member) -> int:
    return peers_of(member.node)[0].row.due_ms


def look(hinter: Hinter, times: int = 1) -> None:
    """Look, and wait until what was begun is done."""
    for _ in range(times):
        hinter.look()
        for sending in hinter._sending.values():
            sending.exception(timeout=20)


def test_a_peer_is_told_once_of_what_was_stated_and_again_of_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(send_hints, "EVERY_S", 0.0)
    sent: list[str] = []
    real = send_hints.post_hint
    monkeypatch.setattr(send_hints, "post_hint", lambda out, url, login: (sent.append(url), real(out, url, login)))
    with federation(tmp_path, *NAMES) as (free, ruri), ThreadPoolExecutor(1) as pool:
        free.agree(TEXT)
        ruri.sync()
        hinter = Hinter(free.node, pool)
        free.put(an_object("indicator", 1))
        settle(free.node)
        look(hinter, 3)
        assert sent == [f"{ruri.base}/hint"]
        before = due_ms(ruri)
        free.put(an_object("indicator", 2))
        settle(free.node)
        look(hinter, 3)
        assert len(sent) == 2
        assert due_ms(ruri) <= before
        look(Hinter(ruri.node, pool), 3)
        assert len(sent) == 2, "nothing is stated to Freedonia"


def test_between_two_hints_to_one_party_is_a_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    monkeypatch.setattr(send_hints, "post_hint", lambda out, url, login: sent.append(url))
    with federation(tmp_path, *NAMES) as (free, _), ThreadPoolExecutor(1) as pool:
        free.agree(TEXT)
        hinter = Hinter(free.node, pool)
        for n in range(5):
            free.put(an_object("indicator", n))
            settle(free.node)
            look(hinter, 2)
        assert len(sent) == 1
        hinter._rests_until.clear()
        look(hinter)
        assert len(sent) == 2, "what came meanwhile is told in one"


def test_what_is_refused_or_fails_rests_longer(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES) as (free, ruri):
        (named,) = peers_of(free.node)
        assert send_hint(free.node, named) == EVERY_S
        with ruri.node.store.write() as tx:
            tx.exec_driver_sql("delete from subscriptions")
        assert send_hint(free.node, named) == REFUSED_S
        (free.node.folder / "logins" / f"{named.row.no}.json").write_text("{}")
        assert send_hint(free.node, named) == FAILED_S
        elsewhere = named._replace(row=named.row._replace(url="http://127.0.0.1:1/api/collections/x/"))
        assert send_hint(free.node, elsewhere) == REFUSED_S
        away = named._replace(row=named.row._replace(url="http://127.0.0.1:1/taxii2/root/collections/x/"))
        assert send_hint(free.node, away) == FAILED_S


def test_a_new_item_arrives_long_before_the_next_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule_sync, "LOOK_EVERY_S", 0.05)
    with federation(tmp_path, *NAMES) as (free, ruri):
        free.agree(TEXT)
        ruri.sync()
        clock = ruri.node.clock
        assert isinstance(clock, TickingClock)
        stop = threading.Event()
        workers = [threading.Thread(target=run_scheduler, args=(one.node, stop)) for one in (free, ruri)]
        for worker in workers:
            worker.start()
        try:
            wait_until(lambda: due_ms(ruri) > clock.now)
            next_look = due_ms(ruri)
            clock.now = Instant(clock.now + 6_000)  # of the minute until then
            free.put(an_object("indicator", 1))
            settle(free.node)
            wait_until(lambda: an_id("indicator", 1) in ruri.held_from(free))
            assert clock.now < next_look
        finally:
            stop.set()
            for worker in workers:
                worker.join(30)
