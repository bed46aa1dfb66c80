"""Tests that people are told what needs them, once, by mail and webhook, with nothing above the channel's level."""

import base64
import hashlib
import hmac
import json
from itertools import pairwise
from pathlib import Path

import pytest

from comity.desk.accounts import ROLES, must_be_there
from comity.desk.actor import Actor
from comity.desk.change_account import ChangeAccountRequest, change_account
from comity.desk.change_channels import ListChannelsRequest, list_channels
from comity.desk.grant_release import GrantReleaseRequest
from comity.desk.list_notices import ListNoticesRequest, list_notices
from comity.desk.needing import needs_of
from comity.desk.recover_account import RecoverAccountRequest, recover_account
from comity.desk.roles import OPENED
from comity.desk.send_notices import RunNoticesRequest, run_notices
from comity.errors import NotPermitted
from comity.stores.accounts import AccountRow
from tests.support.desk_story import busy
from tests.support.key_ring import a_key_ring
from tests.support.nodes import OFFICER, an_id, an_object, raw
from tests.support.notices import CANARY, Post, a_post, a_webhook
from tests.support.two import asked

DETAIL = "northwind-energy"
WITH_CHANNELS = tuple(role for role in ROLES if role in OPENED["channel add"])


def test_a_plain_mail_names_the_kind_and_where_to_look_and_no_more(tmp_path: Path) -> None:
    with a_post(tmp_path) as post:
        mara = post.person("duty-officer")
        post.channel(mara, level="amber+strict")
        post.spoil("northwind-energy")
        assert post.run().sent == 1
        (mail,) = post.mails()
        text = mail.get_content()
        assert mail["subject"] == "A notice of the desk" and mail["to"] == "mara.ellend@csirt.example"
        assert "Something is in quarantine. https://desk.csirt.example/quarantine" in text
        assert DETAIL not in str(mail) and CANARY not in str(mail)


def test_a_thing_is_told_once_and_again_only_after_it_was_over(tmp_path: Path) -> None:
    with a_post(tmp_path) as post:
        mara = post.person("duty-officer")
        post.channel(mara)
        post.spoil()
        assert post.run().sent == 1
        for _ in range(3):
            post.spoil()
            post.hub.later(7_200)
            assert post.run().sent == 0
        assert len(post.box.mails) == 1
        (notice,) = list_notices(post.hub.node, mara, ListNoticesRequest()).notices
        assert (notice.kind, notice.state, notice.tries, notice.over_at) == ("quarantine", "sent", 1, None)


def test_an_encrypted_mail_is_opened_by_another_program_and_carries_details_up_to_its_level(tmp_path: Path) -> None:
    with a_post(tmp_path) as post, a_key_ring() as ring:
        mara = post.person("duty-officer")
        added = post.channel(mara, key=ring.public, level="amber")
        assert added.channel.encrypted and len(added.fingerprint) == 40
        post.spoil("northwind-energy")
        post.run()
        (mail,) = post.mails()
        assert mail.get_content_type() == "multipart/encrypted" and DETAIL not in str(mail)
        _, sealed = mail.iter_parts()
        opened = ring.opened(sealed.get_payload(decode=True))
        assert "Something is in quarantine." in opened and DETAIL in opened and CANARY not in opened


def test_a_webhook_is_signed_by_the_secret_shown_once(tmp_path: Path) -> None:
    with a_post(tmp_path, notice_webhook_level="amber") as post, a_webhook() as hook:
        mara = post.person("duty-officer")
        secret = post.channel(mara, hook.url, level="amber").secret
        post.spoil("northwind-energy")
        assert post.run().sent == 1
        ((headers, body),) = hook.came
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        expected = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), signed, hashlib.sha256).digest()
        assert headers["webhook-signature"] == f"v1,{base64.b64encode(expected).decode()}"
        said = json.loads(body)
        assert said["type"] == "comity.notice" and said["id"] == headers["webhook-id"]
        assert said["notices"] == [{"kind": "quarantine", "count": 1, "details": ["northwind-energy, 1"]}]
        assert CANARY not in body.decode()


def test_a_person_is_told_nothing_that_the_first_page_does_not_show_them(tmp_path: Path) -> None:
    with a_post(tmp_path) as post:
        for name, role in (("tomas.weyl", "auditor"), ("ines.kart", "legal-adviser")):
            post.channel(post.person(role, name=name), f"{name}@csirt.example")  # type: ignore[arg-type]  # two of the roles
        post.spoil()
        assert post.run().made == 0 and post.box.mails == []


def test_who_lost_a_role_before_the_mail_went_is_told_nothing(tmp_path: Path) -> None:
    with a_post(tmp_path) as post:
        mara = post.person("duty-officer")
        post.channel(mara)
        post.spoil()
        post.box.answers["MAIL"] = "451 later"
        assert post.run().failing == 1
        change_account(
            post.hub.node, OFFICER, ChangeAccountRequest(name=mara.name, change="roles", roles=("legal-adviser",))
        )
        post.box.answers.clear()
        post.hub.later(3_600)
        post.run()
        assert all("quarantine" not in mail.get_content() for mail in post.mails())


def test_a_failing_server_is_tried_at_growing_times_and_given_up_after_a_day(tmp_path: Path) -> None:
    with a_post(tmp_path) as post:
        mara = post.person("duty-officer")
        post.channel(mara)
        post.spoil()
        post.box.answers["MAIL"] = "451 later"
        tried, waits = 0, []
        for minute in range(25 * 60):
            answer = post.run()
            if answer.failing or answer.failed:
                tried, waits = tried + 1, [*waits, minute]
            if answer.failed:
                break
            post.hub.later(60)
        gaps = [late - early for early, late in pairwise(waits)]
        assert gaps[:7] == [1, 2, 4, 8, 16, 32, 60] and tried < 40 and waits[-1] >= 24 * 60
        (channel,) = list_channels(post.hub.node, mara, ListChannelsRequest()).channels
        assert channel.state == "given-up" and "451" in channel.said


