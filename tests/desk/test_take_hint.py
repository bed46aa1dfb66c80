"""Tests that a hint writes nothing where the peer is read as soon anyway, and names whom nothing is read from."""

from pathlib import Path

import pytest

from comity.desk import read_signed as module
from comity.desk.take_hint import EVERY_MS, take_hint
from comity.desk.views import ObjectPage, ReaderActor
from comity.errors import NotFound
from comity.stores import subscribing
from tests.support.federation import federation
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


@pytest.mark.parametrize("hinted", [True, False])
def test_a_hint_while_its_peer_is_being_read_brings_the_next_reading_forward(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hinted: bool
) -> None:
    with federation(tmp_path, "Freedonia CSIRT", "Ruritania CSIRT") as (free, ruri):
        real = module.read_signed
        giver = ReaderActor(party=free.name, user=free.name, reader_no=2, view_id="v", inbox_id="i")

        def slow(*words: object) -> ObjectPage:
            page = real(*words)  # type: ignore[arg-type]
            free.node.clock.now += 1_000  # type: ignore[attr-defined]
            if hinted:
                take_hint(ruri.node, giver)
            return page

        monkeypatch.setattr("comity.taxii.routes.read_signed", slow)
        assert ruri.sync().error == ""
        with ruri.node.store.read() as tx:
            (named,) = subscribing.all_subscriptions(tx)
        assert named.row.synced_ms is not None
        wait_s = ruri.node.settings.sync_every_s
        assert named.row.due_ms - named.row.synced_ms == (EVERY_MS if hinted else wait_s * 1000)
