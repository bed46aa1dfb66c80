from pathlib import Path

import pytest

from comity.desk.erase_item import EraseItemRequest, erase_item
from comity.errors import NotFound
from tests.support.nodes import OFFICER, agreement, an_id, an_object, clause, freedonia

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


def test_only_the_named_sources_versions_are_erased(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        hub.put(an_object("malware", 1))
        hub.put(an_object("malware", 1, description="other words"), source=OTHER)
        request = EraseItemRequest(id=an_id("malware", 1), reason="r", ordered_by="o", source=OTHER)

        assert erase_item(hub.node, OFFICER, request).versions == 1

        assert hub.explain(an_id("malware", 1), P, source="freedonia-csirt").id == an_id("malware", 1)
        with pytest.raises(NotFound):
            erase_item(hub.node, OFFICER, request)
