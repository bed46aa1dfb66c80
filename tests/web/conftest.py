"""Offices to visit: a node in memory with its desk."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.desk import Office, an_office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A live node's desk."""
    with an_office(tmp_path) as opened:
        yield opened
