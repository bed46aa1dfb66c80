"""Tests how a channel is shown, and that its secret opens by this node's keys alone."""

from pathlib import Path

import pytest

from comity.desk.change_channels import ListChannelsRequest, list_channels
from comity.desk.notice_channels import checked_url, opened_secret, sealed_secret
from comity.errors import NodeError, UsageError
from tests.support.nodes import freedonia
from tests.support.notices import a_post


def test_a_secret_comes_back_and_not_from_another_box(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        box = sealed_secret(hub.node, "whsec_x")
        assert opened_secret(hub.node, box) == "whsec_x" and b"whsec" not in box
        with pytest.raises(NodeError):
            opened_secret(hub.node, box[:-1] + bytes((box[-1] ^ 1,)))


def test_without_tls_a_webhook_is_for_listed_networks(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub, pytest.raises(UsageError):
        checked_url(hub.node, "http://10.0.0.1/hook")
    for broken in (
        "https://[::1/x",
        "https://[zz]/x",
        "https://h:99999/",
        "https://u@h/",
        "javascript:alert(1)",
        "https://",
    ):
        with pytest.raises(UsageError):
            checked_url(hub.node, broken)


def test_a_channel_says_how_it_goes(tmp_path: Path) -> None:
    with a_post(tmp_path) as post:
        mara = post.person("duty-officer")
        post.channel(mara, level="amber+strict")

        def state() -> tuple[str, str, str]:
            (one,) = list_channels(post.hub.node, mara, ListChannelsRequest()).channels
            return one.state, one.level, one.carries

        assert state() == ("new", "amber+strict", "clear")
        post.spoil()
        post.box.answers["MAIL"] = "451 later"
        post.run()
        assert state()[0] == "failing"
        post.box.answers.clear()
        post.hub.later(120)
        post.run()
        assert state()[0] == "healthy"
