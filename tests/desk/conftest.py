"""Nodes in memory for tests of the desk, with and without people at them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.desk import Office, an_office
from tests.support.nodes import Freedonia, freedonia


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Freedonia]:
    """A node of Freedonia's CSIRT, without an account."""
    with freedonia(tmp_path) as opened:
        yield opened


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """The same with its desk."""
    with an_office(tmp_path) as opened:
        yield opened
