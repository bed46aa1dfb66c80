"""Tests one cell of the matrix: the answers in it with the clause's own words, and what would turn a refusal."""

from pathlib import Path

import pytest

from comity.desk.explain_release import ExplainReleaseRequest, explain_release
from comity.desk.release_cell import ReleaseCellRequest, ReleaseCellShown, release_cell
from comity.desk.release_matrix import ReleaseMatrixRequest, release_matrix
from comity.errors import NotFound, UsageError
from tests.support.counting import remember_all
from tests.support.desk_story import SECRET, busy
from tests.support.nodes import OFFICER, Freedonia, freedonia


def asked(hub: Freedonia, to: str, **said: str) -> ReleaseCellShown:
    return release_cell(hub.node, OFFICER, ReleaseCellRequest(to=to, **said))


def test_answers_are_in_the_clauses_own_words_with_the_nearest_miss(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        busy(hub)
        shown = asked(hub, "ruritania-csirt")
        assert [(one.outcome, one.count) for one in shown.answers] == [("goes", 5), ("goes", 1), ("refused", 1)]
        first, _, tool = shown.answers
        assert first.words == "Each party provides indicators and reports marked up to TLP:GREEN."
        assert tool.words == "Tools are not provided." and tool.examples == (SECRET,)
        assert tool.explanation.missing and tool.clauses == ("example-agreement/5(2)",)
        # The answer for the class is the answer for the item.
        single = explain_release(hub.node, OFFICER, ExplainReleaseRequest(id=SECRET, to="ruritania-csirt"))
        assert single.explanation == tool.explanation


def test_every_cell_of_the_matrix_opens_with_the_same_counts(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        busy(hub)
        for row in release_matrix(hub.node, OFFICER, ReleaseMatrixRequest()).rows:
            for one in row.cells:
                shown = asked(hub, row.party, column=one.column)
                assert (shown.held, shown.goes) == (one.held, one.goes)
                assert sum(answer.count for answer in shown.answers) == one.held


def test_without_a_clause_it_says_so(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        busy(hub)
        (answer,) = asked(hub, "northwind-energy", column="indicator").answers
        assert (answer.outcome, answer.clauses, answer.words) == ("refused", (), "")
        assert asked(hub, "northwind-energy", tlp="red").answers == ()


def test_another_party_or_column_is_refused(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        busy(hub)
        with pytest.raises(NotFound):
            asked(hub, "nobody")
        with pytest.raises(UsageError):
            asked(hub, "freedonia-csirt")
        with pytest.raises(UsageError):
            asked(hub, "ruritania-csirt", column="nothing")


def test_what_a_party_sees_is_counted_anew_once_the_policy_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with freedonia(tmp_path) as hub:
        busy(hub)
        remember_all(hub.node, monkeypatch)
        before = [asked(hub, "ruritania-csirt") for _ in range(2)]
        assert [(one.visible > 0, one.seen_at is None) for one in before] == [(True, True), (True, False)]
        hub.end("example-agreement")
        after = asked(hub, "ruritania-csirt")
        assert (after.goes, after.visible, after.seen_at) == (0, 0, None)
