"""Tests the list of what was submitted: by state, page by page, and what lies there and may no longer be had."""

from pathlib import Path

import pytest

from comity.desk.list_outlet_items import ListOutletItemsRequest, OutletItems, list_outlet_items
from comity.errors import NotFound
from tests.support.nodes import OFFICER, an_id, an_object
from tests.support.plain_server import Submitter, a_submitter, plain_server


def listed(node: Submitter, **more: object) -> OutletItems:
    return list_outlet_items(node.node, OFFICER, ListOutletItemsRequest(party="ruritania-csirt", **more))  # type: ignore[arg-type]


def test_objects_are_listed_by_state_with_the_servers_words(tmp_path: Path) -> None:
    with plain_server() as plain, a_submitter(tmp_path) as node:
        node.add(plain.url)
        node.hub.put(*(an_object("indicator", n) for n in range(3)))
        plain.on_post = lambda posted: (plain.store(posted[:2]), plain.status(posted[:2], failed=posted[2:]))[1]
        node.submit()
        assert [one.state for one in listed(node).items] == ["taken", "taken", "failed"]
        (failed,) = listed(node, state="failed").items
        assert (failed.id, failed.said, failed.url) == (an_id("indicator", 2), "failure of it", plain.url)


def test_pages_go_on_where_the_last_ended(tmp_path: Path) -> None:
    with plain_server() as plain, a_submitter(tmp_path) as node:
        node.add(plain.url)
        node.hub.put(*(an_object("indicator", n) for n in range(5)))
        node.submit()
        found, after = [], 0
        while True:
            page = listed(node, limit=2, after=after)
            found += [one.id for one in page.items]
            if page.after is None:
                break
            after = page.after
        assert found == [an_id("indicator", n) for n in range(5)]


def test_what_ended_is_listed_also_of_a_dropped_outlet(tmp_path: Path) -> None:
    from comity.desk.change_outlet import ChangeOutletRequest, change_outlet

    with plain_server() as plain, a_submitter(tmp_path) as node:
        node.add(plain.url)
        node.hub.put(an_object("indicator", 1))
        node.submit()
        assert listed(node, ended=True).items == ()
        change_outlet(node.node, OFFICER, ChangeOutletRequest(party="ruritania-csirt", what="drop"))
        node.hub.end(node.agreement)
        node.hub.settle()
        assert [one.id for one in listed(node, ended=True).items] == [an_id("indicator", 1)]


def test_a_party_to_which_nothing_went_is_not_found(tmp_path: Path) -> None:
    with a_submitter(tmp_path) as node, pytest.raises(NotFound):
        listed(node)
