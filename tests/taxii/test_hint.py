"""Tests that a hint brings a reading forward for whom we read from, and for nobody else, however it is sent."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from comity.desk.take_hint import EVERY_MS
from comity.stores import directory, subscribing
from comity.stores.subscribing import Subscription
from comity.values import Instant
from tests.support.taxii import Caller, Hub

LATER_MS = 3_600_000


class Reading:
    """A hub that reads from Ruritania, in an hour."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        with hub.node.store.write() as tx:
            party = directory.party_named(tx, "ruritania")
            assert party is not None
            row = subscribing.subscribe(
                tx, party.no, "https://ruritania.example/taxii2/root/collections/x/", None, hub.now
            )
            self.no = row.no
        self.put_off()

    def put_off(self) -> None:
        with self.hub.node.store.write() as tx:
            subscribing.note_success(tx, self.no, self.hub.now, Instant(self.hub.now + LATER_MS))

    @property
    def row(self) -> Subscription:
        with self.hub.node.store.read() as tx:
            row = subscribing.subscription(tx, self.no)
        assert row is not None
        return row

    def due_in_ms(self) -> int:
        return self.row.due_ms - self.hub.now


@pytest.fixture
def reading(tmp_path: Path) -> Iterator[Reading]:
    with Hub(tmp_path / "hub") as hub:
        yield Reading(hub)


@pytest.fixture
def caller(reading: Reading) -> Iterator[Caller]:
    with Caller(reading.hub) as caller:
        yield caller


def test_a_hint_of_whom_we_read_from_brings_the_reading_forward(reading: Reading, caller: Caller) -> None:
    answer = caller("POST", "/hint")
    assert (answer.status_code, answer.content) == (202, b"")
    assert 0 < reading.due_in_ms() <= EVERY_MS, "not sooner than five seconds after the last"
    reading.put_off()
    reading.hub.now = Instant(reading.hub.now + EVERY_MS)
    caller("POST", "/hint")
    assert reading.due_in_ms() <= 0


def test_a_hint_sent_again_and_again_changes_nothing_more(reading: Reading, caller: Caller) -> None:
    caller("POST", "/hint")
    before = reading.row
    for _ in range(50):
        assert caller("POST", "/hint").status_code == 202
    assert reading.row == before


def test_a_failing_peer_is_tried_a_minute_after_the_last_time(reading: Reading, caller: Caller) -> None:
    with reading.hub.node.store.write() as tx:
        subscribing.note_failure(tx, reading.no, "down", reading.hub.now, Instant(reading.hub.now + LATER_MS))
    caller("POST", "/hint")
    assert 50_000 < reading.due_in_ms() <= 60_000


def test_what_rests_goes_on_resting(reading: Reading, caller: Caller) -> None:
    with reading.hub.node.store.write() as tx:
        subscribing.set_paused(tx, reading.no, Instant(reading.hub.now + LATER_MS), paused=True)
    before = reading.row
    assert caller("POST", "/hint").status_code == 202
    assert reading.row == before


def test_strangers_and_those_we_do_not_read_from_cause_nothing(reading: Reading, caller: Caller) -> None:
    before = reading.row
    for auth, status in (
        (None, 401),
        (("ruritania", "guess"), 401),
        ((reading.hub.ruritania.user, reading.hub.elbonia.password), 401),
        (reading.hub.elbonia.auth, 404),
    ):
        assert caller("POST", "/hint", auth=auth).status_code == status
    assert caller("GET", "/hint").status_code == 405
    assert reading.row == before


def test_guesses_are_throttled(reading: Reading, caller: Caller) -> None:
    codes = [caller("POST", "/hint", auth=("ruritania", f"guess {n}")).status_code for n in range(40)]
    assert codes[0] == 401
    assert codes[-1] == 429


def test_a_body_says_nothing(reading: Reading, caller: Caller) -> None:
    assert caller("POST", "/hint", content=b"x" * 100_000).status_code == 202
    assert caller("POST", "/hint", content=b'{"party":"elbonia"}').status_code == 202
    assert reading.due_in_ms() <= EVERY_MS
