"""Tests that a peer's log is believed as far as it leads on from what was seen of it, and is an alarm else."""

import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from comity.desk.acts import signer_for
from comity.desk.list_peers import ListPeersRequest, list_peers
from comity.desk.make_checkpoint import make_checkpoint
from comity.desk.rotate_key import RotateKeyRequest, rotate_key
from comity.desk.watch_log import FORK, RENEWED, ROLLBACK, STILL, LogLook, watch_log
from comity.errors import RecordRejected
from comity.records.dsse import Signer
from comity.records.log.checkpoint import Checkpoint, sign_checkpoint
from comity.records.log.fork import check_fork
from comity.stores import directory, witnessing
from comity.stores.directory import PartyRow
from comity.stores.witnessing import LogCheck, PeerLog
from comity.wire import log_client
from tests.support.federation import Member, federation
from tests.support.log_server import ServedLog, serving
from tests.support.logs import Tiles, entries
from tests.support.nodes import OFFICER, agreement, an_object, clause

ORIGIN = "freedonia-csirt/comity/1"
PARTIES = ("freedonia-csirt", "ruritania-csirt")


class Watch:
    """Ruritania's node, which knows Freedonia's keys, and a log that is served in Freedonia's name."""

    def __init__(self, free: Member, ruri: Member, log: ServedLog) -> None:
        self.free, self.node, self.log, self.ruri = free, ruri.node, log, ruri
        with self.node.store.read() as tx:
            row = directory.party_named(tx, free.name)
        assert row is not None
        self.peer: PartyRow = row

    def look(self) -> str:
        return watch_log(self.node, self.peer, self.log.collection).error

    def seen(self) -> list[PeerLog]:
        with self.node.store.read() as tx:
            return witnessing.peer_logs_of(tx, self.peer.no)

    def check(self) -> LogCheck:
        with self.node.store.read() as tx:
            found = witnessing.log_check(tx, self.peer.no)
        assert found is not None
        return found

    def alarms(self) -> list[tuple[str, bytes]]:
        return [(one.kind, one.evidence or b"") for one in self.ruri.alarms()]


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    with federation(tmp_path, "Freedonia CSIRT", "Ruritania CSIRT") as (free, ruri):
        log = ServedLog(ORIGIN, free.node.keys.log)
        with serving(log):
            yield Watch(free, ruri, log)


def grown(count: int, *, other_from: int | None = None) -> Tiles:
    """A log of so many entries, which differ from those of every other test log from some place on."""
    given = entries(count)
    if other_from is not None:
        given[other_from:] = [b"\x02" + one[1:] for one in given[other_from:]]
    return Tiles(given)


@pytest.mark.parametrize(
    "sizes", [(16, 16, 32), (16, 272, 4096), (256, 512, 513), (1, 2, 3, 300), (0, 16), (70_000, 70_016)]
)
def test_a_log_that_grows_is_followed(watch: Watch, sizes: tuple[int, ...]) -> None:
    for size in sizes:
        told = watch.log.show(grown(size))
        assert watch.look() == ""
        (seen,) = watch.seen()
        assert (seen.origin, seen.size, seen.root) == (ORIGIN, size, told.root)
    assert watch.alarms() == []
    assert watch.check().sound_ms == watch.check().tried_ms


def test_a_look_asks_for_few_tiles_however_large_the_log(watch: Watch) -> None:
    watch.log.show(grown(65_536))
    watch.look()
    watch.log.asked.clear()
    watch.log.show(grown(66_600))
    assert watch.look() == ""
    assert len(watch.log.asked) <= 7
    watch.log.asked.clear()
    watch.look()
    assert watch.log.asked == ["/log/checkpoint"]


def test_a_log_that_goes_back_is_an_alarm_once_and_what_was_seen_stays(watch: Watch) -> None:
    watch.log.show(grown(64))
    watch.look()
    before = watch.seen()
    for size in (32, 48):
        watch.log.show(grown(size))
        assert watch.look().startswith(f"{ROLLBACK}: its log {ORIGIN} had 64 entries signed")
    assert watch.seen() == before
    ((kind, evidence),) = watch.alarms()
    assert kind == ROLLBACK
    assert msgspec.json.decode(evidence)["first"] == before[0].note.decode()
    watch.log.show(grown(80))
    assert (watch.look(), watch.seen()[0].size) == ("", 80)


@pytest.mark.parametrize(("first", "second"), [(64, 64), (64, 80), (256, 1024), (300, 70_000), (48, 49)])
def test_two_histories_are_an_alarm_whose_proof_holds_without_either_node(
    watch: Watch, first: int, second: int
) -> None:
    told = watch.log.show(grown(first))
    watch.look()
    other = watch.log.show(grown(second, other_from=first - 1))
    assert watch.look().startswith(FORK)
    ((kind, evidence),) = watch.alarms()
    assert kind == FORK
    fork = check_fork(evidence)
    assert (fork.first, fork.second) == (told, other)
    assert fork.first_key.public == fork.second_key.public == watch.free.node.keys.log.public
    assert watch.seen()[0].root == told.root
    watch.look()
    assert len(watch.alarms()) == 1


