"""Tests that a proof of an item is written whole, holds elsewhere, and says no more than was asked for."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from comity.desk.erase_item import EraseItemRequest, erase_item
from comity.desk.export_proof import ExportProofRequest, export_proof
from comity.desk.make_checkpoint import make_checkpoint
from comity.errors import Conflict, NotFound, NotPermitted, ReadOnly, UsageError
from comity.records.log.evidence import check_evidence
from comity.records.log.note import read_key
from tests.support.desks import READER
from tests.support.nodes import OFFICER, Freedonia, an_id, an_object, freedonia

ITEM = an_id("malware", 7)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Freedonia]:
    """A node with some items."""
    with freedonia(tmp_path) as hub:
        hub.put(*(an_object("malware", number) for number in range(40)))
        yield hub


def wanted(tmp_path: Path, **more: object) -> ExportProofRequest:
    return ExportProofRequest(**{"id": ITEM, "path": str(tmp_path / "item.tlog-proof"), **more})  # type: ignore[arg-type]  # fields by name


def test_a_proof_holds_elsewhere(hub: Freedonia, tmp_path: Path) -> None:
    answer = export_proof(hub.node, OFFICER, wanted(tmp_path))
    raw = Path(answer.path).read_bytes()
    found = check_evidence(raw, key=read_key(answer.key))
    assert (found.record.id, found.record.source, found.place) == (ITEM, "freedonia-csirt", answer.index)
    assert (found.checkpoint.origin, found.checkpoint.size) == (answer.origin, answer.size)
    assert found.content is None
    assert b"malware 7" not in raw
    assert Path(answer.path).stat().st_mode & 0o077 == 0


def test_content_goes_in_only_if_asked_for(hub: Freedonia, tmp_path: Path) -> None:
    answer = export_proof(hub.node, OFFICER, wanted(tmp_path, with_content=True))
    found = check_evidence(Path(answer.path).read_bytes())
    assert found.content is not None
    assert json.loads(found.content)["name"] == "malware 7"


def test_the_last_checkpoint_serves_if_it_states_the_item(hub: Freedonia, tmp_path: Path) -> None:
    made = make_checkpoint(hub.node)
    hub.put(an_object("tool", 1))
    assert made is not None
    assert export_proof(hub.node, OFFICER, wanted(tmp_path)).size == made.size
    later = export_proof(hub.node, OFFICER, wanted(tmp_path, id=an_id("tool", 1), path=str(tmp_path / "other")))
    assert later.size > made.size


def test_a_node_that_is_read_only_proves_what_was_signed(hub: Freedonia, tmp_path: Path) -> None:
    make_checkpoint(hub.node)
    hub.put(an_object("tool", 1))
    hub.node.store.read_only = "held"
    assert export_proof(hub.node, OFFICER, wanted(tmp_path)).index < 64
    with pytest.raises(ReadOnly):
        export_proof(hub.node, OFFICER, wanted(tmp_path, id=an_id("tool", 1), path=str(tmp_path / "other")))
    hub.node.store.read_only = ""


def test_of_two_sources_the_named_one_is_proven(hub: Freedonia, tmp_path: Path) -> None:
    hub.put(an_object("malware", 7, description="theirs"), source="northwind-energy")
    answer = export_proof(hub.node, OFFICER, wanted(tmp_path, source="northwind-energy"))
    assert check_evidence(Path(answer.path).read_bytes()).record.source == "northwind-energy"


def test_what_cannot_be_proven_leaves_no_file(hub: Freedonia, tmp_path: Path) -> None:
    for request, error in (
        (wanted(tmp_path, id="malware--none"), NotFound),
        (wanted(tmp_path, path=str(tmp_path / "no" / "file")), UsageError),
        (wanted(tmp_path, source="nobody"), NotFound),
    ):
        with pytest.raises(error):
            export_proof(hub.node, OFFICER, request)
    with pytest.raises(NotPermitted):
        export_proof(hub.node, READER, wanted(tmp_path))
    erase_item(hub.node, OFFICER, EraseItemRequest(id=ITEM, reason="r", ordered_by="o"))
    with pytest.raises(NotFound):
        export_proof(hub.node, OFFICER, wanted(tmp_path))
    assert [one.name for one in tmp_path.iterdir()] == ["node"]


def test_a_file_that_is_there_is_not_replaced(hub: Freedonia, tmp_path: Path) -> None:
    (tmp_path / "item.tlog-proof").write_text("mine")
    with pytest.raises(Conflict):
        export_proof(hub.node, OFFICER, wanted(tmp_path))
    assert (tmp_path / "item.tlog-proof").read_text() == "mine"
