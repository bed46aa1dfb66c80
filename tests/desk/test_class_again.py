"""Tests that classing anew looks at one source's records, by its markings and its officers' words."""

from pathlib import Path

from comity.desk.class_again import class_again
from comity.desk.item_views import live_item
from tests.support.nodes import agreement, an_id, an_object, clause, freedonia


def test_a_record_classed_anew_without_a_change_keeps_its_class_and_date(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        hub.agree(agreement(clause("1", "share", tlp_at_most="amber")), adhere=("freedonia-csirt", "ruritania-csirt"))
        hub.put(an_object("indicator", 1), tlp="green")
        dates = hub.dates("ruritania-csirt")
        with hub.node.store.write() as tx:
            held = live_item(tx, an_id("indicator", 1), None)
            class_again(hub.node, tx, held.source_no, [held.no], hub.clock.now)
        hub.settle()
        with hub.node.store.read() as tx:
            assert live_item(tx, an_id("indicator", 1), None).class_no == held.class_no
        assert hub.dates("ruritania-csirt") == dates
