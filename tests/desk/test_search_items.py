"""Tests that items are found by the values in them, page by page, and erased ones no more."""

from pathlib import Path

import pytest

from comity.desk.erase_item import EraseItemRequest, erase_item
from comity.desk.search_items import SearchItemsRequest, search_items
from comity.errors import UsageError
from tests.support.desks import OFFICER, an_object, freedonia, take_in
from tests.support.nodes import an_object as an_item
from tests.support.nodes import freedonia as hub_at


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


@pytest.mark.parametrize(("value", "limit"), [("*", 10), ("x", 0), ("x", 100_000), ("", 0)])
def test_an_impossible_search_is_refused(tmp_path: Path, value: str, limit: int) -> None:
    with freedonia(tmp_path) as node, pytest.raises(UsageError):
        search_items(node, OFFICER, SearchItemsRequest(value=value, limit=limit))


def test_sql_and_wildcards_in_a_value_are_only_text(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        take_in(node, tmp_path, an_object("indicator", 1))
        for value in ("' or 1=1 --", "%", "_ad1.example", "bad1.example\0"):
            assert search_items(node, OFFICER, SearchItemsRequest(value=value)).items == ()


def test_marking_source_and_time_narrow_the_search_with_and_without_a_value(tmp_path: Path) -> None:
    with hub_at(tmp_path) as hub:
        hub.put(an_item("malware", 1, name="same"), an_item("tool", 2, name="same"))
        hub.later(3_600)
        hub.put(an_item("malware", 3, name="same"), tlp="amber+strict", source="ruritania-csirt")

        def ids(**said: object) -> list[str]:
            request = SearchItemsRequest(**said)  # type: ignore[arg-type]
            return [item.id.partition("--")[0] + item.id[-1] for item in search_items(hub.node, OFFICER, request).items]

        for value in ("", "same", "sam*"):
            assert ids(value=value) == ["malware1", "tool2", "malware3"]
            assert ids(value=value, tlp="amber+strict") == ["malware3"]
            assert ids(value=value, source="freedonia-csirt", type="malware") == ["malware1"]
            assert ids(value=value, since="2031-03-01T13:00:00Z") == ["malware3"]
            assert ids(value=value, until="2031-03-01T13:00:00Z") == ["malware1", "tool2"]
            assert ids(value=value, since="2031-03-02") == ids(value=value, until="2031-02-01") == []
            assert ids(value=value, tlp="red") == []
        assert ids(newest=True) == ["malware3", "tool2", "malware1"]


@pytest.mark.parametrize("newest", [False, True])
def test_browsing_pages_follow_one_another(tmp_path: Path, newest: bool) -> None:
    with hub_at(tmp_path) as hub:
        hub.put(*(an_item(kind, n) for kind in ("malware", "tool", "indicator", "x-own") for n in range(6)))
        seen: list[str] = []
        after: int | None = 0
        while after is not None:
            page = search_items(hub.node, OFFICER, SearchItemsRequest(newest=newest, after=after, limit=5))
            seen += [item.id for item in page.items]
            after = page.after
        whole = [item.id for item in search_items(hub.node, OFFICER, SearchItemsRequest(limit=1000)).items]
        assert seen == (whole[::-1] if newest else whole) and len(seen) == len(set(seen)) == 24
        own = search_items(hub.node, OFFICER, SearchItemsRequest(type="x-own")).items
        assert {item.type for item in own} == {"x-own"} and len(own) == 6


@pytest.mark.parametrize(
    "said", [{"tlp": "white"}, {"source": "nobody"}, {"since": "yesterday"}, {"until": "2031-13-01"}]
)
def test_what_nothing_can_be_is_refused(tmp_path: Path, said: dict[str, str]) -> None:
    with hub_at(tmp_path) as hub, pytest.raises(UsageError):
        search_items(hub.node, OFFICER, SearchItemsRequest(**said))
