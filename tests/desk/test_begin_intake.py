"""Tests that content is put in line durably, bounded and once, and that nobody else learns anything of it."""

import json

import pytest

from comity.desk.actor import Actor
from comity.desk.begin_intake import (
    KEPT_FOR_MS,
    MOST_RUNNING,
    ListIntakesRequest,
    ShowIntakeRequest,
    begin_intake,
    list_intakes,
    show_intake,
)
from comity.desk.take_in import TakeInRequest
from comity.errors import Conflict, NotFound, NotPermitted, TooLarge, UsageError
from comity.stores import taking
from comity.values import Instant
from tests.support.nodes import Freedonia, an_object

DUTY = Actor(name="mara.ellend", role="duty-officer", via="web")
TOMAS = Actor(name="tomas.weyl", role="duty-officer", via="web")


def many(count: int, **said: object) -> TakeInRequest:
    objects = [an_object("indicator", n, name=f"Server {n}") for n in range(count)]
    body = json.dumps({"type": "bundle", "id": "bundle--1", "objects": objects}).encode()
    return TakeInRequest(body=body, name="big.json", **{"default_tlp": "green", **said})  # type: ignore[arg-type]


def test_what_was_begun_is_shown_to_who_asked_at_that_door_and_to_nobody_else(hub: Freedonia) -> None:
    begun = begin_intake(hub.node, DUTY, many(3))
    wish = ShowIntakeRequest(id=begun.id)
    shown = show_intake(hub.node, DUTY, wish)
    assert (shown.view.state, shown.view.done, shown.view.total, shown.view.name) == ("waiting", 0, 0, "big.json")
    assert shown.taken is None
    assert [one.id for one in list_intakes(hub.node, DUTY, ListIntakesRequest()).intakes] == [begun.id]
    for other in (TOMAS, Actor(name=DUTY.name, role="duty-officer", via="api")):
        with pytest.raises(NotFound):
            show_intake(hub.node, other, wish)
        assert list_intakes(hub.node, other, ListIntakesRequest()).intakes == ()
    with pytest.raises(NotFound):
        show_intake(hub.node, DUTY, ShowIntakeRequest(id="0" * 32))


def test_a_repeated_request_begins_nothing_anew(hub: Freedonia) -> None:
    first = begin_intake(hub.node, DUTY, many(3, idempotency_key="night-1"))
    assert begin_intake(hub.node, DUTY, many(3, idempotency_key="night-1")) == first
    with pytest.raises(Conflict):
        begin_intake(hub.node, DUTY, many(4, idempotency_key="night-1"))
    assert len(list_intakes(hub.node, DUTY, ListIntakesRequest()).intakes) == 1


def test_what_could_not_be_taken_in_is_not_begun(hub: Freedonia) -> None:
    with pytest.raises(UsageError, match="nothing in it"):
        begin_intake(hub.node, DUTY, TakeInRequest(body=b" \n"))
    with pytest.raises(TooLarge):
        begin_intake(hub.node, DUTY, TakeInRequest(body=b"x" * (hub.node.settings.max_content_length + 1)))
    with pytest.raises(NotFound):
        begin_intake(hub.node, DUTY, many(1, source="nobody"))
    with pytest.raises(UsageError):
        begin_intake(hub.node, DUTY, many(1, embargo_until="tomorrow"))
    with pytest.raises(NotPermitted):
        begin_intake(hub.node, Actor(name="ada", role="approver", via="web"), many(1))
    assert list_intakes(hub.node, DUTY, ListIntakesRequest()).intakes == ()


def test_no_more_is_held_than_a_few_and_what_ended_is_forgotten(hub: Freedonia) -> None:
    ids = [begin_intake(hub.node, DUTY, many(1, idempotency_key=str(n))).id for n in range(MOST_RUNNING)]
    with pytest.raises(Conflict):
        begin_intake(hub.node, DUTY, many(1))
    with hub.node.store.write() as tx:
        taking.end(tx, ids[0], taking.DONE, None, None, hub.clock.now)
    hub.clock.now = Instant(hub.clock.now + KEPT_FOR_MS + 1)
    begin_intake(hub.node, DUTY, many(1))
    with pytest.raises(NotFound):
        show_intake(hub.node, DUTY, ShowIntakeRequest(id=ids[0]))
