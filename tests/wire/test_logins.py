"""Tests the files that hold others' credentials."""

from pathlib import Path

import pytest

from comity.errors import NodeError
from comity.wire.logins import forget_login, read_login, write_login
from comity.wire.taxii_client import Login


def test_a_login_is_read_back_replaced_and_forgotten(tmp_path: Path) -> None:
    assert read_login(tmp_path, 1) == Login()
    write_login(tmp_path, 1, Login(user="a", password="b:ü"))
    write_login(tmp_path, 1, Login(token="c"))
    assert read_login(tmp_path, 1) == Login(token="c")
    forget_login(tmp_path, 1)
    forget_login(tmp_path, 1)
    assert read_login(tmp_path, 1) == Login()


def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    write_login(tmp_path, 1, Login(user="a", password="b"))
    (tmp_path / "logins" / "1.json").chmod(0o640)
    with pytest.raises(NodeError, match="chmod 600"):
        read_login(tmp_path, 1)


def test_a_damaged_file_and_a_link_are_refused(tmp_path: Path) -> None:
    write_login(tmp_path, 1, Login(user="a", password="b"))
    path = tmp_path / "logins" / "1.json"
    path.write_bytes(b"{")
    with pytest.raises(NodeError, match="damaged"):
        read_login(tmp_path, 1)
    path.unlink()
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NodeError, match="cannot be read"):
        read_login(tmp_path, 1)
