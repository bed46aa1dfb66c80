"""Tests that a feed's folder and a file of events are written whole, and nothing of another's is replaced unasked."""

import json
from pathlib import Path

import pytest

from comity.desk.export_misp import events_of, gather, write_events, write_feed
from comity.errors import Conflict, UsageError
from comity.records.misp_export import EventOut
from tests.support.desks import freedonia
from tests.support.misp import EVENT, FILE, an_event, written


def made(uuid: str = EVENT) -> EventOut:
    event = an_event(uuid=uuid)
    return EventOut(uuid, json.dumps(event).encode(), event, ("198.51.100.7",))


def test_one_event_is_written_as_misp_exports_one_and_several_as_an_answer(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        write_events(tmp_path / "one.json", [made()], node, replace=False)
        write_events(tmp_path / "two.json", [made(), made(FILE)], node, replace=False)
        write_events(tmp_path / "none.json", [], node, replace=False)
        with pytest.raises(Conflict):
            write_events(tmp_path / "one.json", [made()], node, replace=False)
    assert json.loads((tmp_path / "one.json").read_bytes()) == json.loads(written(an_event()))
    assert [one["Event"]["uuid"] for one in json.loads((tmp_path / "two.json").read_text())["response"]] == [
        EVENT,
        FILE,
    ]
    assert json.loads((tmp_path / "none.json").read_text()) == {"response": []}


def test_a_feed_is_written_into_an_empty_folder_or_over_itself(tmp_path: Path) -> None:
    feed = tmp_path / "feed"
    with freedonia(tmp_path) as node:
        write_feed(feed, [made()], node, replace=False)
        with pytest.raises(Conflict):
            write_feed(feed, [made()], node, replace=False)
        write_feed(feed, [made(), made(FILE)], node, replace=True)
        with pytest.raises(UsageError):
            write_feed(tmp_path / "no" / "such", [made()], node, replace=False)
    assert set(json.loads((feed / "manifest.json").read_text())) == {EVENT, FILE}
    assert (feed / "manifest.json").stat().st_mode & 0o077 == 0


def test_nothing_to_write_is_no_event(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        assert events_of(node, gather(iter(()))) == ([], 0)
