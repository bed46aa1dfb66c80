"""Tests what leaves of an item: exactly what the party's own client reads."""

import json
from pathlib import Path

import pytest

from comity.desk.release_rendition import ReleaseRendition, ReleaseRenditionRequest, release_rendition
from comity.errors import NotFound, UsageError
from tests.support.desk_story import INDICATOR, REPORT, SECRET, busy
from tests.support.nodes import OFFICER, Freedonia, freedonia


def asked(hub: Freedonia, item: str, to: str) -> ReleaseRendition:
    return release_rendition(hub.node, OFFICER, ReleaseRenditionRequest(id=item, to=to))


def test_it_is_what_the_partner_reads(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        busy(hub)
        for item in (REPORT, INDICATOR):
            shown = asked(hub, item, "ruritania-csirt")
            (read,) = [one for one in hub.objects("ruritania-csirt") if one["id"] == item]
            assert shown.leaves is not None and json.loads(shown.leaves) == read
        report = asked(hub, REPORT, "ruritania-csirt")
        assert not report.same and "location--" in report.held and "location--" not in (report.leaves or "")
        assert asked(hub, INDICATOR, "ruritania-csirt").same


def test_of_what_is_refused_nothing_leaves(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        busy(hub)
        for item, party in ((SECRET, "ruritania-csirt"), (REPORT, "northwind-energy")):
            shown = asked(hub, item, party)
            assert (shown.leaves, shown.same, shown.why.released) == (None, False, False)


def test_another_item_or_party_is_not_found(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        busy(hub)
        for item, party in ((REPORT, "nobody"), ("report--nothing", "ruritania-csirt")):
            with pytest.raises(NotFound):
                asked(hub, item, party)
        with pytest.raises(UsageError):
            asked(hub, REPORT, "freedonia-csirt")