def test_a_log_renewed_under_the_next_name_is_told_and_followed_and_does_not_return(watch: Watch) -> None:
    watch.log.show(grown(64))
    watch.look()
    watch.log.show(grown(16), origin="freedonia-csirt/comity/2")
    assert watch.look() == ""
    assert [(one.no, one.origin, one.size) for one in watch.seen()] == [
        (1, ORIGIN, 64),
        (2, "freedonia-csirt/comity/2", 16),
    ]
    assert [kind for kind, _ in watch.alarms()] == [RENEWED]
    watch.log.show(grown(32), origin="freedonia-csirt/comity/2")
    assert watch.look() == ""
    watch.log.show(grown(80))
    assert watch.look() == f"{ROLLBACK}: it went back from its log freedonia-csirt/comity/2 to {ORIGIN}"
    assert [kind for kind, _ in watch.alarms()] == [RENEWED, ROLLBACK]


def test_a_log_of_another_name_or_key_is_not_believed(watch: Watch) -> None:
    for origin in ("ruritania-csirt/comity/1", "freedonia-csirt-2/comity/1", "example.org/log"):
        watch.log.show(grown(16), origin=origin)
        assert "wrong-origin" in watch.look()
    watch.log.signer = watch.free.node.keys.record
    watch.log.show(grown(16))
    assert "no-known-signer" in watch.look()
    assert watch.seen() == []
    assert watch.alarms() == []


def test_a_rotated_key_of_the_log_is_heard_of_and_followed(watch: Watch) -> None:
    watch.log.show(grown(16))
    watch.look()
    rotate_key(watch.free.node, OFFICER, RotateKeyRequest(use="log", overlap_days=0))
    watch.log.signer = _newest(watch.free)
    watch.log.show(grown(32))
    assert "no-known-signer" in watch.look()
    watch.ruri.sync()
    assert watch.look() == ""


def _newest(member: Member) -> Signer:
    with member.node.store.read() as tx:
        return signer_for(member.node, tx, "log", member.node.clock())


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"\x00" * 100,
        b"no note",
        b"a\nb\nc\n\n\xe2\x80\x94 x AAAA\n",
        b"\xff\xfe",
        b"<html>" * 1000,
        b"x" * (1 << 20),
    ],
    ids=["empty", "zeros", "words", "unsigned", "not utf-8", "a page", "a megabyte"],
)
def test_a_checkpoint_that_is_none_is_told_and_keeps_what_was_seen(watch: Watch, note: bytes) -> None:
    watch.log.show(grown(16))
    watch.look()
    before = watch.seen()
    watch.log.answer = lambda path: note if path.endswith("checkpoint") else None
    assert watch.look()
    assert (watch.seen(), watch.alarms()) == (before, [])
    check = watch.check()
    assert check.sound_ms is not None
    assert check.tried_ms > check.sound_ms
    assert check.error


@pytest.mark.parametrize("size", [0, 1, 31, 32 * 300, 32 << 20])
def test_tiles_that_are_none_are_told_and_are_no_proof(watch: Watch, size: int) -> None:
    watch.log.show(grown(300))
    watch.look()
    watch.log.show(grown(600))
    watch.log.answer = lambda path: b"\x07" * size if "tile" in path else None
    assert watch.look()
    assert (watch.seen()[0].size, watch.alarms()) == (300, [])


def test_tiles_of_the_right_length_and_another_tree_are_told_and_are_no_proof(watch: Watch) -> None:
    watch.log.show(grown(300))
    watch.look()
    told = watch.log.show(grown(600))
    watch.log.tiles = grown(600, other_from=290)
    assert "do not lead to the root" in watch.look()
    assert watch.alarms() == []
    watch.log.note = sign_checkpoint(told._replace(root=b"r" * 32), watch.log.signer)
    watch.log.tiles = grown(600)
    assert "do not lead to the root" in watch.look()


def test_a_first_checkpoint_must_have_its_tiles(watch: Watch) -> None:
    watch.log.note = sign_checkpoint(Checkpoint(ORIGIN, 1 << 40, b"r" * 32), watch.log.signer)
    assert watch.look()
    assert len(watch.log.asked) <= log_client.MOST_TILES + 1
    assert watch.seen() == []


