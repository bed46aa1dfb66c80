"""Tests what of requests is listed, and that of an erased item the request says so."""

from pathlib import Path

from comity.desk.erase_item import EraseItemRequest, erase_item
from comity.desk.release_requests import own_requests
from tests.desk.test_ask_originator import ask, given_to_ruritania, requests_at
from tests.desk.test_take_grant import ITEM, TITLES
from tests.support.federation import federation
from tests.support.nodes import OFFICER, an_id


def test_each_item_lists_its_own_and_an_erased_one_is_not_held(tmp_path: Path) -> None:
    with federation(tmp_path, *TITLES) as (free, ruri, north):
        given_to_ruritania(free, ruri, north)
        ask(ruri, north.name)
        free.sync(ruri.name)
        assert len(requests_at(free, ITEM).received) == len(requests_at(ruri, ITEM).made) == 1
        other = an_id("indicator", 2)
        assert requests_at(free, other).received == requests_at(ruri, other).made == ()
        assert requests_at(free).made == requests_at(ruri).received == requests_at(north).received == ()
        with ruri.node.store.read() as tx:
            assert [(one.act.to, one.state) for one in own_requests(tx)] == [(north.name, "asked")]
        erase_item(free.node, OFFICER, EraseItemRequest(id=ITEM, reason="By order.", ordered_by="Court"))
        (one,) = requests_at(free).received
        assert (one.held, one.state) == (False, "asked")
