"""Tests which readings are noted: the closed table, what a line says, and what it must not."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from comity.desk.actor import Actor
from comity.desk.item_readers import ItemReadersRequest
from comity.desk.list_audit import ListAuditRequest, list_audit
from comity.desk.list_readers import ListReadersRequest
from comity.desk.read_audit import FORGET_EVERY_MS, PLAIN, SENSITIVE, note_read
from comity.desk.registry import VERBS
from comity.desk.search_items import SearchItemsRequest
from comity.desk.show_item import ShowItemRequest
from comity.errors import NotFound
from comity.values import Instant
from tests.support.nodes import OFFICER, Freedonia, an_id, an_object, freedonia

MARA = Actor(name="mara.ellend", role="duty-officer", via="web")


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Freedonia]:
    with freedonia(tmp_path) as opened:
        yield opened


def noted(hub: Freedonia) -> list[tuple[str, str, Any]]:
    found = list_audit(hub.node, OFFICER, ListAuditRequest(what="read")).lines
    return [(one.actor, one.verb, json.loads(bytes(one.facts))) for one in reversed(found)]


def test_of_each_verb_that_reads_it_is_decided() -> None:
    reading = {name for name, verb in VERBS.items() if not verb.writes}
    assert reading == SENSITIVE.keys() | PLAIN and not SENSITIVE.keys() & PLAIN


def test_an_item_counts_from_the_level_on(hub: Freedonia) -> None:
    hub.put(an_object("report", 1), tlp="green")
    hub.put(an_object("report", 2), tlp="red")
    for number in (1, 2):
        VERBS["item show"].run(hub.node, MARA, ShowItemRequest(id=an_id("report", number)))
    assert noted(hub) == [("mara.ellend", "item show", {"items": [an_id("report", 2)], "count": 1})]


def test_a_search_names_what_was_found_and_not_what_was_looked_for(hub: Freedonia) -> None:
    hub.put(*(an_object("report", number) for number in range(60)), tlp="red")
    hub.put(*(an_object("report", number) for number in range(60, 70)), tlp="green")
    VERBS["item search"].run(hub.node, MARA, SearchItemsRequest(newest=True, limit=100))
    VERBS["item search"].run(hub.node, MARA, SearchItemsRequest(value="CANARY*"))
    ((_, verb, facts),) = noted(hub)
    assert verb == "item search" and facts["count"] == 60 and len(facts["items"]) == 50


def test_an_observable_is_named_by_a_mark_of_this_node(hub: Freedonia) -> None:
    made = "ipv4-addr--ff26c055-6336-5bc5-b98d-13d6226742dd"
    hub.put({"type": "ipv4-addr", "spec_version": "2.1", "id": made, "value": "198.51.100.3"}, tlp="red")
    VERBS["item show"].run(hub.node, MARA, ShowItemRequest(id=made))
    ((_, _, facts),) = noted(hub)
    assert made not in facts["items"] and facts["items"][0].startswith("ipv4-addr--mark-")


def test_what_is_not_found_or_not_permitted_was_not_read(hub: Freedonia) -> None:
    with pytest.raises(NotFound):
        VERBS["item readers"].run(hub.node, MARA, ItemReadersRequest(id=an_id("report", 9)))
    assert noted(hub) == []


def test_one_page_is_one_reading(hub: Freedonia) -> None:
    hub.put(an_object("report", 2), tlp="red")
    page: set[str] = set()
    for _ in range(2):
        VERBS["item show"].run(hub.node, MARA, ShowItemRequest(id=an_id("report", 2)), noted=page)
    VERBS["item readers"].run(hub.node, MARA, ItemReadersRequest(id=an_id("report", 2)), noted=page)
    assert [verb for _, verb, _ in noted(hub)] == ["item show"]


def test_the_command_line_is_noted_as_people_are(hub: Freedonia) -> None:
    VERBS["reader list"].run(hub.node, OFFICER, ListReadersRequest())
    assert noted(hub) == [("officer", "reader list", {"readers": 0})]


def test_lines_go_when_their_time_is_over(tmp_path: Path) -> None:
    with freedonia(tmp_path / "n", audit_reads_kept_days=1) as hub:
        for _ in range(3):
            VERBS["reader list"].run(hub.node, OFFICER, ListReadersRequest())
            hub.clock.now = Instant(hub.clock.now + 20 * FORGET_EVERY_MS)
        assert len(noted(hub)) == 2
        assert list_audit(hub.node, OFFICER, ListAuditRequest(what="done")).lines


def test_a_node_that_writes_nothing_can_still_be_read(hub: Freedonia) -> None:
    hub.node.store.read_only = "an older backup"
    VERBS["reader list"].run(hub.node, OFFICER, ListReadersRequest())
    note_read(hub.node, MARA, "reader list", ListReadersRequest(), ListReadersRequest(), set())
    hub.node.store.read_only = ""
    assert noted(hub) == []
