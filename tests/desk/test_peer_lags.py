"""Tests that each reading says how far behind its peer was, and that the list of peers gives the last week of it."""

from pathlib import Path

from comity.desk.list_peers import ListPeersRequest, list_peers
from comity.desk.peer_lags import HOURS, PeerLag, first_hour
from comity.desk.sync_peers import SyncPeersRequest, sync_peers
from comity.values import Instant
from tests.support.nodes import OFFICER
from tests.support.pairs import Pair, a_pair

HOUR_MS = 3_600_000


def lags(pair: Pair) -> tuple[PeerLag, ...]:
    return list_peers(pair.reader.node, OFFICER, ListPeersRequest()).lags


def test_a_reading_says_for_how_long_the_peer_had_not_been_read(tmp_path: Path) -> None:
    with a_pair(tmp_path) as pair:
        pair.subscribe()
        assert lags(pair) == ()
        clock = pair.reader.clock
        clock.now = Instant(clock.now - clock.now % HOUR_MS)
        sync_peers(pair.reader.node, OFFICER, SyncPeersRequest())
        clock.now = Instant(clock.now + 10 * 60_000)
        sync_peers(pair.reader.node, OFFICER, SyncPeersRequest())
        clock.now = Instant(clock.now + HOUR_MS)
        sync_peers(pair.reader.node, OFFICER, SyncPeersRequest())
        (one,) = lags(pair)
        assert (one.party, one.number) == ("northwind-energy", 1)
        assert [(hour.behind_s, hour.tries, hour.failures) for hour in one.hours] == [(600, 2, 0), (3_600, 1, 0)]
        clock.now = Instant(clock.now + (HOURS - 1) * HOUR_MS)
        (one,) = lags(pair)
        assert [hour.behind_s for hour in one.hours] == [3_600], "a week is shown"
        clock.now = Instant(clock.now + HOUR_MS)
        assert lags(pair) == ()


def test_the_first_hour_shown_is_a_whole_one() -> None:
    now = Instant(1_930_000_000_123)
    first = first_hour(now)
    assert first % HOUR_MS == 0 and first + HOURS * HOUR_MS > now >= first + (HOURS - 1) * HOUR_MS
