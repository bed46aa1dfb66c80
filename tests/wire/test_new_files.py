"""Tests that a new file is whole or not there, is its owner's alone, and replaces nothing unasked."""

import errno
import os
from pathlib import Path

import pytest

from comity.errors import Conflict, UsageError
from comity.wire.new_files import new_file


def test_it_has_its_name_only_once_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "f"
    with new_file(path, "n", replace=False) as out:
        out.write(b"all")
        assert not path.exists()
    assert path.read_bytes() == b"all"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_nothing_stays_of_one_that_fails(tmp_path: Path) -> None:
    with pytest.raises(KeyError), new_file(tmp_path / "f", "n", replace=False) as out:
        out.write(b"half")
        raise KeyError
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_stays_unless_it_is_to_be_replaced(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"old")
    with pytest.raises(Conflict), new_file(path, "n", replace=False):
        raise AssertionError("nothing is written")
    assert path.read_bytes() == b"old"
    with new_file(path, "n", replace=True) as out:
        out.write(b"new")
    assert path.read_bytes() == b"new"


def test_what_came_there_meanwhile_stays(tmp_path: Path) -> None:
    path = tmp_path / "f"
    with pytest.raises(Conflict), new_file(path, "n", replace=False) as out:
        out.write(b"ours")
        path.write_bytes(b"theirs")
    assert path.read_bytes() == b"theirs"
    assert list(tmp_path.iterdir()) == [path]


def test_a_medium_without_links_holds_files_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object) -> None:  # as FAT answers
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    path = tmp_path / "f"
    with new_file(path, "n", replace=False) as out:
        out.write(b"all")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"all", 0o600)
    with pytest.raises(Conflict), new_file(tmp_path / "g", "n", replace=False) as out:
        out.write(b"ours")
        (tmp_path / "g").write_bytes(b"theirs")
    assert (tmp_path / "g").read_bytes() == b"theirs"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["f", "g"]


def test_nothing_is_written_through_a_link_that_lies_there(tmp_path: Path) -> None:
    (tmp_path / "f").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Conflict), new_file(tmp_path / "f", "n", replace=False) as out:
        out.write(b"all")
    with new_file(tmp_path / "f", "n", replace=True) as out:
        out.write(b"all")
    assert not (tmp_path / "elsewhere").exists()
    assert (tmp_path / "f").read_bytes() == b"all"


def test_a_folder_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError), new_file(tmp_path / "no" / "f", "n", replace=False):
        raise AssertionError("nothing is written")
