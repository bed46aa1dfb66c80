"""Tests that what is erased while an upload waits or goes on is not brought back by it, nor held by its job."""

import json
import time

import pytest
from sqlalchemy import func, select

from comity.desk.begin_intake import begin_intake
from comity.desk.erase_item import EraseItemRequest, erase_item
from comity.desk.forget_intakes import named_in
from comity.desk.run_intake import PART_OBJECTS, LeaseLost, run_intake
from comity.desk.run_jobs import do_next
from comity.desk.take_in import TakeInRequest, take_in
from comity.errors import NotFound
from comity.stores import taking, work
from comity.stores.tables import ERASED, ITEM, records
from comity.stores.work import MOST_TRIES
from tests.desk.test_begin_intake import many
from tests.desk.test_run_intake import GOES_ON, OWNER, EndsAfter, leased, shown
from tests.support.nodes import OFFICER, Freedonia, an_id

TOTAL = PART_OBJECTS + 10
AHEAD, BEHIND = PART_OBJECTS + 5, 3


def erase(hub: Freedonia, n: int) -> None:
    erase_item(hub.node, OFFICER, EraseItemRequest(id=an_id("indicator", n), reason="an order", ordered_by="a court"))


def waiting(hub: Freedonia) -> bytes:
    with hub.node.store.read() as tx:
        return b"".join(payload for _, payload in work.payloads(tx, "jobs", "intake"))


def items(hub: Freedonia) -> int:
    with hub.node.store.read() as tx:  # not by a status, which may tell of a while ago
        where = (records.c.family == ITEM, records.c.state != ERASED)
        return int(tx.execute(select(func.count()).select_from(records).where(*where)).scalar_one())


@pytest.mark.parametrize("place", [AHEAD, BEHIND])
def test_what_is_erased_while_an_upload_goes_on_stays_gone(hub: Freedonia, place: int) -> None:
    take_in(hub.node, OWNER, many(TOTAL))
    body = json.loads(many(TOTAL).body)
    newer = [one | {"modified": "2031-02-02T00:00:00.000Z"} for one in body["objects"]]
    wish = TakeInRequest(body=json.dumps(body | {"objects": newer}).encode(), name="newer.json", default_tlp="green")
    begun = begin_intake(hub.node, OWNER, wish)
    run_intake(hub.node, leased(hub), EndsAfter(1))
    assert an_id("indicator", place).encode() in waiting(hub)
    before = items(hub)
    erase(hub, place)
    assert an_id("indicator", place).encode() not in waiting(hub)
    half = shown(hub, begun.id).view
    assert (half.done, half.total) == (PART_OBJECTS - (place == BEHIND), TOTAL - 1)
    assert do_next(hub.node, GOES_ON)
    ended = shown(hub, begun.id)
    assert (ended.view.state, ended.view.done) == ("done", TOTAL - 1) and ended.taken is not None
    assert sum(ended.taken.counts.values()) == TOTAL - (place == AHEAD)
    with pytest.raises(NotFound):
        erase(hub, place)
    assert items(hub) == before - (2 if place == BEHIND else 1) + (10 if place == BEHIND else 9)


def test_a_worker_that_holds_what_was_erased_loses_its_lease_and_no_try(hub: Freedonia) -> None:
    begun = begin_intake(hub.node, OWNER, many(TOTAL))
    run_intake(hub.node, leased(hub), EndsAfter(1))
    for n in range(MOST_TRIES + 1):
        mine = leased(hub)
        erase(hub, n)
        with pytest.raises(LeaseLost):
            run_intake(hub.node, mine, GOES_ON)
    assert do_next(hub.node, GOES_ON) and shown(hub, begun.id).view.state == "done"


def test_what_waits_only_in_an_upload_can_be_erased_too(hub: Freedonia) -> None:
    begin_intake(hub.node, OWNER, many(TOTAL))
    run_intake(hub.node, leased(hub), EndsAfter(0))
    erase(hub, AHEAD)
    assert an_id("indicator", AHEAD).encode() not in waiting(hub) and do_next(hub.node, GOES_ON)
    assert items(hub) == TOTAL - 1


@pytest.mark.parametrize("form", ["stix", "misp"])
def test_content_that_nobody_has_read_yet_goes_as_a_whole_and_its_person_is_told(hub: Freedonia, form: str) -> None:
    take_in(hub.node, OWNER, many(2))
    wish = many(2)
    if form == "misp":
        event = {"Event": {"info": "x", "Attribute": [{"uuid": an_id("indicator", 1).partition("--")[2].upper()}]}}
        wish = TakeInRequest(body=json.dumps(event).encode(), name="event.json")
    begun, other = begin_intake(hub.node, OWNER, wish), begin_intake(hub.node, OWNER, many(1))
    stale = leased(hub)
    erase(hub, 1)
    with hub.node.store.read() as tx:
        row = taking.intake(tx, begun.id)
    assert row is not None and row.state == "failed" and "was erased here meanwhile" in (row.error or "")
    run_intake(hub.node, stale, GOES_ON)
    assert do_next(hub.node, GOES_ON) and not do_next(hub.node, GOES_ON)
    assert shown(hub, other.id).view.state == "done" and items(hub) == 1


def test_a_job_that_cannot_be_read_does_not_keep_anything_from_being_erased(hub: Freedonia) -> None:
    take_in(hub.node, OWNER, many(2))
    with hub.node.store.write() as tx:
        work.add_job(tx, "intake", b"\xc1", hub.clock.now)
    erase(hub, 1)
    assert items(hub) == 1


def test_ids_are_found_in_what_cannot_be_read_in_time_that_grows_with_its_length() -> None:
    assert named_in(b'{"id":"indicator--1", x--y.z--w "a-b" --c d--') == [b"indicator--1", b"x--y.z--w"]
    began = time.process_time()
    assert named_in(b"a" * 1_000_000) == []
    assert time.process_time() - began < 5
