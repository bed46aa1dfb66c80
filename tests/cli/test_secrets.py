"""Tests that a secret is the one line of a file, and nothing else."""

from pathlib import Path

import pytest

from comity.cli.secrets import read_secret
from comity.errors import UsageError


def test_a_secret_is_one_line_without_its_end(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hidden\r\n")
    assert read_secret(tmp_path / "secret") == "hidden"
    assert read_secret(None) == ""


@pytest.mark.parametrize("content", [b"", b"\n", b"a\nb\n", b"a\x1bb", b"\xff"])
def test_what_is_no_line_of_text_is_wrong_usage(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "secret").write_bytes(content)
    with pytest.raises(UsageError):
        read_secret(tmp_path / "secret")
