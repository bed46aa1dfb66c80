"""Tests the reading of a peer: everything once, byte for byte, from where it stopped, whatever goes wrong between."""

import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from comity.desk import sync_peers as module
from comity.desk.actor import Actor
from comity.desk.add_party import AddPartyRequest, add_party
from comity.desk.add_peer import AddPeerRequest, add_peer
from comity.desk.peers import peers_of
from comity.desk.sync_peers import PeerSynced, SyncPeersRequest, sync_peers
from comity.desk.verb import Progress
from comity.errors import NotFound, NotPermitted
from comity.records import codec, dsse
from comity.records.facts import facts_of_key
from comity.records.kinds import Receipt
from comity.stores import subscribing
from comity.values import Tlp
from comity.wire.outbound import Answer, Line
from tests.faults.relay import relaying
from tests.support.federation import federation
from tests.support.nodes import OFFICER, agreement, an_object, clause
from tests.support.pairs import Pair, a_pair
from tests.support.taxii import indicator


def held(pair: Pair) -> dict[str, str]:
    """The objects that the reading node holds as the giver's, by id."""
    with pair.reader.node.store.read() as tx:
        rows = tx.exec_driver_sql(
            "select r.stix_id, r.body from records r join parties p on p.no = r.source_no"
            " where p.name = 'northwind-energy' and r.state = 0"
        )
        return {row[0]: bytes(row[1]).decode() for row in rows}


def given(pair: Pair) -> dict[str, str]:
    """The objects that the giver holds, by id."""
    with pair.giver.node.store.read() as tx:
        rows = tx.exec_driver_sql("select stix_id, body from records where family = 0 and state = 0")
        return {row[0]: bytes(row[1]).decode() for row in rows}


def test_all_that_is_released_arrives_byte_for_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PER_PAGE", 7)
    with a_pair(tmp_path) as pair:
        pair.giver.deliver(*(indicator(n, name=f"ünïcode {n}", x_custom=[1.0, {"b": None}]) for n in range(20)))
        pair.subscribe()
        told = pair.sync()
        assert (told.objects, told.new, told.duplicate, told.quarantined, told.error) == (20, 20, 0, 0, "")
        assert held(pair) == given(pair)


def test_the_next_reading_goes_on_where_the_last_ended(tmp_path: Path) -> None:
    with a_pair(tmp_path) as pair:
        pair.subscribe()
        assert pair.sync().objects == 0
        pair.giver.deliver(indicator(1))
        assert (pair.sync().new, pair.sync().objects) == (1, 0)
        pair.giver.deliver(indicator(2), indicator(1, modified="2030-02-01T00:00:00.000Z", name="anew"))
        assert (pair.sync().new, pair.sync().objects) == (2, 0)


def test_what_came_is_not_ours_to_share_and_goes_on_by_its_givers_forward_clause_alone(tmp_path: Path) -> None:
    with a_pair(tmp_path) as pair:
        pair.giver.deliver(indicator(1))
        pair.subscribe()
        pair.sync()
        three = ("freedonia-csirt", "ruritania-csirt", "northwind-energy")
        pair.reader.agree(
            agreement(clause("1", "share", tlp_at_most="amber"), name="share", parties=three), adhere=three
        )
        assert pair.reader.ids("ruritania-csirt") == []
        pair.reader.agree(
            agreement(clause("2", "forward", tlp_at_most="amber"), name="forward", parties=three), adhere=three
        )
        assert pair.reader.ids("ruritania-csirt") == [indicator(1)["id"]]


def test_a_crash_between_two_pages_loses_and_doubles_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PER_PAGE", 5)
    with a_pair(tmp_path) as pair:
        pair.giver.deliver(*(indicator(n) for n in range(20)))
        pair.subscribe()

        def stop(_: object) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            sync_peers(pair.reader.node, OFFICER, SyncPeersRequest(), progress=stop)
        assert len(held(pair)) == 5
        assert (pair.sync().new, len(held(pair))) == (15, 20)


