"""Tests that MISP gets back what it gave: real events in, out again, compared part by part by a comparer of our own."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from comity.desk.add_reader import AddReaderRequest, add_reader
from comity.desk.export_items import ExportItemsRequest, export_items
from comity.desk.import_items import ImportAnswer, ImportItemsRequest, import_items
from comity.desk.node_type import Node
from comity.records.misp_items import losses_told
from comity.stores import keeping
from tests.support.desks import OFFICER, freedonia, take_in, under
from tests.support.desks import an_object as a_stix_object
from tests.support.misp import ADDRESS, EVENT, FILE, REPORT, an_attribute, an_event, an_object, written
from tests.support.misp_compare import differences, events_in

FOLDERS = ("misp-events-eset", "misp-events-training", "pymisp-tests")


def bring(node: Node, *paths: Path, tlp: str = "green") -> ImportAnswer:
    return import_items(node, OFFICER, ImportItemsRequest(paths=tuple(map(str, paths)), default_tlp=tlp))


def back(node: Node, folder: Path, to: str | None = None) -> dict[str, dict[str, Any]]:
    """What MISP gets, by the events' uuids."""
    out = folder / f"back-{to}.json"
    export_items(node, OFFICER, ExportItemsRequest(path=str(out), format="misp", to=to, overwrite=True))
    return {event["uuid"].lower(): event for event in events_in(json.loads(out.read_text()))}


def gone(node: Node) -> set[tuple[str, str]]:
    """What the reports of all items held call gone: (uuid, field)."""
    with node.store.read() as tx:
        bodies = [body for _, body in keeping.live_bodies(tx, 0, 100_000)]
    return {(loss.uuid, loss.field) for body in bodies for loss in losses_told(body) if not loss.kept}


def real_files(data: Path) -> Iterator[Path]:
    for folder in FOLDERS:
        yield from sorted((data / folder).rglob("*.json"))


def newest(files: list[Path]) -> dict[str, dict[str, Any]]:
    events: dict[str, dict[str, Any]] = {}
    for file in files:
        for event in events_in(json.loads(file.read_text(encoding="utf-8"))):
            uuid = str(event.get("uuid") or "").lower()
            if uuid:
                events.setdefault(uuid, event)
    return events


def test_a_made_up_event_comes_back_as_it_went_in(tmp_path: Path) -> None:
    event = an_event(
        Object=[
            an_object(
                ObjectReference=[{"uuid": REPORT[:-1] + "8", "referenced_uuid": ADDRESS, "relationship_type": "drops"}]
            )
        ],
        ShadowAttribute=[{"uuid": REPORT[:-1] + "9", "type": "ip-dst", "value": "198.51.100.9"}],
    )
    (tmp_path / "event.json").write_bytes(written(event))
    with freedonia(tmp_path) as node:
        bring(node, tmp_path / "event.json")
        assert back(node, tmp_path) == {EVENT: event}


def test_real_events_come_back_and_whatever_differs_is_in_the_report(tmp_path: Path, shared_data: Path) -> None:
    events: dict[str, dict[str, Any]] = {}
    for file in real_files(shared_data):
        for uuid, event in newest([file]).items():
            events.setdefault(uuid, event)  # PyMISP has one event twice, once edited
    whole = tmp_path / "all.json"
    whole.write_text(json.dumps({"response": [{"Event": one} for one in events.values()]}))
    with freedonia(tmp_path) as node:
        answer = bring(node, whole)
        returned, named = back(node, tmp_path), gone(node)
    unnamed = [one for uuid, event in events.items() for one in differences(event, returned[uuid]) if one not in named]
    assert (answer.misp_events, answer.quarantined) == (len(events), 0)
    assert len(events) >= 50
    assert unnamed == []


