"""Tests that nothing but its code goes to a mail address before that came back, and what becomes of wrong codes."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from comity.desk.accounts import invited_anew, must_be_there
from comity.desk.actor import Actor
from comity.desk.change_channels import ChannelRequest, ListChannelsRequest, list_channels, remove_channel, try_channel
from comity.desk.confirm_channel import HOLDS_MS, MOST_TRIES, ConfirmChannelRequest, confirm_channel
from comity.desk.list_notices import ListNoticesRequest, list_notices
from comity.errors import Conflict, NotFound, NotPermitted
from comity.stores.notice_tables import notice_channels, notice_confirmations
from comity.values import Instant
from tests.support.notices import CANARY, Post, a_post, a_webhook


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    with a_post(tmp_path) as made:
        yield made


def code_in(post: Post, place: int = -1) -> str:
    found = re.findall(r"^([A-Z2-7]{5}-[A-Z2-7]{5})\r?$", post.mails()[place].get_content(), re.MULTILINE)
    (code,) = found
    return str(code)


def give(post: Post, actor: Actor, code: str, number: int = 1) -> str:
    return confirm_channel(post.hub.node, actor, ConfirmChannelRequest(number=number, code=code)).state


def state(post: Post, actor: Actor) -> str:
    (one,) = list_channels(post.hub.node, actor, ListChannelsRequest()).channels
    return one.state


def test_the_code_alone_goes_to_an_address_until_it_came_back(post: Post) -> None:
    mara = post.person("duty-officer")
    added = post.channel(mara, confirmed=False)
    assert (added.channel.state, added.channel.confirmed) == ("unconfirmed", False)
    post.spoil()
    assert post.run().sent == 1 and post.run().sent == 0
    (mail,) = post.mails()
    said = mail.get_content()
    assert "quarantine" not in said and CANARY not in said and "mara" not in said
    assert "https://desk.csirt.example/account/notices/1/confirm" in said and state(post, mara) == "unconfirmed"
    assert give(post, mara, f" {code_in(post).lower().replace('-', ' ')} ") == "healthy"
    assert post.run().sent == 1
    assert "quarantine" in post.mails()[-1].get_content(), "what came up meanwhile is told then"
    with pytest.raises(Conflict):
        give(post, mara, code_in(post, 0))


def test_a_code_that_came_back_before_its_mail_went_lets_no_mail_with_it_go(post: Post) -> None:
    mara = post.person("duty-officer")
    post.channel(mara)
    assert post.run().sent == 0 and post.mails() == []


def test_five_wrong_codes_end_it_and_a_new_one_is_sent(post: Post) -> None:
    mara = post.person("duty-officer")
    post.channel(mara, confirmed=False)
    post.run()
    first = code_in(post)
    for _ in range(MOST_TRIES):
        with pytest.raises(NotPermitted):
            give(post, mara, "AAAAA-AAAAA")
    with pytest.raises(Conflict):
        give(post, mara, first)
    post.hub.later(120)
    try_channel(post.hub.node, mara, ChannelRequest(number=1))
    post.run()
    assert code_in(post) != first
    with pytest.raises(NotPermitted):
        give(post, mara, first)
    assert give(post, mara, code_in(post)) == "healthy"


def test_a_code_holds_for_three_days_and_for_its_own_persons_channel(post: Post) -> None:
    mara, tomas = post.person("duty-officer"), post.person("analyst", name="tomas.weyl")
    post.channel(mara, confirmed=False)
    post.run()
    code = code_in(post)
    with pytest.raises(NotFound):
        give(post, tomas, code)
    post.hub.clock.now = Instant(post.hub.clock.now + HOLDS_MS)
    with pytest.raises(Conflict):
        give(post, mara, code)
    assert state(post, mara) == "unconfirmed"


def test_the_code_stands_nowhere_in_the_database(post: Post) -> None:
    mara = post.person("duty-officer")
    post.channel(mara, confirmed=False)
    post.run()
    with post.hub.node.store.read() as tx:
        (row,) = tx.execute(notice_confirmations.select()).all()
    assert code_in(post).replace("-", "").encode() not in bytes(row.nonce) and len(row) == 4


def test_that_a_channel_is_gone_is_the_last_that_it_is_told(post: Post) -> None:
    mara = post.person("duty-officer")
    post.channel(mara)
    post.spoil()
    remove_channel(post.hub.node, mara, ChannelRequest(number=1))
    assert list_channels(post.hub.node, mara, ListChannelsRequest()).channels == ()
    assert list_notices(post.hub.node, mara, ListNoticesRequest()).notices == ()
    with pytest.raises(NotFound):
        remove_channel(post.hub.node, mara, ChannelRequest(number=1))
    assert post.run().sent == 1 and post.run().sent == 0
    (mail,) = post.mails()
    assert "was removed" in mail.get_content() and "quarantine" not in mail.get_content()
    with post.hub.node.store.read() as tx:
        assert tx.execute(notice_channels.select()).all() == []


def test_one_that_was_never_confirmed_is_told_nothing_at_its_end(post: Post) -> None:
    mara = post.person("duty-officer")
    post.channel(mara, confirmed=False)
    remove_channel(post.hub.node, mara, ChannelRequest(number=1))
    assert post.run().sent == 0 and post.mails() == []


def test_who_loses_an_account_to_a_recovery_is_told_at_the_channel_that_goes(post: Post) -> None:
    mara = post.person("duty-officer")
    with a_webhook() as hook:
        post.channel(mara)
        post.channel(mara, hook.url)
        with post.hub.node.store.write() as tx:
            invited_anew(post.hub.node, tx, must_be_there(tx, mara.name), post.hub.clock.now)
        assert post.run().sent == 2
        assert "was removed" in post.mails()[-1].get_content()
        assert b'"type":"comity.removed"' in hook.came[-1][1]
