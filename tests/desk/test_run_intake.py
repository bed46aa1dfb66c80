"""Tests that content is taken in part by part, that whoever goes on repeats nothing, and that failing says why."""

import json
import threading
from typing import Any

import msgspec
import pytest

from comity.desk import run_intake
from comity.desk.actor import Actor
from comity.desk.begin_intake import IntakeShown, ShowIntakeRequest, begin_intake, show_intake
from comity.desk.erase_item import EraseItemRequest, erase_item
from comity.desk.list_audit import ListAuditRequest, list_audit
from comity.desk.node_status import StatusRequest, node_status
from comity.desk.run_intake import LEASE_MS, PART_OBJECTS, LeaseLost
from comity.desk.run_jobs import do_next
from comity.desk.take_in import TakeInRequest, take_in, try_take_in
from comity.stores import taking, work
from comity.stores.work import Work
from comity.values import Instant
from tests.desk.test_begin_intake import DUTY, many
from tests.support.desk import Office
from tests.support.desk_story import busy
from tests.support.nodes import OFFICER, Freedonia, an_id, an_object

GOES_ON = threading.Event()
PARTS = 3 * PART_OBJECTS + 7
OWNER = Actor(name="op", role="operator", via="cli")


class EndsAfter(threading.Event):
    """An order to stop that comes after it was asked for a number of times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def is_set(self) -> bool:
        self.times -= 1
        return self.times < 0


def shown(hub: Freedonia, intake_id: str, actor: Actor = OWNER) -> IntakeShown:
    return show_intake(hub.node, actor, ShowIntakeRequest(id=intake_id))


def leased(hub: Freedonia) -> Work:
    with hub.node.store.write() as tx:
        found = work.lease(tx, "jobs", hub.clock.now, LEASE_MS)
    assert found is not None
    return found


def jobs_left(hub: Freedonia) -> bool:
    with hub.node.store.read() as tx:
        return work.is_due(tx, "jobs", Instant(hub.clock.now + 10**10))


def test_it_tells_what_taking_in_at_once_would_have_told(hub: Freedonia) -> None:
    busy(hub)
    wish = many(PARTS)
    told = try_take_in(hub.node, OWNER, wish)
    begun = begin_intake(hub.node, OWNER, wish)
    assert do_next(hub.node, GOES_ON) and not do_next(hub.node, GOES_ON)
    ended = shown(hub, begun.id)
    assert (ended.view.state, ended.view.done, ended.view.total) == ("done", PARTS, PARTS) and ended.view.ended_at
    assert ended.taken == told and told.goes_to and told.counts["new"] == PARTS - told.counts.get("changed", 0)
    assert not jobs_left(hub), "the content went with its job"
    (line,) = [one for one in list_audit(hub.node, OFFICER, ListAuditRequest()).lines if one.verb == "item take-in"]
    assert json.loads(bytes(line.facts))["objects"] == PARTS


@pytest.mark.parametrize("parts", [0, 1, 2, 3])
def test_who_goes_on_begins_where_the_other_ended(hub: Freedonia, parts: int) -> None:
    before = node_status(hub.node, OFFICER, StatusRequest()).items
    begun = begin_intake(hub.node, OWNER, many(PARTS))
    run_intake.run_intake(hub.node, leased(hub), EndsAfter(parts))
    half = shown(hub, begun.id)
    assert (half.view.state, half.view.done, half.view.total) == ("keeping", parts * PART_OBJECTS, PARTS)
    assert node_status(hub.node, OFFICER, StatusRequest()).items == before + parts * PART_OBJECTS, (
        "what is told is kept"
    )
    assert do_next(hub.node, GOES_ON)
    ended = shown(hub, begun.id)
    assert ended.view.state == "done" and ended.taken is not None and ended.taken.counts == {"new": PARTS}
    assert node_status(hub.node, OFFICER, StatusRequest()).items == before + PARTS


def test_a_table_is_read_once_so_that_the_second_worker_keeps_what_the_first_began(hub: Freedonia) -> None:
    rows = "".join(f"198.51.{n // 200}.{n % 200 + 1}\n" for n in range(PART_OBJECTS + 50))
    wish = TakeInRequest(body=f"value\n{rows}".encode(), name="big.csv", default_tlp="green")
    begun = begin_intake(hub.node, OWNER, wish)
    run_intake.run_intake(hub.node, leased(hub), EndsAfter(1))
    hub.later(3_600)
    assert do_next(hub.node, GOES_ON)
    ended = shown(hub, begun.id)
    assert ended.taken is not None and ended.taken.counts == {"new": PART_OBJECTS + 50}


def test_what_a_worker_does_whose_lease_another_has_is_undone(hub: Freedonia) -> None:
    before = node_status(hub.node, OFFICER, StatusRequest()).items
    begun = begin_intake(hub.node, OWNER, many(PARTS))
    first = leased(hub)
    hub.clock.now = Instant(hub.clock.now + LEASE_MS)
    second = leased(hub)
    with pytest.raises(LeaseLost):
        run_intake.run_intake(hub.node, first, GOES_ON)
    assert node_status(hub.node, OFFICER, StatusRequest()).items == before
    run_intake.run_intake(hub.node, second, GOES_ON)
    assert shown(hub, begun.id).view.state == "done"
    run_intake.run_intake(hub.node, second, GOES_ON)
    assert node_status(hub.node, OFFICER, StatusRequest()).items == before + PARTS, "what has ended is not done again"


def test_what_cannot_be_read_fails_and_says_why(hub: Freedonia) -> None:
    begun = begin_intake(hub.node, OWNER, TakeInRequest(body=b"name\nMara\n", name="people.csv"))
    assert do_next(hub.node, GOES_ON)
    view = shown(hub, begun.id).view
    assert (view.state, view.done) == ("failed", 0) and "no column of this table" in view.error and view.ended_at
    assert not jobs_left(hub)


def test_who_may_not_ask_any_more_takes_nothing_in(office: Office) -> None:
    hub = office.hub
    office.account("mara.ellend", "duty-officer")
    begun = begin_intake(hub.node, DUTY, many(2))
    office.close("mara.ellend")
    assert do_next(hub.node, GOES_ON)
    with hub.node.store.read() as tx:
        row = taking.intake(tx, begun.id)
    assert row is not None and row.state == "failed" and "may not ask for it any more" in (row.error or "")
    assert node_status(hub.node, OFFICER, StatusRequest()).items == 0


def test_who_may_not_ask_any_more_while_it_goes_on_takes_nothing_more_in(office: Office) -> None:
    hub = office.hub
    office.account("mara.ellend", "duty-officer")
    begun = begin_intake(hub.node, DUTY, many(PARTS))

    class Closes(threading.Event):
        def is_set(self) -> bool:
            if node_status(hub.node, OFFICER, StatusRequest()).items:
                office.close("mara.ellend")
            return False

    assert do_next(hub.node, Closes()) and not jobs_left(hub)
    with hub.node.store.read() as tx:
        row = taking.intake(tx, begun.id)
    assert row is not None and (row.state, row.done) == ("failed", PART_OBJECTS)
    assert node_status(hub.node, OFFICER, StatusRequest()).items == PART_OBJECTS


def test_what_was_erased_is_told_of_no_longer(hub: Freedonia) -> None:
    begun = begin_intake(hub.node, OWNER, many(2))
    assert do_next(hub.node, GOES_ON)
    erase_item(hub.node, OFFICER, EraseItemRequest(id=an_id("indicator", 1), reason="an order", ordered_by="a court"))
    taken: Any = shown(hub, begun.id).taken
    assert [one.label for one in taken.entering] == ["Server 0"]
    assert b"Server 1" not in msgspec.msgpack.encode(shown(hub, begun.id))


def test_content_with_nothing_in_it_ends_too(hub: Freedonia) -> None:
    body = json.dumps({"type": "bundle", "id": "bundle--1", "objects": []}).encode()
    begun = begin_intake(hub.node, OWNER, TakeInRequest(body=body, name="none.json"))
    assert do_next(hub.node, GOES_ON)
    ended = shown(hub, begun.id)
    assert ended.view.state == "done" and ended.taken is not None and ended.taken.objects == 0


def test_two_versions_of_one_object_in_two_parts_count_as_they_do_in_one(hub: Freedonia) -> None:
    objects = [an_object("indicator", n) for n in range(PART_OBJECTS)]
    objects.append(an_object("indicator", 1, name="newer", modified="2031-02-02T00:00:00.000Z"))
    body = json.dumps({"type": "bundle", "id": "bundle--1", "objects": objects}).encode()
    wish = TakeInRequest(body=body, name="two.json", default_tlp="green")
    begun = begin_intake(hub.node, OWNER, wish)
    assert do_next(hub.node, GOES_ON)
    taken = shown(hub, begun.id).taken
    assert taken is not None and taken.counts == {"new": PART_OBJECTS + 1}
    again = take_in(hub.node, OWNER, wish)
    assert again.counts == {"duplicate": PART_OBJECTS + 1}
