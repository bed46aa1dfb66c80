"""Tests that keys are shown, rotated and revoked from the command line, the root key there or not."""

import ssl
from pathlib import Path

from comity.node import open_node
from comity.records import dsse
from comity.stores import keeping
from comity.stores.tables import ACT
from comity.wire.keys import held_keys
from comity.wire.tls_keys import pin_of_pem
from tests.support.command import Command, serving


def states(comity: Command) -> list[tuple[object, object]]:
    keys = comity("key", "show", "--json").json["keys"]
    assert isinstance(keys, list)
    return [(key["use"], key["state"]) for key in keys if isinstance(key, dict) and key["use"] == "record"]


def test_a_key_is_rotated_and_then_revoked(comity: Command) -> None:
    shown = comity("key", "show", "--json").json["keys"]
    assert isinstance(shown, list)
    (old,) = [key["key_id"] for key in shown if isinstance(key, dict) and key["use"] == "record"]
    rotated = comity("key", "rotate", "--use", "record")
    assert (rotated.code, str(old) in rotated.out) == (0, True)
    assert states(comity) == [("record", "good"), ("record", "good")]
    assert comity("key", "revoke", str(old), "--suspect-from", "2026-01-01").code == 2, "nobody can be asked here"
    revoked = comity("key", "revoke", str(old), "--suspect-from", "2026-01-01", "--yes")
    assert (revoked.code, "SUSPECT" in revoked.out) == (0, True)
    assert states(comity) == [("record", "suspect"), ("record", "good")]
    assert comity("party", "add", "Sylvania", "--kind", "state").code == 0


def test_a_root_key_kept_elsewhere_is_named_by_its_file(comity: Command, tmp_path: Path) -> None:
    (comity.folder / "keys" / "root.pem").rename(tmp_path / "safe.pem")
    refused = comity("key", "rotate", "--use", "log")
    assert (refused.code, "--root" in refused.err) == (1, True)
    assert comity("key", "rotate", "--use", "log", "--root", tmp_path / "safe.pem").code == 0
    (tmp_path / "safe.pem").chmod(0o644)
    refused = comity("key", "rotate", "--use", "log", "--root", tmp_path / "safe.pem")
    assert (refused.code, "chmod 600" in refused.err) == (2, True)


def test_wrong_words_are_wrong_usage(comity: Command) -> None:
    assert comity("key", "rotate", "--use", "root").code == 2
    assert comity("key", "rotate", "--use", "record", "--overlap-days", "-1").code == 2
    assert comity("key", "revoke", "abc", "--suspect-from", "2026-01-01", "--yes").code == 2


def test_a_serving_node_signs_with_the_new_key_at_once(comity: Command) -> None:
    with serving(comity.folder) as server:
        assert comity("key", "rotate", "--use", "record").code == 0
        assert comity("party", "add", "Sylvania", "--kind", "state").code == 0
        assert server.process.poll() is None
    node = open_node(comity.folder)
    newest = next(held for held in reversed(held_keys(node.folder / "keys")) if held.use == "record")
    with node.store.read() as tx:
        acts = [row for no in range(1, 20) if (row := keeping.held_record(tx, no)) is not None and row.family == ACT]
    node.store.close()
    assert newest.number == 2
    assert acts[-1].body is not None
    assert dsse.verify(acts[-1].body, {dsse.key_id(newest.public): newest.public}).key_ids


def test_a_tls_key_is_made_stated_and_served(comity: Command) -> None:
    made = comity("key", "pin", "--make-for", "127.0.0.1", "--json").json
    assert (made["tls_certificate"], made["tls_key"]) == ("tls/certificate-1.pem", "tls/key-1.pem")
    with (comity.folder / "node.toml").open("a") as settings:
        settings.write(f'tls_certificate = "{made["tls_certificate"]}"\ntls_key = "{made["tls_key"]}"\n')
    keys = comity("key", "show", "--json").json["keys"]
    assert isinstance(keys, list)
    stated = [key for key in keys if isinstance(key, dict) and key["use"] == "tls-pin"]
    assert [(key["public"], key["here"]) for key in stated] == [(made["pin"], True)]
    with serving(comity.folder) as server:
        host, port = server.url.removeprefix("https://").split(":")
        shown = ssl.get_server_certificate((host, int(port)))
    assert pin_of_pem(shown.encode()).hex() == made["pin"]
    given = comity("key", "pin", comity.folder / "tls" / "certificate-1.pem")
    assert (given.code, "stated already" in given.err) == (1, True)
    assert comity("key", "pin", comity.folder / "node.db").code == 2