def test_a_party_gets_of_an_event_what_it_may_have_part_by_part(tmp_path: Path) -> None:
    secret = an_attribute("44444444-4444-4444-8444-444444444444", value="203.0.113.99", distribution="0")
    grouped = an_attribute(
        "44444444-4444-4444-8444-444444444445", value="203.0.113.98", distribution="4", sharing_group_id="7"
    )
    red = an_attribute("44444444-4444-4444-8444-444444444446", value="203.0.113.97", Tag=[{"name": "tlp:red"}])
    reference = {
        "uuid": REPORT[:-1] + "8", "relationship_type": "drops", "comment": "canary-reference",
        "referenced_uuid": secret["uuid"], "Attribute": {"value": "203.0.113.99"},
    }  # fmt: skip
    event = an_event(
        Attribute=[an_attribute(), secret, grouped, red],
        Object=[an_object(ObjectReference=[reference])],
        RelatedEvent=[{"Event": {"info": "canary-related"}}],
    )
    (tmp_path / "event.json").write_bytes(written(event))
    with freedonia(tmp_path) as node:
        under(node)
        add_reader(node, OFFICER, AddReaderRequest(party="ruritania-csirt"))
        bring(node, tmp_path / "event.json")
        given = back(node, tmp_path, "ruritania-csirt")
        out = tmp_path / "bundle.json"
        export_items(node, OFFICER, ExportItemsRequest(path=str(out), to="ruritania-csirt"))
    for text in (json.dumps(given), out.read_text()):
        for canary in ("203.0.113.9", "canary-reference", "canary-related", "44444444-4444"):
            assert canary not in text
    assert [one["uuid"] for one in given[EVENT]["Attribute"]] == [ADDRESS]
    assert [one["uuid"] for one in given[EVENT]["Object"]] == [FILE]


def test_what_never_was_misp_s_becomes_an_event_too(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        take_in(node, tmp_path, a_stix_object("indicator", 1))
        answer = export_items(node, OFFICER, ExportItemsRequest(path=str(tmp_path / "out.json"), format="misp"))
    event = json.loads((tmp_path / "out.json").read_text())["Event"]
    assert (answer.events, answer.objects) == (1, 1)
    assert event["distribution"] == "0" and event["Orgc"]["name"] == "Freedonia CSIRT"
    assert event.get("Attribute") or event.get("Object")


def test_a_feed_is_what_misp_subscribes_to(tmp_path: Path) -> None:
    (tmp_path / "event.json").write_bytes(written(an_event()))
    feed, again = tmp_path / "feed", tmp_path / "again"
    again.mkdir()
    with freedonia(tmp_path) as node:
        bring(node, tmp_path / "event.json")
        export_items(node, OFFICER, ExportItemsRequest(path=str(feed), format="misp-feed"))
    assert sorted(path.name for path in feed.iterdir()) == [f"{EVENT}.json", "hashes.csv", "manifest.json"]
    assert json.loads((feed / f"{EVENT}.json").read_text())["Event"] == an_event()
    entry = json.loads((feed / "manifest.json").read_text())[EVENT]
    assert (entry["info"], entry["timestamp"], entry["Orgc"]["name"]) == (
        an_event()["info"],
        "1700000005",
        "Freedonia CSIRT",
    )
    lines = (feed / "hashes.csv").read_text().splitlines()
    assert hashlib.md5(b"198.51.100.7").hexdigest() + f",{EVENT}" in lines and len(lines) == 4
    with freedonia(again) as node:
        assert (bring(node, feed).misp_events, bring(node, feed).new) == (1, 0)


def test_an_item_that_names_a_file_of_its_own_choice_names_none(tmp_path: Path) -> None:
    hostile = a_stix_object("indicator", 1) | {
        "x_comity_misp": {"event": "../../escaped", "part": "event"},
        "x_comity_misp_source": '{"uuid":"../../escaped","info":"x"}',
    }
    with freedonia(tmp_path) as node:
        take_in(node, tmp_path, hostile)
        export_items(node, OFFICER, ExportItemsRequest(path=str(tmp_path / "feed"), format="misp-feed"))
    assert [path.name for path in (tmp_path / "feed").iterdir() if path.suffix == ".json"] == ["manifest.json"]
    assert not list(tmp_path.rglob("*escaped*"))
