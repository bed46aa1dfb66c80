"""Tests how the health of peers is told."""

import re

from comity.stores import subscribing
from comity.values import Instant
from tests.support.desk import Office
from tests.support.desk_story import busy


def test_a_silent_peer_is_in_the_title_with_what_its_server_said(office: Office) -> None:
    busy(office.hub)
    page = office.signed_in("operator").get("/peers").text
    assert "<h1>One peer is silent</h1>" in page
    assert "its server did not answer within 30 s" in page and "one try failed" in page
    assert "Ruritania CSIRT states something older than before" in page


def test_how_far_behind_peers_were_is_drawn_with_its_table_beside(office: Office) -> None:
    busy(office.hub)
    visitor = office.signed_in("auditor")
    assert "How far behind" not in visitor.get("/peers").text
    with office.hub.node.store.write() as tx:
        (named,) = subscribing.all_subscriptions(tx)
        for hours_ago, behind_ms, failed in ((30, 3_600_000, False), (2, 5 * 3_600_000, True), (1, 60_000, False)):
            at = Instant(office.hub.clock.now - hours_ago * 3_600_000)
            subscribing.note_lag(tx, named.row.no, behind_ms, 12, at, failed=failed)
    page = visitor.get("/peers").text
    assert "How far behind, over the last seven days" in page and "the highest is 5 h" in page
    assert page.count('class="solid"') == 1 and page.count('class="line"') == 1
    cells = re.findall(r'data-label="(Last|At most|Readings|Failed|Objects)">([^<]+)', page.partition('id="lag"')[2])
    assert [(name, said.rstrip(", ")) for name, said in cells] == [
        ("Last", "1 min"), ("At most", "5 h"), ("Readings", "3"), ("Failed", "1"), ("Objects", "36"),
    ]  # fmt: skip


def test_without_peers_the_page_says_what_would_fill_it(office: Office) -> None:
    page = office.signed_in("auditor").get("/peers").text
    assert "No peer is read from" in page and "A peer appears here" in page
