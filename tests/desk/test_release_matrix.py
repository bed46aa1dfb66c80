"""Tests the matrix of what flows to whom: its counts are those of the preview, its clauses those that decide."""

from pathlib import Path

import pytest

from comity.desk.preview_release import PreviewReleaseRequest, preview_release
from comity.desk.release_matrix import ReleaseCell, ReleaseMatrix, ReleaseMatrixRequest, release_matrix
from comity.errors import UsageError
from tests.support.desk_story import busy
from tests.support.nodes import OFFICER, Freedonia, agreement, an_object, clause, freedonia


def cell(matrix: ReleaseMatrix, party: str, column: str) -> ReleaseCell:
    (row,) = [row for row in matrix.rows if row.party == party]
    (found,) = [one for one in row.cells if one.column == column]
    return found


def asked(hub: Freedonia, **said: object) -> ReleaseMatrix:
    return release_matrix(hub.node, OFFICER, ReleaseMatrixRequest(**said))  # type: ignore[arg-type]


def test_cells_count_what_goes_and_name_the_clause(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        busy(hub)
        matrix = asked(hub)
        assert cell(matrix, "ruritania-csirt", "threat").goes == 1
        assert cell(matrix, "ruritania-csirt", "threat").held == 2
        assert cell(matrix, "ruritania-csirt", "threat").clauses == ("example-agreement/4(1)",)
        assert (cell(matrix, "ruritania-csirt", "vulnerability").until or "").startswith("2031-03-09T00:00:00")
        refused = cell(matrix, "northwind-energy", "indicator")
        assert (refused.goes, refused.held, refused.clauses) == (0, 1, ())
        assert [row.reads for row in matrix.rows] == [False, True]


def test_rows_add_up_to_the_preview_of_each_party(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        busy(hub)
        hub.put(
            *(an_object("tool", 200 + n) for n in range(4)), an_object("identity", 300, identity_class="individual")
        )
        matrix = asked(hub)
        for one in preview_release(hub.node, OFFICER, PreviewReleaseRequest()).parties:
            (row,) = [row for row in matrix.rows if row.party == one.party]
            assert sum(found.goes for found in row.cells) == one.permitted
            assert sum(found.held for found in row.cells) == one.permitted + one.refused == matrix.items
        assert sum(column.held for column in matrix.columns) == matrix.items


def test_a_level_narrows_the_matrix_and_an_unknown_one_is_refused(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        busy(hub)
        whole = asked(hub).items
        assert sum(asked(hub, tlp=tlp).items for tlp in ("clear", "green", "amber", "amber+strict", "red")) == whole
        assert asked(hub, tlp="red").columns == ()
        with pytest.raises(UsageError):
            asked(hub, tlp="white")


def test_pages_follow_one_another_without_gap_or_double(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        busy(hub)
        for n in range(7):
            hub.party(f"Party {n}")
        seen: list[str] = []
        after: str | None = ""
        while after is not None:
            page = asked(hub, after=after, limit=4)
            seen += [row.party for row in page.rows]
            after = page.after
        assert seen == sorted(seen) and len(seen) == len(set(seen)) == 9


def test_what_goes_less_something_is_counted_apart(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        share = clause("1", "share", tlp_at_most="green")
        hub.agree(agreement(share + clause("2", "redact", properties=["description"])))
        hub.put(an_object("malware", 1, description="How it was found."))
        found = cell(asked(hub), "ruritania-csirt", "threat")
        assert (found.goes, found.redacted) == (1, 1)
