"""Tests how an outlet is shown: its state, each object in one count, and what lies there and may no longer be had."""

from pathlib import Path

import pytest

from comity.desk.outlets import outlets_of
from comity.errors import NotFound
from tests.support.nodes import an_object
from tests.support.plain_server import a_submitter, plain_server


def test_it_is_new_then_healthy_and_failing_with_a_reason(tmp_path: Path) -> None:
    with plain_server() as plain, a_submitter(tmp_path) as node:
        node.add(plain.url)
        assert node.seen().state == "new"
        node.submit()
        assert node.seen().state == "healthy"
        node.hub.put(an_object("indicator", 1))
        plain.on_post = lambda _: (401, {})
        node.submit()
        view = node.seen()
        assert (view.state, view.said, view.waiting) == (
            "failing", "the server does not take these credentials", 1,
        )  # fmt: skip
        plain.on_post = None
        node.submit()
        view = node.seen()
        assert (view.state, view.said, view.waiting, view.taken) == ("healthy", "", 0, 1)


def test_what_ended_after_it_went_is_counted(tmp_path: Path) -> None:
    with plain_server() as plain, a_submitter(tmp_path) as node:
        node.add(plain.url)
        node.hub.put(an_object("indicator", 1), an_object("indicator", 2))
        node.submit()
        assert node.seen().ended == 0
        node.hub.end(node.agreement)
        node.hub.settle()
        view = node.seen()
        assert (view.taken, view.ended) == (2, 2)


def test_a_party_without_an_outlet_is_not_found(tmp_path: Path) -> None:
    with a_submitter(tmp_path) as node, pytest.raises(NotFound):
        outlets_of(node.node, "ruritania-csirt")
