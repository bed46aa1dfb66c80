"""Tests what `comity log` says, and that an old backup put back is told in every command until there is a way on."""

import sqlite3
from pathlib import Path

import pytest

from tests.support.command import INDICATOR, Command, a_bundle, serving

ITEM = str(INDICATOR["id"])


@pytest.fixture
def filled(comity: Command, tmp_path: Path) -> Command:
    """The command on a node that holds an item."""
    assert comity("item", "import", a_bundle(tmp_path)).code == 0
    return comity


def test_a_log_is_signed_shown_and_verified(filled: Command) -> None:
    assert "never" in filled("log", "show").out
    note = filled("log", "checkpoint").out
    assert note.startswith("freedonia-csirt/comity/1\n16\n")
    assert "\n\n— freedonia-csirt/comity/1 " in note
    shown = filled("log", "show", "--json").json
    assert (shown["size"], shown["checkpoint_size"], shown["locked_size"]) == (16, 16, 16)
    verified = filled("log", "verify")
    assert (verified.code, "all agrees" in verified.out) == (0, True)
    assert "16 entries, 16 of them signed" in filled("node", "status").out


def test_a_node_without_a_log_says_so(comity: Command) -> None:
    assert "none yet" in comity("node", "status").out
    said = comity("log", "show", "--json")
    assert (said.code, said.json["error"]) == (
        1,
        {"code": "not-found", "message": "this node has no log yet: it begins with the first record that is numbered"},
    )


def test_a_database_edited_by_hand_is_named_and_exits_1(filled: Command) -> None:
    with sqlite3.connect(filled.folder / "node.db") as connection:
        connection.execute("update records set type = 'malware' where stix_id = ?", (ITEM,))
    connection.close()
    said = filled("log", "verify")
    assert said.code == 1
    assert "records" in said.out and "type" in said.out and "DIFFERS: 1" in said.out
    as_json = filled("log", "verify", "--json")
    assert (as_json.code, as_json.json["differences"]) == (
        1,
        [{"table": "records", "row": "3", "column": "type", "how": "not what the log has committed to"}],
    )


def restored(comity: Command, tmp_path: Path) -> None:
    """Sign more after a backup, then put the backup back."""
    backup = tmp_path / "old.tar"
    assert comity("node", "backup", backup).code == 0
    assert comity("log", "checkpoint").code == 0
    said = comity("node", "restore", backup, "--yes")
    assert said.code == 0, said.err


def test_a_restored_old_backup_is_read_only_and_every_command_says_so(filled: Command, tmp_path: Path) -> None:
    restored(filled, tmp_path)
    for words in (["item", "show", ITEM], ["node", "status"], ["party", "list"], ["log", "show", "--json"]):
        said = filled(*words)
        assert (said.code, "READ-ONLY" in said.err, "older than the log" in said.err) == (0, True, True), words
    refused = filled("party", "add", "Ruritania", "--kind", "state", "--json")
    error = refused.json["error"]
    assert (refused.code, isinstance(error, dict) and error["code"]) == (1, "read-only")
    assert "READ-ONLY" in filled("node", "status").out
    doctor = filled("doctor", "--json")
    assert doctor.code == 1
    assert "log renew" in doctor.out
    assert filled("log", "verify").code == 1


def test_a_served_read_only_node_says_so_through_the_server(filled: Command, tmp_path: Path) -> None:
    restored(filled, tmp_path)
    with serving(filled.folder):
        said = filled("item", "show", ITEM)
        assert (said.code, "READ-ONLY" in said.err) == (0, True)
        assert filled("log", "checkpoint", "--json").json["error"]["code"] == "read-only"  # type: ignore[index,call-overload]  # decoded JSON
        assert filled("log", "renew", "--reason", "lost", "--yes").code == 0
        assert filled("party", "add", "Ruritania", "--kind", "state").code == 0


def test_a_log_is_given_up_only_on_purpose(filled: Command, tmp_path: Path) -> None:
    assert filled("log", "renew", "--reason", "x", "--yes").code == 1
    restored(filled, tmp_path)
    assert filled("log", "renew", "--reason", "x").code == 2  # nobody can be asked
    said = filled("log", "renew", "--reason", "disk lost", "--yes")
    assert said.code == 0
    assert "freedonia-csirt/comity/2" in said.out
    assert "Tell your peers" in said.err
    assert "READ-ONLY" not in filled("node", "status").err
    assert filled("log", "renew", "--reason", "x", "--yes", "--json").code == 1


def test_a_renewal_answers_in_json(filled: Command, tmp_path: Path) -> None:
    restored(filled, tmp_path)
    answer = filled("log", "renew", "--reason", "disk lost", "--yes", "--json").json
    assert (answer["before"], answer["after"]) == ("freedonia-csirt/comity/1", "freedonia-csirt/comity/2")
