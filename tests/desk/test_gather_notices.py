"""Tests when a message is made: at once, or once a day at its hour, and that a thing that flickers is told once."""

from pathlib import Path

import msgspec
import pytest

from comity.desk.change_channels import ChangeChannelRequest, change_channel
from comity.stores import registers
from tests.support.desk_story import busy
from tests.support.nodes import raw
from tests.support.notices import a_post


def test_a_digest_comes_once_a_day_at_its_hour_with_all_that_came_up(tmp_path: Path) -> None:
    with a_post(tmp_path) as post:  # noon
        post.channel(post.person("duty-officer"), pace="digest", hour=7)
        busy(post.hub)
        post.hub.later(3_600)
        assert post.run().made == 0
        post.hub.at("2031-03-02T06:59:00Z")
        assert post.run().made == 0
        post.hub.at("2031-03-02T07:00:00Z")
        assert post.run().sent == 1 and post.run().made == 0
        (mail,) = post.mails()
        assert "for 2 reasons." in mail.get_content() and "An alarm stands." in mail.get_content()
        post.hub.at("2031-03-03T07:30:00Z")
        assert post.run().made == 0  # nothing new came up


@pytest.mark.parametrize(("seconds", "told"), [(60, 1), (3_601, 2)])
def test_what_comes_again_is_told_again_only_after_an_hour(tmp_path: Path, seconds: int, told: int) -> None:
    with a_post(tmp_path) as post:
        post.channel(post.person("duty-officer"))
        post.spoil()
        database = raw(post.hub.node.store)
        post.run()
        database.execute("update quarantine set reason = 'hidden-' || reason")
        post.run()  # one is over, and another came
        post.hub.later(seconds)
        before = len(post.box.mails)
        database.execute("update quarantine set reason = replace(reason, 'hidden-', '')")
        post.run()
        assert len(post.box.mails) - before == told - 1


def test_a_channel_that_is_off_is_told_nothing(tmp_path: Path) -> None:
    with a_post(tmp_path) as post:
        mara = post.person("duty-officer")
        number = post.channel(mara).channel.number
        change_channel(post.hub.node, mara, ChangeChannelRequest(number=number, pace="off"))
        post.spoil()
        assert post.run().made == 0
        change_channel(post.hub.node, mara, ChangeChannelRequest(number=number, pace="at-once"))
        assert post.run().sent == 1


def test_what_befell_the_account_while_a_channel_was_off_is_told_once_it_is_on_again(tmp_path: Path) -> None:
    with a_post(tmp_path) as post:
        mara = post.person("auditor")
        number = post.channel(mara).channel.number
        post.run()
        node, before = post.hub.node, len(post.box.mails)
        change_channel(node, mara, ChangeChannelRequest(number=number, pace="off"))
        with node.store.write() as tx:
            signed_in = {"account": mara.name, "method": "password", "address": "192.0.2.66"}
            facts = msgspec.json.encode(signed_in).decode()
            registers.note(tx, at=node.clock(), actor=mara.name, via="web", verb="account sign-in", facts=facts)
        post.run()
        assert len(post.box.mails) == before
        change_channel(node, mara, ChangeChannelRequest(number=number, pace="at-once"))
        post.run()
        said = "".join(mail.get_content() for mail in post.mails()[before:])
        assert "signed in to your account" in said and "channels were changed 2 times" in said
