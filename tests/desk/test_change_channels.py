"""Tests that channels are made soundly, belong to one account, and are not there for any other."""

from pathlib import Path

import msgspec
import pysequoia
import pytest

from comity.desk.change_channels import (
    AddChannelRequest,
    ChangeChannelRequest,
    ChannelRequest,
    ListChannelsRequest,
    add_channel,
    change_channel,
    list_channels,
    remove_channel,
    try_channel,
)
from comity.desk.list_audit import ListAuditRequest, list_audit
from comity.desk.notice_channels import MOST_CHANNELS
from comity.errors import Conflict, NotFound, UsageError
from tests.support.nodes import OFFICER
from tests.support.notices import ADDRESS, a_post

TSK = pysequoia.Tsk.generate("mara@csirt.example")


def test_another_persons_channel_is_not_there(tmp_path: Path) -> None:
    with a_post(tmp_path) as post:
        mara, tomas = post.person("analyst"), post.person("administrator", name="tomas.weyl")
        number = post.channel(mara).channel.number
        node, words = post.hub.node, set()
        for asked in (number, 99):
            for attempt in (
                lambda asked=asked: change_channel(node, tomas, ChangeChannelRequest(number=asked, pace="off")),
                lambda asked=asked: try_channel(node, tomas, ChannelRequest(number=asked)),
                lambda asked=asked: remove_channel(node, tomas, ChannelRequest(number=asked)),
            ):
                with pytest.raises(NotFound) as refused:
                    attempt()
                words.add(str(refused.value).replace(str(asked), "N"))
        assert words == {"no channel N"}
        for name in (mara.name, "nobody"):
            with pytest.raises(NotFound):
                post.channel(tomas, account=name)
            with pytest.raises(NotFound):
                list_channels(node, tomas, ListChannelsRequest(account=name))
        assert list_channels(node, tomas, ListChannelsRequest()).channels == ()
        assert len(list_channels(node, mara, ListChannelsRequest()).channels) == 1


def test_the_secret_of_a_webhook_is_kept_nowhere_as_it_is(tmp_path: Path) -> None:
    with a_post(tmp_path, in_memory=False) as post:
        secret = post.channel(post.person("analyst"), "https://hook.example/x").secret
        kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
        assert secret.removeprefix("whsec_").encode() not in kept
        audit = list_audit(post.hub.node, OFFICER, ListAuditRequest())
        assert "hook.example" not in msgspec.json.encode(audit).decode()


@pytest.mark.parametrize(
    "said",
    [
        {"target": "no address"},
        {"target": "a@b.example\r\nBcc: c@d.example"},
        {"target": "http://169.254.169.254/"},
        {"target": "https://user@hook.example/", "kind": "webhook"},
        {"target": "ftp://hook.example/", "kind": "webhook"},
        {"target": "https://hook.example/\r\nx: y", "kind": "webhook"},
        {"target": "https://hook.example/", "kind": "webhook", "key": "x"},
        {"target": ADDRESS, "key": "no key"},
        {"target": ADDRESS, "key": str(TSK)},
    ],
)
def test_what_can_be_no_channel_is_refused(tmp_path: Path, said: dict[str, str]) -> None:
    with a_post(tmp_path) as post, pytest.raises(UsageError):
        add_channel(post.hub.node, post.person("analyst"), msgspec.convert({"kind": "mail"} | said, AddChannelRequest))


def test_an_account_has_so_many_channels_and_each_once(tmp_path: Path) -> None:
    with a_post(tmp_path) as post:
        mara = post.person("analyst")
        for number in range(MOST_CHANNELS):
            post.channel(mara, f"mara{number}@csirt.example")
        with pytest.raises(Conflict, match="at most"):
            post.channel(mara)
        remove_channel(post.hub.node, mara, ChannelRequest(number=1))
        with pytest.raises(Conflict, match="already"):
            post.channel(mara, "mara2@csirt.example")


def test_a_test_goes_once_and_not_to_a_channel_that_is_off(tmp_path: Path) -> None:
    with a_post(tmp_path) as post:
        mara = post.person("analyst")
        number = post.channel(mara).channel.number
        node = post.hub.node
        try_channel(node, mara, ChannelRequest(number=number))
        with pytest.raises(Conflict):
            try_channel(node, mara, ChannelRequest(number=number))
        assert post.run().sent == 1 and "notice" in str(post.mails()[0]["subject"]).lower()
        with pytest.raises(Conflict):
            try_channel(node, mara, ChannelRequest(number=number))
        post.hub.later(61)
        change_channel(node, mara, ChangeChannelRequest(number=number, pace="off"))
        with pytest.raises(Conflict):
            try_channel(node, mara, ChannelRequest(number=number))
