"""Tests making, looking at, backing up and restoring a node by command."""

import shutil
import tarfile
from pathlib import Path

import pytest

from tests.support.command import Command, a_bundle


def test_init_makes_a_node_and_says_who_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    comity = Command(tmp_path / "new", capsys)
    words = ("--kind", "authority", "--acts-for", "Ruritania", "--exercise", "--json")
    said = comity("node", "init", "--party", "Ruritania CSIRT", *words)
    assert said.code == 0
    assert said.json["party"] == "ruritania-csirt"
    assert said.json["acts_for"] == "ruritania"
    assert said.json["exercise"] is True
    assert len(str(said.json["root_key"])) >= 32


@pytest.mark.parametrize(
    "words",
    [
        ("--party", "日本", "--kind", "state"),
        ("--party", "Northwind", "--kind", "company", "--acts-for", "Freedonia"),
        ("--party", "Northwind", "--kind", "company", "--db", "mysql://x/y"),
        ("--party", "Northwind", "--kind", "company", "--port", "70000"),
    ],
)
def test_init_with_words_that_cannot_be_is_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    assert Command(tmp_path / "new", capsys)("node", "init", *words).code == 2
    assert not (tmp_path / "new").exists()


def test_init_over_a_node_is_refused(comity: Command) -> None:
    said = comity("node", "init", "--party", "Freedonia CSIRT", "--kind", "authority")
    assert said.code == 1
    assert "already" in said.err


def test_status_counts(comity: Command, tmp_path: Path) -> None:
    comity("item", "import", a_bundle(tmp_path))
    said = comity("node", "status", "--json")
    assert (said.code, said.json["items"], said.json["parties"], said.json["queued"]) == (0, 1, 1, 0)
    assert "freedonia-csirt" in comity("node", "status").out


def test_the_doctor_finds_a_fresh_node_sound(comity: Command) -> None:
    said = comity("doctor", "--deep", "--json")
    assert said.code == 0
    assert said.json["sound"] is True
    assert comity("doctor").code == 0


def test_the_doctor_finds_what_others_may_read(comity: Command) -> None:
    (comity.folder / "node.toml").chmod(0o644)
    said = comity("doctor")
    assert said.code == 1
    assert "chmod" in said.out


def test_the_doctor_speaks_of_a_node_that_does_not_open(comity: Command) -> None:
    (comity.folder / "keys" / "record.pem").unlink()
    said = comity("doctor", "--json")
    assert said.code == 1
    assert said.json["sound"] is False
    assert "record.pem" in said.out


def test_a_backup_restores_to_the_same_node(comity: Command, tmp_path: Path) -> None:
    comity("item", "import", a_bundle(tmp_path))
    before = comity("node", "status", "--json").json
    backup = str(comity("node", "backup", tmp_path, "--with-keys", "--json").json["file"])
    other = Command(tmp_path / "other", comity._capture)

    said = other("node", "restore", backup, "--json")

    assert (said.code, said.json["keys"]) == (0, "restored")
    assert other("doctor").code == 1  # what was signed is known only where the lock store is
    shutil.copytree(comity.folder / "lock", other.folder / "lock", dirs_exist_ok=True)
    assert other("doctor").code == 0
    assert {**other("node", "status", "--json").json, "now": ""} == {**before, "now": ""}


def test_a_backup_has_no_keys_unless_asked(comity: Command, tmp_path: Path) -> None:
    said = comity("node", "backup", tmp_path / "b.tar", "--json")
    assert (said.code, said.json["with_keys"]) == (0, False)
    with tarfile.open(tmp_path / "b.tar") as tar:
        assert tar.getnames() == ["manifest.json", "node.toml", "node.db"]


def test_a_backup_never_replaces_a_file(comity: Command, tmp_path: Path) -> None:
    (tmp_path / "b.tar").write_text("mine")
    assert comity("node", "backup", tmp_path / "b.tar").code == 1
    assert (tmp_path / "b.tar").read_text() == "mine"


def test_restoring_over_a_node_needs_a_yes(comity: Command, tmp_path: Path) -> None:
    comity("node", "backup", tmp_path / "b.tar")
    comity("item", "import", a_bundle(tmp_path))

    assert comity("node", "restore", tmp_path / "b.tar").code == 1
    assert comity("node", "status", "--json").json["items"] == 1

    said = comity("node", "restore", tmp_path / "b.tar", "--yes", "--json")
    assert (said.code, said.json["keys"]) == (0, "kept")
    assert comity("node", "status", "--json").json["items"] == 0


def test_backups_are_listed_and_said_to_be_destroyed(comity: Command, tmp_path: Path) -> None:
    assert comity("node", "backup", tmp_path / "b.tar").code == 0
    assert "b.tar" in comity("node", "backups", "list").out
    assert comity("node", "backups", "destroyed", "1").code == 2, "a reason is needed"
    said = comity("node", "backups", "destroyed", "1", "--reason", "shredded")
    assert (said.code, "counts as destroyed" in said.err) == (0, True)
    (one,) = comity("node", "backups", "list", "--json").json["backups"]  # type: ignore[misc]
    assert one["destroyed_at"]  # type: ignore[index, call-overload]
    assert comity("node", "backups", "destroyed", "1", "--reason", "again").code == 1
