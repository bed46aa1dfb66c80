"""Tests what a node's folder shows from outside."""

from pathlib import Path

import pytest

from comity.desk.folder_checks import check_folder
from tests.support.command import a_node


def verdicts(folder: Path) -> dict[str, str]:
    return {one.check: one.verdict for one in check_folder(folder)}


def test_a_fresh_folder_is_in_order(tmp_path: Path) -> None:
    found = verdicts(a_node(tmp_path / "node"))
    assert (found["permissions"], found["keys"]) == ("good", "good")


@pytest.mark.parametrize("name", [".", "node.toml", "node.db", "keys", "keys/record.pem"])
def test_what_others_may_reach_is_a_fault_that_names_it(tmp_path: Path, name: str) -> None:
    folder = a_node(tmp_path / "node")
    (folder / name).chmod(0o755)
    (fault,) = [one for one in check_folder(folder) if one.verdict == "fault"]
    assert fault.check == "permissions"
    assert (folder / name).name in fault.seen
    assert "chmod" in fault.advice


def test_a_missing_key_is_a_fault_but_a_root_key_kept_elsewhere_is_none(tmp_path: Path) -> None:
    folder = a_node(tmp_path / "node")
    (folder / "keys" / "root.pem").unlink()
    assert verdicts(folder)["keys"] == "good"
    (folder / "keys" / "token.key").unlink()
    assert verdicts(folder)["keys"] == "fault"


def test_no_folder_is_one_fault(tmp_path: Path) -> None:
    assert verdicts(tmp_path / "nowhere") == {"folder": "fault"}
