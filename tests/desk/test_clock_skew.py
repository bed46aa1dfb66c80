"""Tests that a peer's clock that is off is named: where its reading is shown, and in the error that comes of it."""

from pathlib import Path

import pytest

from comity.desk.acts import head
from comity.desk.clock_skew import larger, notable, signed_skew, with_skew
from comity.desk.list_peers import ListPeersRequest, list_peers
from comity.errors import Busy
from comity.records import codec, dsse
from comity.records.kinds import Retraction
from comity.records.kinds.retraction import RetractedItem
from comity.values import Instant
from tests.faults.relay import relaying
from tests.support.federation import Member, federation
from tests.support.nodes import OFFICER, agreement, an_object, clause

TEXT = agreement(clause("1", "share", tlp_at_most="amber"), parties=("freedonia-csirt", "ruritania-csirt"))
NAMES = ("Freedonia CSIRT", "Ruritania CSIRT")


def off_s(reader: Member) -> int:
    (peer,) = list_peers(reader.node, OFFICER, ListPeersRequest()).peers
    return peer.clock_off_s


def test_only_more_than_a_minute_is_notable() -> None:
    assert [notable(ms) for ms in (None, 0, 60_000, -60_000, 60_600, -61_000)] == [0, 0, 0, 0, 61, -61]


def test_the_larger_of_two_skews_counts() -> None:
    assert [larger(*pair) for pair in ((None, None), (None, 5), (-9, 5), (3, 5))] == [None, 5, -9, 5]


def test_an_error_names_the_skew_in_its_direction_and_keeps_its_own_words() -> None:
    error = Busy("not {when}", when="now")
    assert (
        with_skew(error, "freedonia-csirt", 600_000) == "not now; the clock of freedonia-csirt is 600 s ahead of ours"
    )
    assert with_skew(error, "freedonia-csirt", -90_000) == "not now; the clock of freedonia-csirt is 90 s behind ours"
    assert with_skew(error, "freedonia-csirt", 1000) == with_skew(error, "freedonia-csirt", None) == "not now"


def test_what_is_signed_in_our_future_says_how_far_and_the_past_says_nothing(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES, meet=False) as (free, _):
        now = free.node.clock()
        act = Retraction(**head(free.node, now)._asdict(), items=(RetractedItem(id="indicator--1"),), reason="r")
        envelope = dsse.sign(codec.encode(act), free.node.keys.record)
    assert signed_skew(envelope, Instant(now - 5000)) == 5000
    assert signed_skew(envelope, Instant(now + 5000)) is None
    assert signed_skew(None, now) is signed_skew(b"{}", now) is signed_skew(b"\xff", now) is None


@pytest.mark.parametrize("skew_s", [600, -600, 3000])
def test_a_peer_s_clock_is_shown_while_all_goes_well(tmp_path: Path, skew_s: int) -> None:
    with federation(tmp_path, *NAMES, off_s=(skew_s,)) as (free, ruri):
        free.agree(TEXT)
        free.put(an_object("indicator", 1))
        assert ruri.sync().error == ""
        assert abs(off_s(ruri) - skew_s) <= 2
        assert ruri.sync().new == 0
        assert free.sync().error == ""
        assert abs(off_s(free) + skew_s) <= 2


def test_clocks_within_a_minute_are_not_told(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES, off_s=(50,)) as (free, ruri):
        free.agree(TEXT)
        free.put(an_object("indicator", 1))
        ruri.sync()
        assert off_s(ruri) == 0


def test_a_key_that_does_not_count_yet_is_told_with_the_skew(tmp_path: Path) -> None:
    with federation(tmp_path, *NAMES, off_s=(7 * 3600,)) as (free, ruri):
        free.agree(TEXT)
        free.put(an_object("indicator", 1))
        told = ruri.sync()
        assert "not-yet-valid" in told.error
        assert "; the clock of freedonia-csirt is 252" in told.error
        assert told.error.endswith("s ahead of ours")
        (peer,) = list_peers(ruri.node, OFFICER, ListPeersRequest()).peers
        assert peer.last_error == told.error
        assert [one.kind for one in ruri.alarms()] == ["bad-signature"]
        ruri.sync()
        assert len(ruri.alarms()) == 1, "the skew is no part of what tells two alarms apart"


def test_where_answers_bear_no_date_what_was_signed_tells_the_skew(tmp_path: Path) -> None:
    with (
        federation(tmp_path, *NAMES, meet=False, off_s=(7 * 3600,)) as (free, ruri),
        relaying(free.base) as wire,
    ):
        free.base, wire.dated = wire.url, False
        for one, other in ((free, ruri), (ruri, free)):
            one.meet(other)
        ruri.read_from(free)
        free.agree(TEXT)
        free.put(an_object("indicator", 1))
        assert "the clock of freedonia-csirt is 252" in ruri.sync().error
