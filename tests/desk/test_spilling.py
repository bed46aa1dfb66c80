"""Tests what a node does when what it holds turns out to be above the ceiling that it is accredited for."""

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from comity.desk.doctor import DoctorRequest, doctor
from comity.desk.folder_checks import Finding
from comity.desk.node_status import StatusAnswer, StatusRequest, node_status
from comity.desk.revoke_key import RevokeKeyRequest, revoke_key
from comity.desk.rotate_key import RotateKeyRequest, rotate_key
from comity.desk.show_keys import ShowKeysRequest, show_keys
from comity.desk.spilling import ABOVE_CEILING, SPILLAGE
from comity.desk.submit_items import read_status, submit_items
from comity.stores import registers
from tests.support.nodes import OFFICER, Freedonia, Object, a_marking, agreement, an_id, an_object, clause, freedonia

P, OTHER = "ruritania-csirt", "northwind-energy"
MARKING = an_id("marking-definition", 1)
ABOVE = a_marking(1, definition_type="statement", definition={"statement": "Classification: PROTECTED"})
WORDS = (b"Operation Marmalade", b"operation marmalade", b"leak.example")


def a_secret(number: int = 77, **more: str) -> Object:
    """An indicator that names a marking whose definition has not come yet."""
    pattern = "[domain-name:value='leak.example']"
    said: Object = {"name": "Operation Marmalade", "pattern": pattern, "object_marking_refs": [MARKING], **more}
    return an_object("indicator", number, **said)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Freedonia]:
    with freedonia(tmp_path, in_memory=False) as made:
        made.agree(agreement(clause("1", "share", tlp_at_most="green")))
        made.reader(P)
        yield made


def standing(folder: Path) -> list[bytes]:
    """The words that stand in any file of the node."""
    held = b"".join(path.read_bytes() for path in (folder / "node").rglob("*") if path.is_file())
    return [word for word in WORDS if word in held]


def status(hub: Freedonia) -> StatusAnswer:
    return node_status(hub.node, OFFICER, StatusRequest())


def finding(hub: Freedonia, check: str) -> Finding:
    (found,) = [one for one in doctor(hub.node, OFFICER, DoctorRequest()).findings if one.check == check]
    return found


def test_a_late_definition_above_the_ceiling_takes_the_content_out_of_every_file(
    hub: Freedonia, tmp_path: Path
) -> None:
    garbled = json.dumps(a_secret()).encode()[:-1] + b',"confidence":1,"confidence":2}'
    hub.put(a_secret(), garbled, an_object("malware", 1))
    assert standing(tmp_path) == list(WORDS)
    assert finding(hub, "spillage").verdict == "good"

    hub.put(ABOVE)

    assert standing(tmp_path) == []
    assert hub.explain(an_id("malware", 1), P).released
    with hub.node.store.read() as tx:
        (row,) = registers.quarantine_rows(tx)
        count, (line,) = registers.audit_of(tx, SPILLAGE, 5)
    assert (row.reason, row.body, row.size) == (ABOVE_CEILING, None, len(json.dumps(a_secret()).encode()))
    assert count == status(hub).spillages == 1
    told = json.loads(line.facts)
    assert told.pop("record") > 0
    assert told == {
        "source": "freedonia-csirt",
        "kept_at": "2031-03-01T12:00:00.000Z",
        "size": row.size,
        "served": [],
    }


def test_a_spillage_is_listed_with_who_was_served_and_what_to_do(hub: Freedonia, tmp_path: Path) -> None:
    granular = [{"marking_ref": MARKING, "selectors": ["description"]}]
    location = an_object("location", 1, country="FR", description=WORDS[0].decode(), granular_markings=granular)
    hub.put(location)
    assert [(got["country"], got.get("description")) for got in hub.objects(P)] == [("FR", None)]

    hub.put(ABOVE)

    assert hub.ids(P) == [MARKING]
    assert standing(tmp_path) == []
    found = finding(hub, "spillage")
    assert found.verdict == "warning"
    assert f"served to {P}" in found.seen
    assert "spillage procedure" in found.advice


def test_a_submission_that_spills_leaves_its_submitters_status(hub: Freedonia, tmp_path: Path) -> None:
    reader = hub.reader(OTHER)
    posted = json.dumps({"objects": [a_secret(), an_object("malware", 1)]}).encode()
    sent = submit_items(hub.node, reader, reader.inbox_id, posted)

    submit_items(hub.node, reader, reader.inbox_id, json.dumps({"objects": [ABOVE]}).encode())
    hub.settle()

    assert standing(tmp_path) == []
    told = read_status(hub.node, reader, sent.id)
    assert [line.id for line in told.successes] == ["erased", an_id("malware", 1)]


def test_one_sources_definition_spills_nothing_of_anothers(hub: Freedonia) -> None:
    hub.put(a_secret(), source=OTHER)

    hub.put(ABOVE)

    assert status(hub).spillages == 0
    assert status(hub).items == 2


def test_what_spilled_is_refused_when_it_comes_again(hub: Freedonia, tmp_path: Path) -> None:
    hub.put(a_secret())
    hub.put(ABOVE)

    answer = hub.put(a_secret())

    assert (answer.new, [one.reason for one in answer.quarantine]) == (0, [ABOVE_CEILING])
    assert standing(tmp_path) == []
    assert status(hub).spillages == 1


def test_a_late_definition_within_the_ceiling_erases_nothing(tmp_path: Path) -> None:
    with freedonia(tmp_path, in_memory=False, classification_ceiling=4) as hub:
        hub.put(a_secret())

        hub.put(ABOVE)

        assert (status(hub).items, status(hub).spillages) == (2, 0)
        lowered = msgspec.structs.replace(hub.node.settings, classification_ceiling=0)
        hub.node = hub.node._replace(settings=lowered)
        assert finding(hub, "ceiling").verdict == "fault"


def test_without_a_key_that_counts_a_spillage_waits_and_all_else_goes_on(hub: Freedonia, tmp_path: Path) -> None:
    hub.put(a_secret())
    shown = show_keys(hub.node, OFFICER, ShowKeysRequest())
    (key,) = [one.key_id for one in shown.keys if one.use == "record"]
    revoke_key(hub.node, OFFICER, RevokeKeyRequest(key=key, suspect_from="2031-03-01T00:00:00Z"))
    (hub.node.folder / "keys" / "record-2.pem").unlink()
    hub.put(ABOVE)
    hub.put(an_object("malware", 1))
    assert an_id("malware", 1) in hub.ids(P) and an_id("indicator", 77) not in hub.ids(P)
    assert WORDS[0] in standing(tmp_path), "an erasure is an act, and nobody could sign it"
    assert finding(hub, "key set").verdict == "fault"
    rotate_key(hub.node, OFFICER, RotateKeyRequest(use="record"))
    hub.settle()
    assert standing(tmp_path) == []
    assert finding(hub, "key set").verdict == "good"
