"""Tests that items are found by the values in them, page by page, and erased ones no more."""

from pathlib import Path

import pytest

from comity.desk.erase_item import EraseItemRequest, erase_item
from comity.desk.search_items import SearchItemsRequest, search_items
from comity.errors import UsageError
from tests.support.desks import OFFICER, an_object, freedonia, take_in


def test_a_value_in_a_pattern_is_found_without_regard_to_case(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        take_in(node, tmp_path, an_object("indicator", 1), an_object("indicator", 2))
        found = search_items(node, OFFICER, SearchItemsRequest(value=" BAD1.example "))
    assert [item.id for item in found.items] == [an_object("indicator", 1)["id"]]


def test_pages_follow_each_other_without_gap_or_repeat(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        take_in(node, tmp_path, *(an_object("indicator", number) for number in range(25)))
        ids: list[str] = []
        after: int | None = 0
        while after is not None:
            page = search_items(node, OFFICER, SearchItemsRequest(value="bad*", after=after, limit=10))
            ids += [item.id for item in page.items]
            after = page.after
    assert ids == [an_object("indicator", number)["id"] for number in range(25)]


def test_a_type_narrows_the_search(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        take_in(node, tmp_path, an_object("malware", 1, name="Same"), an_object("threat-actor", 2, name="Same"))
        found = search_items(node, OFFICER, SearchItemsRequest(value="same", type="malware"))
    assert [item.type for item in found.items] == ["malware"]


def test_an_erased_item_is_not_found(tmp_path: Path) -> None:
    one = an_object("indicator", 1)
    with freedonia(tmp_path) as node:
        take_in(node, tmp_path, one)
        erase_item(node, OFFICER, EraseItemRequest(id=str(one["id"]), reason="wrong", ordered_by="officer"))
        assert search_items(node, OFFICER, SearchItemsRequest(value="bad1.example")).items == ()


@pytest.mark.parametrize(("value", "limit"), [("", 10), ("*", 10), ("x", 0), ("x", 100_000)])
def test_an_impossible_search_is_refused(tmp_path: Path, value: str, limit: int) -> None:
    with freedonia(tmp_path) as node, pytest.raises(UsageError):
        search_items(node, OFFICER, SearchItemsRequest(value=value, limit=limit))


def test_sql_and_wildcards_in_a_value_are_only_text(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        take_in(node, tmp_path, an_object("indicator", 1))
        for value in ("' or 1=1 --", "%", "_ad1.example", "bad1.example\0"):
            assert search_items(node, OFFICER, SearchItemsRequest(value=value)).items == ()
