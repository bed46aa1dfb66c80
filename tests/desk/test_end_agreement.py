"""Tests that an agreement ends when it is said to, and once."""

from pathlib import Path

import pytest

from comity.desk.end_agreement import EndAgreementRequest, end_agreement
from comity.errors import Conflict, NotFound
from tests.support.desks import OFFICER, freedonia, under


def test_an_end_to_come_leaves_it_operational_until_then(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        under(node)
        view = end_agreement(node, OFFICER, EndAgreementRequest(agreement="free-ruri-2031", at="2031-06-01"))
    assert (view.state, view.ended) == ("unilateral", "2031-06-01T00:00:00.000Z")
    assert view.clauses[0].until == "2031-06-01T00:00:00.000Z"


def test_it_ends_once(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        under(node)
        assert end_agreement(node, OFFICER, EndAgreementRequest(agreement="free-ruri-2031")).state == "ended"
        with pytest.raises(Conflict):
            end_agreement(node, OFFICER, EndAgreementRequest(agreement="free-ruri-2031"))
        with pytest.raises(NotFound):
            end_agreement(node, OFFICER, EndAgreementRequest(agreement="none"))
