"""Tests that an import of MISP answers for every part, keeps to what MISP asks, and repeats without effect."""

import json
from pathlib import Path
from typing import Any

import pytest

from comity.desk.import_items import ImportAnswer, ImportItemsRequest, import_items
from comity.desk.misp_intake import MOST_AHEAD
from comity.desk.node_type import Node
from comity.desk.show_item import ShowItemRequest, show_item
from comity.errors import Unreachable
from comity.wire import misp_convert
from tests.support.desks import OFFICER, freedonia
from tests.support.misp import ADDRESS, EVENT, FILE, an_attribute, an_event, written


def bring(node: Node, folder: Path, body: bytes, name: str = "event.json", **said: Any) -> ImportAnswer:
    (folder / name).write_bytes(body)
    return import_items(node, OFFICER, ImportItemsRequest(paths=(str(folder / name),), **said))


def level(node: Node, stix_id: str) -> tuple[str, bool, bool]:
    newest = show_item(node, OFFICER, ShowItemRequest(id=stix_id)).versions[0]
    return newest.tlp, newest.originator_control, newest.restricted


def test_an_event_is_taken_in_once_and_a_newer_one_as_new_versions(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        first = bring(node, tmp_path, written(an_event()))
        again = bring(node, tmp_path, written(an_event()))
        newer = bring(node, tmp_path, written(an_event(timestamp="1700000009", distribution="0")))
        shown = show_item(node, OFFICER, ShowItemRequest(id=f"indicator--{ADDRESS}"))
        file = show_item(node, OFFICER, ShowItemRequest(id=f"indicator--{FILE}"))
    assert (first.misp_events, first.quarantined, first.duplicate) == (1, 0, 0) and first.new == first.objects
    assert (again.new, again.duplicate) == (0, first.objects)
    assert newer.new > 0
    # What the event tightens binds its parts, though they were not touched.
    assert [(one.tlp, one.restricted) for one in shown.versions] == [("red", True), ("green", False)]
    assert shown.losses == () and "invoice.exe" in file.body
    assert any(loss.field == "template_uuid" for loss in file.losses)


def test_many_events_of_a_file_are_all_taken_in_and_a_bad_one_among_them_is_named(tmp_path: Path) -> None:
    def uuid(kind: int, number: int) -> str:
        return f"{kind:08d}-0000-4000-8000-{number:012d}"

    count = MOST_AHEAD + 6
    events = [
        {"Event": an_event(uuid=uuid(1, n), Object=[], Attribute=[an_attribute(uuid(2, n))])} for n in range(count)
    ]
    events[3] = {"Event": an_event(uuid=None)}
    with freedonia(tmp_path) as node:
        answer = bring(node, tmp_path, json.dumps({"response": events}).encode())
        shown = [
            show_item(node, OFFICER, ShowItemRequest(id=f"indicator--{uuid(2, n)}")) for n in range(count) if n != 3
        ]
    assert (answer.misp_events, [one.reason for one in answer.quarantine]) == (count - 1, ["no-uuid"])
    assert len(shown) == count - 1 and all(len(one.versions) == 1 for one in shown)


def test_one_bad_attribute_does_not_sink_its_event(tmp_path: Path) -> None:
    bad = an_attribute("44444444-4444-4444-8444-444444444444", value=None)
    with freedonia(tmp_path) as node:
        answer = bring(node, tmp_path, written(an_event(Attribute=[bad, an_attribute()])))
        assert level(node, f"indicator--{ADDRESS}") == ("green", False, False)
    assert [(one.reason, one.path) for one in answer.quarantine] == [("bad-attribute", "$.Event.Attribute[0].value")]


def test_what_is_no_event_is_quarantined_with_its_reason(tmp_path: Path) -> None:
    bodies = {
        "no-uuid": written(an_event(uuid=None)),
        "repeated-key": b'{"Event":{"uuid":"%s","info":"a","info":"b"}}' % EVENT.encode(),
        "not-an-event": b'{"Event":{"x":1}}',
        "not-json": b'{"Event":{"info":"a',
    }
    with freedonia(tmp_path) as node:
        told = {name: bring(node, tmp_path, body, f"{name}.json").quarantine for name, body in bodies.items()}
    assert {name: [one.reason for one in refused] for name, refused in told.items()} == {n: [n] for n in bodies}


def test_unmarked_events_take_the_level_that_is_stated(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        bring(node, tmp_path, written(an_event(Tag=[])), default_tlp="amber+strict", source="ruritania-csirt")
        assert level(node, f"indicator--{ADDRESS}") == ("amber+strict", False, False)


def test_another_party_s_event_under_the_same_ids_overwrites_nothing(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        bring(node, tmp_path, written(an_event()))
        bring(node, tmp_path, written(an_event(info="other", distribution="1")), source="northwind-energy")
        shown = show_item(node, OFFICER, ShowItemRequest(id=f"indicator--{ADDRESS}")).versions
    assert {(one.source, one.originator_control) for one in shown} == {
        ("freedonia-csirt", False),
        ("northwind-energy", True),
    }


def test_a_feed_folder_is_taken_in_and_what_it_lacks_is_named(tmp_path: Path) -> None:
    feed = tmp_path / "feed"
    feed.mkdir()
    lacking = "99999999-9999-4999-8999-999999999999"
    (feed / "manifest.json").write_text(json.dumps({EVENT: {"info": "x"}, lacking: {"info": "y"}}))
    (feed / f"{EVENT}.json").write_bytes(written(an_event()))
    with freedonia(tmp_path) as node:
        answer = import_items(node, OFFICER, ImportItemsRequest(paths=(str(feed),)))
    assert [(one.reason, one.path) for one in answer.quarantine] == [("missing-file", f"$.{lacking}")]
    assert answer.misp_events == 1


def test_an_event_that_misp_stix_gives_no_answer_on_is_kept_by_its_source_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(*_: object) -> None:
        raise Unreachable("the MISP converter gave no answer")

    monkeypatch.setattr(misp_convert.Converter, "_ask", silent)
    with freedonia(tmp_path) as node:
        answer = bring(node, tmp_path, written(an_event()))
        shown = show_item(node, OFFICER, ShowItemRequest(id=f"x-misp-attribute--{ADDRESS}"))
    assert answer.quarantined == 0 and "no answer" in {loss.before for loss in answer.lost}
    assert shown.versions[0].tlp == "green"
