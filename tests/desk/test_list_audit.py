"""Tests that the audit is given sifted, the newest first, page by page, and that taking it is in it."""

import pytest
from sqlalchemy import delete

from comity.desk.list_audit import AuditList, ListAuditRequest, export_audit, list_audit
from comity.errors import UsageError
from comity.stores.tables import audit
from tests.support.nodes import OFFICER, Freedonia


def lines(hub: Freedonia, **said: object) -> AuditList:
    return list_audit(hub.node, OFFICER, ListAuditRequest(**said))  # type: ignore[arg-type]


def test_it_is_sifted_by_who_what_door_and_time(hub: Freedonia) -> None:
    hub.at("2031-03-02T12:00:00Z")
    hub.party("Concord Secretariat")
    everything = lines(hub)
    numbers = [line.number for line in everything.lines]
    assert numbers == sorted(numbers, reverse=True) and everything.before is None
    assert "party add" in everything.verbs
    assert len(lines(hub, verb="party add").lines) == 3
    assert len(lines(hub, verb="party add", since="2031-03-02").lines) == 1
    assert len(lines(hub, verb="party add", until="2031-03-02T12:00:00Z").lines) == 2
    assert lines(hub, actor="nobody").lines == lines(hub, via="taxii").lines == lines(hub, actor="a\0b").lines == ()


def test_pages_follow_each_other_without_gap_or_repeat(hub: Freedonia) -> None:
    for number in range(5):
        hub.party(f"Party {number}")
    found, before = [], 2**62
    while True:
        page = lines(hub, verb="party add", limit=2, before=before)
        found += [line.number for line in page.lines]
        if page.before is None:
            break
        before = page.before
    assert len(found) == len(set(found)) == 7


def test_a_page_looks_through_so_many_lines_and_says_how_far(hub: Freedonia, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("comity.desk.list_audit.LOOKED_THROUGH", 3)
    for number in range(8):
        hub.party(f"Party {number}")
    page, pages = lines(hub, verb="nothing"), 1
    assert page.lines == () and page.looked_back_to is not None
    while page.before is not None:
        page, pages = lines(hub, verb="nothing", before=page.before), pages + 1
    assert page.looked_back_to is None and pages > 3
    assert len(export_audit(hub.node, OFFICER, ListAuditRequest(verb="party add")).lines) == 10


def test_where_lines_were_dropped_a_page_still_says_how_far_it_looked(
    hub: Freedonia, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("comity.desk.list_audit.LOOKED_THROUGH", 3)
    for number in range(8):
        hub.party(f"Party {number}")
    newest = lines(hub).lines[0].number
    with hub.node.store.write() as tx:
        tx.execute(delete(audit).where(audit.c.no.between(newest - 3, newest - 1)))
        tx.execute(delete(audit).where(audit.c.no <= newest - 6))
    page = lines(hub, verb="nothing")
    assert (page.lines, page.looked_back_to, page.before) == ((), "2031-03-01T12:00:00.000Z", newest - 2)
    page = lines(hub, verb="nothing", before=newest - 2)
    assert (page.lines, page.looked_back_to, page.before) == ((), None, None), "what is older is no more"


def test_taking_it_is_a_line_of_it(hub: Freedonia) -> None:
    taken = export_audit(hub.node, OFFICER, ListAuditRequest(verb="party add"))
    (line,) = lines(hub, verb="audit export").lines
    assert line.actor == "officer" and b'"lines":%d' % len(taken.lines) in bytes(line.facts)


@pytest.mark.parametrize("said", [{"since": "yesterday"}, {"until": "31"}])
def test_what_is_no_time_is_refused(hub: Freedonia, said: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        lines(hub, **said)
