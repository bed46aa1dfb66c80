"""Tests that each row of a table becomes an indicator or is answered for by its number; repeats bring nothing new."""

from pathlib import Path
from typing import Any

import pytest

from comity.desk.import_items import ImportAnswer, ImportItemsRequest, import_items
from comity.desk.retract import RetractRequest, retract
from comity.desk.show_item import ShowItemRequest, show_item
from comity.errors import UsageError
from comity.records.indicators import Value, indicator_id
from comity.records.table_columns import Columns
from tests.support.nodes import OFFICER, Freedonia

ADDRESS = indicator_id("freedonia-csirt", Value("ipv4", "198.51.100.7"))
NAME = indicator_id("freedonia-csirt", Value("domain", "locker.example"))
TABLE = """type,indicator,note,tlp,source
ip,198.51.100.7,Grid control,amber,x
domain,locker[.]example,"two
lines",,y
domain,not a name,,,
,locker.example,another word,,
ip,198.51.100.8,,purple,
"""


def bring(hub: Freedonia, folder: Path, text: str = TABLE, **said: Any) -> ImportAnswer:
    (folder / "drop.csv").write_text(text)
    return import_items(hub.node, OFFICER, ImportItemsRequest(paths=(str(folder / "drop.csv"),), **said))


def test_rows_become_indicators_and_bad_ones_are_named(hub: Freedonia, tmp_path: Path) -> None:
    answer = bring(hub, tmp_path, default_tlp="green")
    assert (answer.objects, answer.new, answer.quarantined) == (5, 2, 3)
    assert [(one.path, one.reason) for one in answer.quarantine] == [
        ("row 4", "not-an-indicator"),
        ("row 5", "repeated-value"),
        ("row 6", "bad-tlp"),
    ]
    assert answer.left_out == ("source",)
    shown = show_item(hub.node, OFFICER, ShowItemRequest(id=ADDRESS))
    assert shown.versions[0].tlp == "amber" and '"description":"Grid control"' in shown.body
    name = show_item(hub.node, OFFICER, ShowItemRequest(id=NAME))
    assert name.versions[0].tlp == "green" and "two\\nlines" in name.body


def test_the_same_table_again_brings_nothing_new(hub: Freedonia, tmp_path: Path) -> None:
    bring(hub, tmp_path)
    hub.later(86_400)
    again = bring(hub, tmp_path)
    assert (again.new, again.duplicate, again.quarantined) == (0, 2, 3)


def test_a_newer_word_on_a_value_is_a_newer_version(hub: Freedonia, tmp_path: Path) -> None:
    bring(hub, tmp_path, "value,note\n198.51.100.7,first\n")
    hub.later()
    assert bring(hub, tmp_path, "value,note\n198.51.100.7,second\n").new == 1
    shown = show_item(hub.node, OFFICER, ShowItemRequest(id=ADDRESS))
    assert [one.version for one in shown.versions] == ["2031-03-01T12:01:00.000Z", "2031-03-01T12:00:00.000Z"]
    assert bring(hub, tmp_path, "value,note\n198.51.100.7,second\n").duplicate == 1


def test_two_parties_word_on_one_value_are_two_indicators(hub: Freedonia, tmp_path: Path) -> None:
    assert bring(hub, tmp_path, "value\n198.51.100.7\n").new == 1
    assert bring(hub, tmp_path, "value\n198.51.100.7\n", source="ruritania-csirt").new == 1


def test_what_was_taken_back_can_be_said_again(hub: Freedonia, tmp_path: Path) -> None:
    bring(hub, tmp_path, "value\n198.51.100.7\n")
    hub.later()
    retract(hub.node, OFFICER, RetractRequest(id=ADDRESS, reason="x"))
    hub.later()
    assert bring(hub, tmp_path, "value\n198.51.100.7\n").new == 1


def test_the_columns_can_be_said(hub: Freedonia, tmp_path: Path) -> None:
    answer = bring(hub, tmp_path, columns=Columns(value="indicator", description="source"))
    assert answer.new == 3 and answer.left_out == ("type", "note", "tlp")
    with pytest.raises(UsageError, match="no single column where"):
        bring(hub, tmp_path, columns=Columns(value="where"))
    with pytest.raises(UsageError, match="say which column is the value"):
        bring(hub, tmp_path, "name,place\nMara,Freedonia\n")


def test_rows_beyond_one_look_up_are_all_answered_for(hub: Freedonia, tmp_path: Path) -> None:
    table = "\n".join(f"198.51.{n // 256}.{n % 256}" for n in range(2_000)) + "\n198.51.0.0\nx\n"
    answer = bring(hub, tmp_path, table)
    assert (answer.new, answer.duplicate, answer.quarantined) == (2_000, 1, 1)
    assert answer.quarantine[0].path == "row 2002"


def test_a_table_without_rows_says_so(hub: Freedonia, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        bring(hub, tmp_path, "")
    assert bring(hub, tmp_path, "value\n", columns=Columns(value="value")).objects == 0
