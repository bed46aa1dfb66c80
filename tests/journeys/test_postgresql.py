"""Tests that a node on PostgreSQL does by command and over TAXII what one on SQLite does."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from taxii2client.v21 import Server, as_pages

from tests.support.command import AGREEMENT, Command, a_bundle, serving
from tests.support.desks import an_object


def test_a_partner_reads_from_a_node_on_postgresql(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], new_postgres: Callable[..., str]
) -> None:
    comity = Command(tmp_path / "node", capsys)
    address = new_postgres("template0")
    made = comity("node", "init", "--party", "Freedonia CSIRT", "--kind", "authority", "--db", address)
    assert made.code == 0, made.err
    assert comity("party", "add", "Ruritania CSIRT", "--kind", "authority").code == 0
    text = tmp_path / "agreement.toml"
    text.write_text(AGREEMENT)
    assert comity("agreement", "add", text).code == 0
    assert comity("agreement", "adhere", "free-ruri-2026", "--yes").code == 0
    reader = comity("reader", "add", "--party", "ruritania-csirt", "--json").json
    taken = comity(
        "item", "import", a_bundle(tmp_path, *(an_object("indicator", n) for n in range(30)), an_object("malware", 99)),
        "--default-tlp", "green", "--json",
    )  # fmt: skip
    assert (taken.json["new"], taken.json["quarantined"]) == (31, 0)

    with serving(comity.folder) as served:
        server = Server(f"{served.url.rstrip('/')}/taxii2/", user=reader["user"], password=reader["password"])
        view = next(collection for collection in server.api_roots[0].collections if collection.can_read)
        ids = [obj["id"] for page in as_pages(view.get_objects, per_request=7) for obj in page["objects"]]
        assert ids == [an_object("indicator", n)["id"] for n in range(30)]

    one = str(an_object("indicator", 3)["id"])
    assert comity("item", "erase", one, "--reason", "wrong", "--ordered-by", "officer", "--yes").code == 0
    assert comity("item", "show", one).code == 1
    assert comity("release", "preview", "--json").json["parties"][0]["visible"] == 29
    healthy = comity("doctor", "--json")
    assert healthy.code == 0, json.dumps(healthy.json)
