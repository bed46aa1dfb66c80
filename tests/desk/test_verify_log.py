"""Tests the verdict as a whole: what it counts, how much it lists, and how far it says it is."""

from pathlib import Path

import pytest
from sqlalchemy import update

from comity.desk.verb import Progress
from comity.desk.verify_log import VerifyLogRequest, verify_log
from comity.errors import NotFound
from comity.stores import keeping
from comity.stores.tables import records
from tests.support.logged import verified
from tests.support.nodes import OFFICER, an_object, freedonia
from tests.support.stores import a_record


def test_without_a_log_there_is_nothing_to_verify(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub, pytest.raises(NotFound, match="no log yet"):
        verify_log(hub.node, OFFICER, VerifyLogRequest())


def test_a_log_that_was_never_signed_is_verified_too(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        hub.put(an_object("malware", 1))
        answer = verified(hub.node)
    assert (answer.sound, answer.checkpoint_size) == (True, 0)


def test_what_waits_for_the_sequencer_is_counted_and_is_no_fault(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        hub.put(an_object("malware", 1))
        with hub.node.store.write() as tx:
            no = keeping.next_numbers(tx, 1)
            batch = keeping.empty_batch()
            batch.records.append(a_record("tool--1", no=no))
            keeping.keep(hub.node.store, tx, batch)
        answer = verified(hub.node)
    assert (answer.sound, answer.waiting) == (True, 1)


def test_very_many_differences_are_counted_and_not_all_listed(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        hub.put(*(an_object("malware", number) for number in range(1100)))
        with hub.node.store.write() as tx:
            tx.execute(update(records).values(version_us=1))
        answer = verified(hub.node)
    assert answer.differing >= 1100
    assert len(answer.differences) == 1000
    assert not answer.sound


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[Progress] = []
    with freedonia(tmp_path) as hub:
        hub.put(*(an_object("malware", number) for number in range(300)))
        size = verified(hub.node).size
        verify_log(hub.node, OFFICER, VerifyLogRequest(), progress=told.append)
    assert {one.phase for one in told} == {"hashing the log", "comparing the records"}
    assert max(one.done for one in told) == size == told[0].total
