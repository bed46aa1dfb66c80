"""Tests that a hint writes nothing where the peer is read as soon anyway, and names whom nothing is read from."""

from pathlib import Path

import pytest

from comity.desk.take_hint import take_hint
from comity.desk.views import ReaderActor
from comity.errors import NotFound
from tests.support.pairs import a_pair

NORTHWIND = ReaderActor(party="northwind-energy", user="northwind-energy-1", reader_no=3, view_id="v", inbox_id="i")


def test_who_is_due_already_is_not_written(tmp_path: Path) -> None:
    with a_pair(tmp_path) as pair:
        with pytest.raises(NotFound, match="nothing is read from northwind-energy"):
            take_hint(pair.reader.node, NORTHWIND)
        pair.subscribe()
        pair.reader.node.store.read_only = "so that a write would show"
        take_hint(pair.reader.node, NORTHWIND)
        pair.reader.node.store.read_only = ""
