"""Tests that reading a peer's log is bounded: in bytes, tiles and time, and that nothing but the log is asked."""

from collections.abc import Iterator

import pytest

from comity.errors import NotFound, RecordRejected, TooLarge, Unreachable
from comity.wire.addresses import networks_of
from comity.wire.log_client import MOST_TILES, LogClient
from comity.wire.outbound import Outbound
from tests.support.log_server import ServedLog, serving
from tests.support.logs import ORIGIN, SIGNER, Tiles, entries

OUTBOUND = Outbound(listed=networks_of(("127.0.0.0/8",)))
SIZE = 700


@pytest.fixture
def log() -> Iterator[ServedLog]:
    made = ServedLog(ORIGIN, SIGNER)
    made.show(Tiles(entries(SIZE)))
    with serving(made):
        yield made


def reading(log: ServedLog, within_s: float = 20.0) -> LogClient:
    return LogClient(OUTBOUND, f"{log.base}/log/", within_s=within_s)


def test_checkpoint_and_tiles_come_as_they_are(log: ServedLog) -> None:
    with reading(log) as client:
        assert client.checkpoint() == log.note
        for level, number, width in ((0, 0, 256), (0, 2, SIZE - 512), (1, 0, 2)):
            assert client.tile(level, number, SIZE) == log.tiles.read(level, number)[: width * 32]
    assert log.asked == ["/log/checkpoint", "/log/tile/0/000", "/log/tile/0/002.p/188", "/log/tile/1/000.p/2"]


def test_a_tile_that_the_log_cannot_have_is_not_asked_for(log: ServedLog) -> None:
    with reading(log) as client, pytest.raises(RecordRejected, match="missing-tile"):
        client.tile(0, 3, SIZE)
    assert log.asked == []


def test_what_is_not_there_or_of_another_length_is_refused(log: ServedLog) -> None:
    with reading(log) as client:
        with pytest.raises(RecordRejected, match="bad-tile"):
            client.tile(0, 2, SIZE + 5)
        log.answer = lambda path: b"x" * 100_000
        with pytest.raises(TooLarge):
            client.tile(0, 0, SIZE)
        with pytest.raises(TooLarge):
            client.checkpoint()
        log.answer = lambda path: None
        log.note = b""
        with pytest.raises(NotFound):
            client.checkpoint()
        log.tiles = Tiles()
        with pytest.raises(RecordRejected, match="missing-tile"):
            client.tile(0, 0, SIZE)


def test_no_more_tiles_are_asked_for_than_a_proof_needs(log: ServedLog) -> None:
    with reading(log) as client:
        for _ in range(MOST_TILES):
            client.tile(0, 0, SIZE)
        with pytest.raises(RecordRejected, match="missing-tile"):
            client.tile(0, 0, SIZE)
    assert len(log.asked) == MOST_TILES


def test_all_that_is_asked_has_one_end(log: ServedLog) -> None:
    with reading(log, within_s=-1.0) as client, pytest.raises(Unreachable, match="too long"):
        client.checkpoint()
    assert log.asked == []
