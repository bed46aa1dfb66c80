"""Tests that a page found in one look is the page that is made row by row."""

import json
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from comity.desk import read_view
from comity.desk.read_view import read_objects
from comity.desk.views import ObjectPage, ReadQuery
from comity.stores.release_tables import deliveries, open_gates
from tests.support.nodes import TLP, Freedonia, agreement, an_id, an_object, clause, freedonia

P = "ruritania-csirt"
QUERIES = [
    ReadQuery(limit=3),
    ReadQuery(limit=4),
    ReadQuery(limit=5),
    ReadQuery(limit=9),
    ReadQuery(limit=9, types=("indicator",)),
    ReadQuery(limit=9, types=("malware",)),
    ReadQuery(limit=9, types=("malware", "indicator")),
    ReadQuery(limit=9, versions=("all",)),
]


def _both(hub: Freedonia, query: ReadQuery, monkeypatch: pytest.MonkeyPatch) -> tuple[ObjectPage, ObjectPage]:
    reader = hub.reader(P)
    looked = read_objects(hub.node, reader, reader.view_id, query)
    with monkeypatch.context() as patched:
        patched.setattr(read_view, "plain_page", lambda *_: None)
        return looked, read_objects(hub.node, reader, reader.view_id, query)


@pytest.mark.parametrize("query", QUERIES)
def test_both_ways_give_the_same_page(tmp_path: Path, query: ReadQuery, monkeypatch: pytest.MonkeyPatch) -> None:
    with freedonia(tmp_path) as hub:
        hub.reader(P)
        hub.agree(agreement(clause("1", "share", tlp_at_most="green")))
        for number in range(4):
            hub.put(an_object("indicator" if number % 2 else "malware", number))
        looked, row_by_row = _both(hub, query, monkeypatch)

        assert looked == row_by_row
        assert looked.objects


def test_a_page_with_a_withheld_reference_is_no_plain_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with freedonia(tmp_path) as hub:
        hub.reader(P)
        hub.agree(agreement(clause("1", "share", tlp_at_most="green")))
        hub.put(an_object("malware", 1, object_marking_refs=[TLP["red"]]))
        hub.put(an_object("indicator", 2, x_seen_ref=an_id("malware", 1)))
        looked, row_by_row = _both(hub, ReadQuery(limit=9), monkeypatch)

        assert looked == row_by_row
        assert b"x_seen_ref" not in b"".join(looked.objects)


@pytest.mark.parametrize("limit", [2, 9])
def test_what_stands_behind_a_closed_gate_is_on_no_page(
    tmp_path: Path, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with freedonia(tmp_path) as hub:
        reader = hub.reader(P)
        hub.agree(agreement(clause("1", "share", tlp_at_most="green")))
        for number in range(4):
            hub.put(an_object("indicator" if number % 2 else "malware", number))
        with hub.node.store.write() as tx:  # as the sequencer finds it, who has yet to withdraw
            gate = tx.execute(select(deliveries.c.gate_no).order_by(deliveries.c.date_ms).limit(1)).scalar_one()
            tx.execute(delete(open_gates).where(open_gates.c.gate_no == gate))
        looked, row_by_row = _both(hub, ReadQuery(limit=limit), monkeypatch)

        assert looked == row_by_row
        assert [json.loads(body)["type"] for body in looked.objects] == ["indicator", "indicator"]
        assert read_objects(hub.node, reader, reader.view_id, ReadQuery(limit=9, types=("malware",))).objects == ()