def test_only_who_runs_the_node_sends(tmp_path: Path) -> None:
    with a_post(tmp_path) as post, pytest.raises(NotPermitted):
        run_notices(post.hub.node, Actor(name="x", role="analyst", via="web"), RunNoticesRequest())


def test_no_canary_leaves_by_any_channel_of_any_role(tmp_path: Path) -> None:
    most = {"notice_plain_level": "amber+strict", "notice_webhook_level": "amber+strict", "notice_every_s": 1}
    with a_post(tmp_path, **most) as post, a_webhook() as hook, a_key_ring() as ring:
        for role in WITH_CHANNELS:
            person = post.person(role, name=role)
            post.channel(person, f"{role}@csirt.example", level="amber+strict")
            post.channel(person, f"{role}.sealed@csirt.example", level="amber+strict", key=ring.public)
            post.channel(person, f"{hook.url}/{role}", level="amber+strict")
        busy(post.hub)
        post.spoil("northwind-energy")
        post.hub.put(an_object("indicator", 50, name=CANARY), tlp="amber")
        raw(post.hub.node.store).execute("update accounts set password = 'x'")  # so that there is a second person
        wish = GrantReleaseRequest(ids=(an_id("indicator", 50),), to=("ruritania-csirt",), reason=f"{CANARY}: why")
        asked(post.hub, OFFICER, "release grant", wish)
        recover_account(
            post.hub.node, OFFICER, RecoverAccountRequest(name="analyst", step="ask", reason=f"{CANARY}: lost")
        )
        post.run()
        sealed = [list(mail.iter_parts()) for mail in post.mails() if mail.is_multipart()]
        opened = [ring.opened(parts[1].get_payload(decode=True)) for parts in sealed]
        said = [*map(str, post.mails()), *opened, *(body.decode() for _, body in hook.came)]
        assert len(opened) > 5 and len(hook.came) > 5 and "act waits for your approval" in "".join(said)
        assert not [one for one in said if CANARY in one or an_id("indicator", 50) in one]


def test_without_a_level_no_party_is_named(tmp_path: Path) -> None:
    with a_post(tmp_path) as post, a_webhook() as hook:
        for role in WITH_CHANNELS:
            person = post.person(role, name=role)
            post.channel(person, f"{role}@csirt.example", level="amber+strict")
            post.channel(person, f"{hook.url}/{role}", level="amber+strict")
        busy(post.hub)
        post.spoil("northwind-energy")
        post.run()
        said = [*map(str, post.mails()), *(body.decode() for _, body in hook.came)]
        assert len(said) > 10
        assert not [one for one in said if "northwind" in one or "ruritania" in one or "example-agreement" in one]


def test_hostile_words_add_no_header_and_no_line(tmp_path: Path) -> None:
    hostile = "x\r\nBcc: thief@evil.example\r\n\r\n<script>"
    with a_post(tmp_path, notice_plain_level="amber") as post:
        mara = post.person("duty-officer")
        post.channel(mara, level="amber")
        post.spoil("northwind-energy")
        raw(post.hub.node.store).execute("update parties set name = ? where name = 'northwind-energy'", (hostile,))
        post.run()
        (mail,) = post.mails()
        assert mail["bcc"] is None and mail["to"] == "mara.ellend@csirt.example"
        assert "\nBcc" not in mail.get_content() and "  - x Bcc: thief" in mail.get_content()
        assert [line for line in post.box.lines if line.lower().startswith("rcpt")] == [
            "rcpt TO:<mara.ellend@csirt.example>"
        ]


def test_ten_thousand_things_make_one_message_that_is_short(tmp_path: Path) -> None:
    with a_post(tmp_path, notice_webhook_level="amber") as post, a_webhook() as hook:
        post.channel(post.person("duty-officer"), hook.url, level="amber")
        rows = ((no, 1, b"s" * 32, f"reason-{no}", "$", 1, "x", 0, 1, b"{}") for no in range(1, 10_001))
        raw(post.hub.node.store).executemany("insert into quarantine values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        assert post.run().sent == 1 and post.run().made == 0
        ((_, body),) = hook.came
        assert json.loads(body)["notices"][0]["count"] == 10_000 and len(body) < 20 * 1024


def test_a_webhook_that_wants_no_more_and_a_key_that_fails_are_given_up_at_once(tmp_path: Path) -> None:
    with a_post(tmp_path) as post, a_webhook() as hook:
        mara = post.person("duty-officer")
        post.channel(mara, hook.url)
        with a_key_ring() as ring:
            post.channel(mara, key=ring.public)
        raw(post.hub.node.store).execute("update notice_channels set key = x'00' where key is not null")
        hook.status = 410
        post.spoil()
        answer = post.run()
        assert (answer.failed, answer.failing, post.box.mails) == (2, 0, [])  # and never plain instead
        (told,) = [thing for thing in needs_of(post.hub.node, an_operator(post))]
        assert (told.kind, told.detail) == ("delivery", "2")


def an_operator(post: Post) -> AccountRow:
    post.person("operator", name="olaf.brand")
    with post.hub.node.store.read() as tx:
        return must_be_there(tx, "olaf.brand")