def test_a_peer_that_fails_is_tried_later_and_later_and_holds_up_no_other(tmp_path: Path) -> None:
    with a_pair(tmp_path, sync_every_s=60) as pair, a_pair(tmp_path / "second") as second:
        pair.subscribe()
        second.giver.deliver(indicator(5))
        with pair.reader.node.store.write() as tx:
            tx.exec_driver_sql("update subscriptions set url = 'http://127.0.0.1:1/taxii2/root/collections/x/'")
        second_pair = Pair(second.giver, second.base, pair.reader)
        second_pair.subscribe()
        told = sync_peers(pair.reader.node, OFFICER, SyncPeersRequest()).peers
        assert [bool(one.error) for one in told] == [True, False]
        assert told[1].new == 1
        waits = []
        for _ in range(8):
            sync_peers(pair.reader.node, OFFICER, SyncPeersRequest())
            with pair.reader.node.store.read() as tx:
                row = subscribing.all_subscriptions(tx)[0].row
            waits.append((row.due_ms - int(pair.reader.clock.now)) // 1000)
        assert waits[:5] == [120, 240, 480, 960, 1920]
        assert waits[-1] == 3600
        assert row.failures == 9 and row.last_error


def test_due_only_leaves_the_others_and_the_paused(tmp_path: Path) -> None:
    with a_pair(tmp_path, sync_every_s=60) as pair:
        number = pair.subscribe().number
        assert pair.sync(due_only=True).error == ""
        assert sync_peers(pair.reader.node, OFFICER, SyncPeersRequest(due_only=True)).peers == ()
        pair.reader.later(60)
        with pair.reader.node.store.write() as tx:
            subscribing.set_paused(tx, number, pair.reader.clock.now, paused=True)
        assert sync_peers(pair.reader.node, OFFICER, SyncPeersRequest(due_only=True)).peers == ()


def test_unmarked_objects_of_a_party_that_states_no_level_are_red(tmp_path: Path) -> None:
    with a_pair(tmp_path) as pair:
        pair.giver.deliver(indicator(1))
        pair.reader.party("Elbonia")
        request = module.SyncPeersRequest(party="elbonia")
        with pytest.raises(NotFound):
            sync_peers(pair.reader.node, OFFICER, request)
        pair.subscribe()
        with pair.reader.node.store.write() as tx:
            tx.exec_driver_sql("update parties set default_tlp = null where name = 'northwind-energy'")
        pair.sync()
        with pair.reader.node.store.read() as tx:
            key = tx.exec_driver_sql("select c.key from classes c join records r on r.class_no = c.no").scalar_one()
        assert facts_of_key(key).tlp == Tlp.RED


def test_only_those_who_administrate_may(tmp_path: Path) -> None:
    with a_pair(tmp_path) as pair, pytest.raises(NotPermitted):
        sync_peers(pair.reader.node, Actor(name="x", role="reader", via="taxii"), SyncPeersRequest())


def test_of_two_that_read_at_once_one_gives_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PER_PAGE", 1)
    with a_pair(tmp_path) as pair:
        pair.giver.deliver(*(indicator(n) for n in range(3)))
        pair.subscribe()
        others: list[int] = []

        def read_beside(_: Progress) -> None:
            if not others:
                others.append(pair.sync().new)

        (told,) = sync_peers(pair.reader.node, OFFICER, SyncPeersRequest(), progress=read_beside).peers
        assert (told.new, told.code, others) == (1, "busy", [2])
        assert held(pair) == given(pair)
        assert pair.sync().error == ""


def test_after_most_pages_the_reading_ends_quietly_and_the_next_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PER_PAGE", 2)
    monkeypatch.setattr(module, "MOST_PAGES", 3)
    with a_pair(tmp_path, sync_every_s=60) as pair:
        pair.giver.deliver(*(indicator(n) for n in range(10)))
        pair.subscribe()
        first = pair.sync()
        assert (first.new, first.more, first.error) == (6, True, "")
        (named,) = peers_of(pair.reader.node)
        assert (named.row.failures, named.row.synced_ms) == (0, None)
        assert named.row.due_ms <= pair.reader.clock.now, "it goes on at once"
        second = pair.sync()
        assert (second.new, second.more, second.error) == (4, False, "")
        (named,) = peers_of(pair.reader.node)
        assert named.row.synced_ms is not None
        assert held(pair) == given(pair)


def test_when_its_time_is_over_a_reading_keeps_what_came_and_leaves_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PER_PAGE", 1)
    with a_pair(tmp_path) as pair:
        pair.giver.deliver(*(indicator(n) for n in range(4)))
        pair.subscribe()

        def pass_time(_: Progress) -> None:
            pair.reader.later(10)

        request = SyncPeersRequest(within_s=15)
        (told,) = sync_peers(pair.reader.node, OFFICER, request, progress=pass_time).peers
        assert (told.more, told.error) == (True, "")
        assert 2 <= told.new <= 3
        (told,) = sync_peers(pair.reader.node, OFFICER, request).peers
        assert (told.more, len(held(pair))) == (False, 4)


def test_parties_are_read_beside_each_other(tmp_path: Path) -> None:
    with a_pair(tmp_path) as slow, a_pair(tmp_path / "second") as fast, relaying(slow.base) as wire:
        slow.giver.deliver(indicator(1))
        fast.giver.deliver(indicator(2))
        reader = slow.reader.node
        add_party(reader, OFFICER, AddPartyRequest(title="Elbonia", kind="state", default_tlp="amber"))
        slow.subscribe(f"{wire.url}/taxii2/")
        login = {"user": fast.giver.ruritania.user, "password": fast.giver.ruritania.password}
        add_peer(reader, OFFICER, AddPeerRequest(party="elbonia", url=f"{fast.base}/taxii2/", **login))
        fast_is_done = threading.Event()

        def stall(call: BaseHTTPRequestHandler) -> None:
            fast_is_done.wait(30)

        def tell(progress: Progress) -> None:
            if progress.phase == "elbonia":
                fast_is_done.set()

        wire.raw = stall
        told = {one.party: one for one in sync_peers(reader, OFFICER, SyncPeersRequest(), progress=tell).peers}
        assert (told["elbonia"].new, told["elbonia"].error) == (1, "")
        assert told["northwind-energy"].error


def test_a_page_that_another_command_has_taken_meanwhile_is_no_rollback(tmp_path: Path) -> None:
    with federation(tmp_path, "Freedonia CSIRT", "Ruritania CSIRT") as (free, ruri):
        free.agree(agreement(clause("1", "share", tlp_at_most="amber")))
        free.put(an_object("indicator", 1))
        free.put(an_object("indicator", 2))
        at_once = ruri.node
        beside: list[PeerSynced] = []

        class Slow(Line):
            def call(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
                answer = super().call(method, url, headers=headers, body=body)
                if not beside:
                    beside.extend(sync_peers(at_once, OFFICER, SyncPeersRequest()).peers)
                return answer

        (told,) = sync_peers(ruri.node._replace(dial=Slow), OFFICER, SyncPeersRequest()).peers
        assert (told.code, beside[0].error, ruri.alarms()) == ("busy", "", [])
        assert len(ruri.held_from(free)) == 2


def test_an_act_that_comes_with_every_page_of_a_run_is_acknowledged_once(tmp_path: Path) -> None:
    with federation(tmp_path, "Freedonia CSIRT", "Ruritania CSIRT") as (free, ruri):
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=(free.name, ruri.name)))
        for n in range(3):
            free.put(an_object("indicator", n))  # a statement each
        told = ruri.sync()
        assert (told.error, told.new, told.acts) == ("", 3, 6), "text and adherence, with each of three pages"
        with ruri.node.store.read() as tx:
            rows = tx.exec_driver_sql(
                "select body from records where family = 1 and source_no = 0 and type = 'x-comity-receipt'"
            )
            acts = [codec.decode(dsse.unverified_payload(bytes(row[0]))) for row in rows]
        named = [name for act in acts if isinstance(act, Receipt) for name in act.of]
        assert len(named) == len(set(named)) == 5
