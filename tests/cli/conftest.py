"""Gives the tests of the command line a node and the command that works on it."""

from pathlib import Path

import pytest

from tests.support.command import Command, a_node


@pytest.fixture
def comity(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command on a fresh node."""
    return Command(a_node(tmp_path / "node"), capsys)
