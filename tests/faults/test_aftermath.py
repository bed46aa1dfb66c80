"""Tests that the judge of sudden deaths sees what a death could leave behind: each kind of half-written record."""

import random
import shutil
import sqlite3
from pathlib import Path

import pytest

from comity.cli.caller import local_actor
from comity.desk.import_items import ImportItemsRequest, import_items
from tests.faults.aftermath import Watch, check_settled, check_untouched, reopened
from tests.faults.stage import encoded, set_stage, some_objects, write_files

HALF_WRITTEN = {
    "a link is missing": "delete from links where from_no = (select max(from_no) from links)",
    "a queue mark is missing": "delete from numbers where n_first = (select max(n_first) from numbers)",
    "a value is missing": "delete from search_values where record_no = (select max(record_no) from search_values)",
    "a byte is another": "update records set body = cast(upper(body) as blob) where type = 'indicator'",
    "a record is missing": "delete from records where no = (select max(no) - 1 from records)",
    "a link leads from nowhere": "update links set from_no = 100000 where from_no = (select max(from_no) from links)",
}


@pytest.mark.parametrize("fault", HALF_WRITTEN)
def test_the_judge_sees_what_is_half_written(fault: str, tmp_path: Path) -> None:
    stage = set_stage(tmp_path / "node")
    given = encoded(some_objects(random.Random(1), 30))
    files = write_files(tmp_path / "files", given, 1)
    with reopened(stage.folder) as node:
        import_items(node, local_actor(), ImportItemsRequest(paths=(str(files),), default_tlp="amber"))
        check_settled(node, given, check_untouched(node, given), Watch(stage))
    spoilt = shutil.copytree(stage.folder, tmp_path / "spoilt")
    with sqlite3.connect(spoilt / "node.db") as database:
        assert database.execute(HALF_WRITTEN[fault]).rowcount > 0
    database.close()
    with reopened(spoilt) as node, pytest.raises(AssertionError):
        check_untouched(node, given)


def test_the_judge_sees_that_a_reader_lacks_something(tmp_path: Path) -> None:
    stage = set_stage(tmp_path / "node")
    given = encoded(some_objects(random.Random(1), 30))
    files = write_files(tmp_path / "files", given, 1)
    with reopened(stage.folder) as node:
        import_items(node, local_actor(), ImportItemsRequest(paths=(str(files),), default_tlp="amber"))
    with sqlite3.connect(stage.folder / "node.db") as database:
        assert database.execute("delete from deliveries where date_ms = (select max(date_ms) from deliveries)").rowcount
    database.close()
    with reopened(stage.folder) as node, pytest.raises(AssertionError):
        check_settled(node, given, set(given), Watch(stage))
