import json
from pathlib import Path

import pytest

from comity.desk.erase_item import EraseItemRequest, erase_item
from comity.desk.node_status import StatusRequest, node_status
from comity.desk.submit_items import read_status, submit_items
from comity.desk.take_in import TakeInRequest, take_in
from comity.errors import Conflict, NotFound
from comity.records import codec
from comity.records.dsse import unverified_payload
from comity.records.kinds.erasure import Erasure
from comity.stores import checking
from comity.stores.tables import ERASED
from tests.support.nodes import OFFICER, Freedonia, Object, agreement, an_id, an_object, clause, freedonia

P, OTHER = "ruritania-csirt", "northwind-energy"


def _every_byte(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_no_file_of_the_node_holds_content_id_or_values_of_what_was_erased(tmp_path: Path) -> None:
    with freedonia(tmp_path, in_memory=False) as hub:
        hub.agree(agreement(clause("1", "share", tlp_at_most="green")))
        secret = an_object("indicator", 77, name="Operation Marmalade", pattern="[domain-name:value='leak.example']")
        hub.put(secret, secret | {"modified": "2031-02-09T00:00:00.000Z"}, an_object("indicator", 1))
        assert len(hub.ids(P)) == 2
        words = [b"Operation Marmalade", b"operation marmalade", b"leak.example", str(secret["id"]).encode()]
        folder = tmp_path / "node"
        assert all(word in _every_byte(folder) for word in (words[0], words[2], words[3]))

        erased = erase_item(
            hub.node, OFFICER, EraseItemRequest(id=str(secret["id"]), reason="court order", ordered_by="court")
        )

        found = _every_byte(folder)
        assert [word for word in words if word in found] == []
        assert (erased.versions, erased.served_to) == (2, 1)
        assert hub.ids(P) == [an_id("indicator", 1)]


def test_what_an_answer_told_of_the_item_goes_too_and_the_request_has_no_second_effect(tmp_path: Path) -> None:
    secret = an_object("tool", 77, name="Operation Marmalade")
    body = json.dumps({"type": "bundle", "id": "bundle--1", "objects": [secret]}).encode()
    wish = TakeInRequest(body=body, name="drop.json", default_tlp="green", idempotency_key="night-1")
    with freedonia(tmp_path, in_memory=False) as hub:
        assert take_in(hub.node, OFFICER, wish).counts["new"] == 1
        assert b"Operation Marmalade" in _every_byte(tmp_path / "node")
        erase_item(hub.node, OFFICER, EraseItemRequest(id=str(secret["id"]), reason="court order", ordered_by="court"))
        assert b"Operation Marmalade" not in _every_byte(tmp_path / "node")
        with pytest.raises(Conflict, match="erased since"):
            take_in(hub.node, OFFICER, wish)
        assert node_status(hub.node, OFFICER, StatusRequest()).items == 0


def test_only_the_named_sources_versions_are_erased(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        hub.put(an_object("malware", 1))
        hub.put(an_object("malware", 1, description="other words"), source=OTHER)
        request = EraseItemRequest(id=an_id("malware", 1), reason="r", ordered_by="o", source=OTHER)

        assert erase_item(hub.node, OFFICER, request).versions == 1

        assert hub.explain(an_id("malware", 1), P, source="freedonia-csirt").id == an_id("malware", 1)
        with pytest.raises(NotFound):
            erase_item(hub.node, OFFICER, request)


SECRET = an_object("indicator", 77, name="Operation Marmalade", pattern="[domain-name:value='leak.example']")
WORDS = (b"Operation Marmalade", b"operation marmalade", b"leak.example", an_id("indicator", 77).encode())


def _erase(hub: Freedonia, stix_id: str, source: str | None = None) -> tuple[int, int]:
    """Erase an item; gives how many versions and how many inputs in quarantine went."""
    request = EraseItemRequest(id=stix_id, reason="court order", ordered_by="court", source=source)
    answer = erase_item(hub.node, OFFICER, request)
    return answer.versions, answer.quarantined


def _garbled(obj: Object) -> bytes:
    """The object with a key that stands twice, so that it is quarantined with its content."""
    return json.dumps(obj).encode()[:-1] + b',"confidence":1,"confidence":2}'


def _submit(hub: Freedonia, party: str, *objects: Object) -> str:
    reader = hub.reader(party)
    return submit_items(hub.node, reader, reader.inbox_id, json.dumps({"objects": objects}).encode()).id


def test_copies_in_quarantine_and_lines_of_statuses_go_from_every_file_with_the_item(tmp_path: Path) -> None:
    with freedonia(tmp_path, in_memory=False) as hub:
        naming = an_object("malware", 5, description=f"as {SECRET['id']}")
        status = _submit(hub, OTHER, SECRET, an_object("malware", 1))
        hub.put(SECRET, _garbled(SECRET), _garbled(naming), _garbled(an_object("malware", 2)))
        hub.settle()
        assert all(word in _every_byte(tmp_path / "node") for word in (WORDS[0], WORDS[3]))

        assert _erase(hub, str(SECRET["id"])) == (2, 2)

        found = _every_byte(tmp_path / "node")
        assert [word for word in WORDS if word in found] == []
        assert node_status(hub.node, OFFICER, StatusRequest()).quarantined == 1
        told = read_status(hub.node, hub.reader(OTHER), status)
        assert [(line.id, line.message) for line in told.successes] == [
            ("erased", "erased"),
            (an_id("malware", 1), ""),
        ]
        assert told.total_count == told.success_count == 2


def test_an_item_that_stands_in_quarantine_alone_is_erased_too(tmp_path: Path) -> None:
    with freedonia(tmp_path, in_memory=False) as hub:
        hub.put(_garbled(SECRET))

        assert _erase(hub, str(SECRET["id"])) == (0, 1)

        found = _every_byte(tmp_path / "node")
        assert [word for word in WORDS if word in found] == []
        with pytest.raises(NotFound):
            _erase(hub, str(SECRET["id"]))


def test_erasing_one_sources_item_leaves_the_quarantine_and_the_statuses_of_others(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        status = _submit(hub, P, SECRET)
        hub.put(SECRET, _garbled(SECRET), source=OTHER)
        hub.put(_garbled(SECRET))

        assert _erase(hub, str(SECRET["id"]), source=OTHER) == (1, 1)

        assert node_status(hub.node, OFFICER, StatusRequest()).quarantined == 1
        assert [line.id for line in read_status(hub.node, hub.reader(P), status).successes] == [SECRET["id"]]


def test_no_key_of_the_id_stays_once_no_source_has_it(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        hub.put(SECRET, source=OTHER)
        hub.put(SECRET)

        _erase(hub, str(SECRET["id"]), source=OTHER)
        with hub.node.store.read() as tx:
            assert tx.exec_driver_sql("select count(*) from siblings").scalar() == 1
        _erase(hub, str(SECRET["id"]))
        with hub.node.store.read() as tx:
            assert tx.exec_driver_sql("select count(*) from siblings").scalar() == 0


def test_what_stands_in_the_row_is_what_the_act_says(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        hub.put(an_object("malware", 1))
        erase_item(hub.node, OFFICER, EraseItemRequest(id=an_id("malware", 1), reason="r", ordered_by="o"))
        with hub.node.store.read() as tx:
            (row,) = [row for row in checking.whole_records(tx, 1, 100) if row.state == ERASED]
            ((_, envelope),) = checking.acts_of_type(tx, "x-comity-erasure")
    act = codec.decode(unverified_payload(envelope))
    assert isinstance(act, Erasure)
    assert act.items == (row.sha256.hex(),)
    assert row.salt is None
