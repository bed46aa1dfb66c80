"""Tests whether a node can say that it can serve, and how much it holds."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from comity.desk.check_readiness import check_readiness, store_figures
from comity.errors import NodeError, StoreError
from tests.support.taxii import Hub, indicator


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with Hub(tmp_path / "node") as made:
        yield made


def test_a_founded_node_is_ready(hub: Hub) -> None:
    check_readiness(hub.node)


def test_a_store_without_the_nodes_own_party_is_not_ready(hub: Hub) -> None:
    with hub.node.store.write() as tx:
        tx.exec_driver_sql("update parties set is_self = 0")
    with pytest.raises(NodeError):
        check_readiness(hub.node)


def test_a_store_that_does_not_answer_is_not_ready(hub: Hub) -> None:
    with hub.node.store.write() as tx:
        tx.exec_driver_sql("alter table parties rename to parties_gone")
    with pytest.raises(StoreError):
        check_readiness(hub.node)


def test_figures_count_what_is_held_and_nothing_else(hub: Hub) -> None:
    hub.deliver(indicator(1), indicator(2))
    figures = store_figures(hub.node)
    assert figures["store_items"] == 2
    assert figures["store_readers"] == 2
    assert figures["store_queued"] == 0
    assert all(isinstance(value, int) for value in figures.values())
