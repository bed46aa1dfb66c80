"""Tests that a carried clause is shown and said to decide nothing."""

from pathlib import Path

from comity.desk.list_agreements import ShowAgreementRequest, show_agreement
from tests.support.desks import ARRANGEMENT, OFFICER, freedonia, under

CARRIED = """
[[clause]]
article = "9"
kind = "poc"
text.en = "Each party names a point of contact reachable round the clock."
"""


def test_a_carried_clause_is_shown_without_effect(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        under(node, ARRANGEMENT + CARRIED)
        view = show_agreement(node, OFFICER, ShowAgreementRequest(agreement="free-ruri-2031")).agreement
    assert [(clause.article, clause.works, clause.operational) for clause in view.clauses] == [
        ("4(1)", True, True),
        ("9", False, False),
    ]
    assert view.clauses[1].text == "Each party names a point of contact reachable round the clock."
