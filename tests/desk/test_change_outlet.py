"""Tests that a paused outlet gets nothing, a resumed one all, and a dropped one is known for good."""

from pathlib import Path

import pytest

from comity.desk.change_outlet import ChangeOutletRequest, change_outlet
from comity.desk.submit_to_outlets import SubmitRequest, submit_to_outlets
from comity.errors import NotFound
from tests.support.nodes import OFFICER, an_object
from tests.support.plain_server import Submitter, a_submitter, plain_server


def change(node: Submitter, what: str) -> str:
    (view,) = change_outlet(node.node, OFFICER, ChangeOutletRequest(party="ruritania-csirt", what=what)).outlets  # type: ignore[arg-type]
    return view.state


def test_a_paused_outlet_gets_nothing_even_when_told_to_submit(tmp_path: Path) -> None:
    with plain_server() as plain, a_submitter(tmp_path) as node:
        node.add(plain.url)
        node.hub.put(an_object("indicator", 1))
        assert change(node, "pause") == "paused"
        assert submit_to_outlets(node.node, OFFICER, SubmitRequest()).outlets == ()
        assert plain.stored == {}
        assert change(node, "resume") == "new"
        assert node.submit().taken == 1


def test_what_was_not_taken_is_tried_again_when_it_is_resumed(tmp_path: Path) -> None:
    with plain_server() as plain, a_submitter(tmp_path) as node:
        node.add(plain.url)
        node.hub.put(an_object("indicator", 1))
        plain.on_post = lambda posted: plain.status([], failed=posted)
        assert node.submit().failed == 1
        plain.on_post = None
        assert node.submit().sent == 0
        change(node, "resume")
        assert (node.submit().taken, node.seen().failed) == (1, 0)


def test_a_dropped_one_is_forgotten_by_nobody_and_added_again_sends_nothing_twice(tmp_path: Path) -> None:
    with plain_server() as plain, a_submitter(tmp_path) as node:
        node.add(plain.url, user="u", password="p")
        node.hub.put(an_object("indicator", 1))
        node.submit()
        change(node, "drop")
        assert not (node.node.folder / "logins" / "outlet-1.json").exists()
        with pytest.raises(NotFound):
            change(node, "pause")
        assert node.add(plain.url).taken == 1
        assert node.submit().sent == 0
