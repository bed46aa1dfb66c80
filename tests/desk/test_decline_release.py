"""Tests what cannot be declined."""

from pathlib import Path

import pytest

from comity.desk.decline_release import DeclineReleaseRequest, decline_release
from comity.errors import ComityError, NotFound, UsageError
from tests.desk.test_ask_originator import ask, given_to_ruritania, requests_at
from tests.desk.test_take_grant import ITEM, TITLES
from tests.support.federation import federation
from tests.support.nodes import OFFICER


def test_only_what_was_asked_is_declined_by_an_office_with_a_reason(tmp_path: Path) -> None:
    with federation(tmp_path, *TITLES) as (free, ruri, north):
        given_to_ruritania(free, ruri, north)
        ask(ruri, north.name)
        free.sync(ruri.name)
        (one,) = requests_at(free).received
        refused: list[tuple[str, str, str, type[ComityError]]] = [
            (one.act, " ", "x", UsageError),
            (one.act, "Duty officer", "", UsageError),
            ("x-comity-release-request--nothing", "Duty officer", "x", NotFound),
            (ITEM, "Duty officer", "x", NotFound),
        ]
        for act, by, reason, error in refused:
            with pytest.raises(error):
                decline_release(free.node, OFFICER, DeclineReleaseRequest(act=act, by=by, reason=reason))
        with pytest.raises(NotFound):  # who asked cannot answer itself
            decline_release(ruri.node, OFFICER, DeclineReleaseRequest(act=one.act, by="Duty officer", reason="x"))
        assert [view.state for view in requests_at(free).received] == ["asked"]