def test_the_largest_log_that_can_be_signed_costs_no_more(watch: Watch) -> None:
    watch.log.show(grown(16))
    watch.look()
    watch.log.asked.clear()
    watch.log.note = sign_checkpoint(Checkpoint(ORIGIN, (1 << 63) - 1, b"r" * 32), watch.log.signer)
    watch.log.answer = lambda path: b"\x07" * 8192 if "tile" in path and ".p" not in path else _cut(path)
    assert watch.look()
    assert len(watch.log.asked) <= log_client.MOST_TILES + 1
    assert watch.seen()[0].size == 16


def _cut(path: str) -> bytes | None:
    return b"\x07" * 32 * int(path.rpartition("/")[2]) if "tile" in path else None


def test_no_log_is_nothing_wrong_until_one_was_seen(watch: Watch) -> None:
    assert watch.look() == ""
    watch.log.show(grown(16))
    watch.look()
    watch.log.note = b""
    assert "shows no log" in watch.look()
    assert watch.alarms() == []


def test_a_log_that_does_not_answer_in_time_is_given_up(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    watch.log.show(grown(16))
    watch.look()
    watch.log.show(grown(3000))
    let_go = threading.Event()

    def stall(path: str) -> bytes | None:
        if "tile" in path:
            let_go.wait(10)
        return None

    watch.log.answer = stall
    monkeypatch.setattr(log_client, "LIMITS", msgspec.structs.replace(log_client.LIMITS, answer_s=0.2))
    assert "too long" in watch.look()
    let_go.set()


def test_what_was_seen_is_shown_with_the_peer(watch: Watch) -> None:
    (before,) = list_peers(watch.node, OFFICER, ListPeersRequest()).peers
    assert (before.log, before.log_size, before.log_sound_at, before.log_error) == ("", 0, None, "")
    watch.log.show(grown(64))
    watch.look()
    (sound,) = list_peers(watch.node, OFFICER, ListPeersRequest()).peers
    assert (sound.log, sound.log_size, sound.log_error) == (ORIGIN, 64, "")
    assert sound.log_sound_at is not None
    watch.log.show(grown(32))
    watch.look()
    (back,) = list_peers(watch.node, OFFICER, ListPeersRequest()).peers
    assert (back.log_size, back.log_sound_at) == (64, sound.log_sound_at)
    assert back.log_error.startswith(ROLLBACK)


def test_an_address_that_tells_of_no_log_is_told_as_none(watch: Watch) -> None:
    assert watch_log(watch.node, watch.peer, "http://127.0.0.1:1/api/collections/x/") == LogLook()


def test_what_does_not_contradict_is_no_proof(watch: Watch) -> None:
    watch.log.show(grown(64))
    watch.look()
    watch.log.show(grown(80, other_from=63))
    watch.look()
    ((_, evidence),) = watch.alarms()
    written = msgspec.json.decode(evidence)
    for change in ({"path": []}, {"second": written["first"]}, {"v": 2}, {"more": 1}):
        with pytest.raises(RecordRejected):
            check_fork(msgspec.json.encode({**written, **change}))


HOUR_MS = 3_600_000


def test_a_log_that_stands_still_while_things_come_is_shown_and_after_an_hour_an_alarm(tmp_path: Path) -> None:
    with federation(tmp_path, "Freedonia CSIRT", "Ruritania CSIRT") as (free, ruri):
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=PARTIES))
        free.put(an_object("indicator", 1))
        make_checkpoint(free.node)
        ruri.sync()

        def shown() -> tuple[str | None, str | None]:
            (peer,) = list_peers(ruri.node, OFFICER, ListPeersRequest()).peers
            return peer.log_grown_at, peer.log_unlogged_since

        grown, since = shown()
        assert grown is not None and since is None
        free.put(an_object("indicator", 2))
        ruri.sync()
        assert shown()[0] == grown and shown()[1] is not None
        assert ruri.alarms() == [], "it may be but late"
        ruri.node.clock.now += HOUR_MS  # type: ignore[attr-defined]
        ruri.sync()
        assert ruri.alarms() == [], "one that was away is given until the next look"
        ruri.node.clock.now += HOUR_MS  # type: ignore[attr-defined]
        ruri.sync()
        (alarm,) = ruri.alarms()
        assert alarm.kind == STILL and str(free.name) in alarm.facts
        make_checkpoint(free.node)
        ruri.sync()
        assert shown()[1] is None and shown()[0] != grown
        assert [one.times for one in ruri.alarms()] == [alarm.times], "it grew, and is not raised again"


def test_a_log_to_which_nothing_came_may_stand_still_for_ever(tmp_path: Path) -> None:
    with federation(tmp_path, "Freedonia CSIRT", "Ruritania CSIRT") as (free, ruri):
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=PARTIES))
        free.put(an_object("indicator", 1))
        ruri.sync()
        make_checkpoint(free.node)
        ruri.sync()
        ruri.node.clock.now += 100 * HOUR_MS  # type: ignore[attr-defined]
        ruri.sync()
        assert ruri.alarms() == []
