"""Tests that a draft is weighed against what is in force, and changes nothing."""

from pathlib import Path

import pytest

from comity.desk.preview_release import PreviewReleaseRequest, preview_release
from comity.desk.what_if_release import WhatIfRequest, what_if_release
from comity.errors import AgreementRejected
from tests.support.desks import ARRANGEMENT, OFFICER, an_object, freedonia, take_in, under


def test_what_would_flow_and_stop_is_counted_by_clause(tmp_path: Path) -> None:
    draft = ARRANGEMENT.replace('"indicator", "malware"', '"threat-actor", "malware"')
    with freedonia(tmp_path) as node:
        under(node)
        take_in(node, tmp_path, *(an_object("indicator", n) for n in range(3)), an_object("threat-actor", 9))
        before = preview_release(node, OFFICER, PreviewReleaseRequest())
        answer = what_if_release(node, OFFICER, WhatIfRequest(text=draft.encode()))
        after = preview_release(node, OFFICER, PreviewReleaseRequest())
    assert (answer.flows, answer.stops, answer.changes) == (1, 3, 0)
    assert {(row.effect, row.count, row.party) for row in answer.differences} == {
        ("flows", 1, "ruritania-csirt"),
        ("stops", 3, "ruritania-csirt"),
    }
    assert before == after


def test_a_draft_is_asked_about_from_the_day_it_would_be_in_force(tmp_path: Path) -> None:
    draft = ARRANGEMENT.replace("2031-01-01", "2032-01-01").replace("free-ruri-2031", "free-ruri-2032")
    with freedonia(tmp_path) as node:
        take_in(node, tmp_path, an_object("indicator", 1))
        answer = what_if_release(node, OFFICER, WhatIfRequest(text=draft.encode()))
    assert (answer.as_of, answer.flows) == ("2032-01-01T00:00:00.000Z", 1)


def test_parties_unknown_here_are_named(tmp_path: Path) -> None:
    draft = ARRANGEMENT.replace('"ruritania-csirt"]', '"ruritania-csirt", "sylvania-csirt"]')
    with freedonia(tmp_path) as node:
        answer = what_if_release(node, OFFICER, WhatIfRequest(text=draft.encode()))
    assert answer.unknown_parties == ("sylvania-csirt",)


def test_an_unsound_draft_is_rejected(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node, pytest.raises(AgreementRejected):
        what_if_release(node, OFFICER, WhatIfRequest(text=b"id = 1"))
