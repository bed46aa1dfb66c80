"""Tests the list of peers."""

from pathlib import Path

import pytest

from comity.desk.list_peers import ListPeersRequest, PeerList, list_peers
from comity.errors import NotFound
from comity.stores import alarming, directory, stating, streams
from comity.stores.stating import HeldStatement
from tests.support.federation import federation
from tests.support.nodes import OFFICER, agreement, an_object, clause
from tests.support.pairs import a_pair
from tests.support.plain_server import a_submitter, plain_server


def test_peers_are_listed_by_party_or_all(tmp_path: Path) -> None:
    with a_pair(tmp_path) as pair:
        assert list_peers(pair.reader.node, OFFICER, ListPeersRequest()) == PeerList(peers=(), parties=())
        shown = pair.subscribe()
        for party in (None, "northwind-energy"):
            assert list_peers(pair.reader.node, OFFICER, ListPeersRequest(party=party)).peers == (shown,)
        with pytest.raises(NotFound):
            list_peers(pair.reader.node, OFFICER, ListPeersRequest(party="elbonia"))
        (plain,) = list_peers(pair.reader.node, OFFICER, ListPeersRequest()).parties
        assert (plain.party, plain.accepted_at, plain.stated, plain.alarms) == ("northwind-energy", None, 0, ())
        assert shown.statement is None


def test_a_peer_tells_its_stream_what_waits_and_its_alarms(tmp_path: Path) -> None:
    with federation(tmp_path, "Freedonia CSIRT", "Ruritania CSIRT") as (free, ruri):
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=(free.name, ruri.name)))
        free.put(an_object("indicator", 1))
        (before,) = list_peers(free.node, OFFICER, ListPeersRequest()).parties
        assert (before.party, before.accepted_by) == (ruri.name, "officer")
        assert (before.stated, before.lacking, before.acknowledged, before.waiting) == (1, False, 0, 2)
        ruri.sync()
        (after,) = list_peers(free.node, OFFICER, ListPeersRequest(party=ruri.name)).parties
        assert (after.stated, after.acknowledged, after.waiting, after.alarms) == (1, 1, 0, ())
        (read,) = list_peers(ruri.node, OFFICER, ListPeersRequest()).peers
        assert (read.statement, read.missing, read.state) == (1, 0, "healthy")
        with ruri.node.store.write() as tx:
            no = next(row.no for row in directory.party_rows(tx) if row.name == free.name)
            alarming.raise_alarm(tx, no, "rollback", "statement 1 after 2", ruri.node.clock(), b"envelope")
            (stream,) = streams.streams_of(tx, no)
            stating.hold_statement(tx, stream.no, HeldStatement(2, b"2" * 32, b"{}"), "0,3", ruri.node.clock())
        shown = list_peers(ruri.node, OFFICER, ListPeersRequest())
        assert [(one.kind, one.evidence_bytes) for one in shown.parties[0].alarms] == [("rollback", 8)]
        assert (shown.peers[0].statement, shown.peers[0].missing) == (2, 2)


def test_whose_key_is_accepted_is_listed_though_nothing_is_read_from_it(tmp_path: Path) -> None:
    with federation(tmp_path, "Freedonia CSIRT", "Ruritania CSIRT", meet=False) as (free, ruri):
        free.meet(ruri)
        shown = list_peers(free.node, OFFICER, ListPeersRequest(party=ruri.name))
        assert (shown.peers, [one.party for one in shown.parties]) == ((), [ruri.name])


def test_outlets_are_listed_beside_them_and_a_party_may_have_nothing_else(tmp_path: Path) -> None:
    with plain_server() as plain, a_submitter(tmp_path) as node:
        view = node.add(plain.url)
        listed = list_peers(node.node, OFFICER, ListPeersRequest(party="ruritania-csirt"))
        assert (listed.peers, listed.outlets) == ((), (view,))
