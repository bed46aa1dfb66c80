"""Tests that the quarantine is listed page by page, without content."""

import msgspec
import pytest

from comity.desk.list_quarantine import ListQuarantineRequest, list_quarantine
from comity.errors import UsageError
from tests.support.nodes import OFFICER, Freedonia


def test_pages_follow_one_another_without_content(hub: Freedonia) -> None:
    hub.put(*[{"type": "report", "name": f"canary {number}"} for number in range(5)])
    seen, after = [], 0
    while True:
        listed = list_quarantine(hub.node, OFFICER, ListQuarantineRequest(after=after, limit=2))
        assert b"canary" not in msgspec.json.encode(listed)
        seen += [one.number for one in listed.inputs]
        if listed.after is None:
            break
        after = listed.after
    assert len(seen) == len(set(seen)) == 5
    assert {(one.source, one.reason, one.kept) for one in listed.inputs} == {("freedonia-csirt", "no-id", True)}


@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_an_impossible_limit_is_refused(hub: Freedonia, limit: int) -> None:
    with pytest.raises(UsageError):
        list_quarantine(hub.node, OFFICER, ListQuarantineRequest(limit=limit))
