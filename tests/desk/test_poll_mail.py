"""Tests that new mails are kept before they are marked, once, and wait until a person says what is meant."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from comity.desk.actor import Actor
from comity.desk.list_mails import ListMailsRequest, list_mails
from comity.desk.mail_intake import MailChoice
from comity.desk.node_status import StatusRequest, node_status
from comity.desk.poll_mail import PollMailRequest, poll_mail
from comity.desk.read_mail import mail_kept
from comity.desk.take_in import TakeInRequest, take_in
from comity.errors import NodeError, NotPermitted, Unauthenticated, UsageError
from tests.support.mailbox import PASSWORD, USER, ServedMailbox, a_mailbox, sent
from tests.support.mails import a_mail
from tests.support.nodes import OFFICER, Freedonia, freedonia

DUTY = Actor(name="mara.ellend", role="duty-officer", via="web")


@pytest.fixture
def mailbox(free_port: int) -> Iterator[ServedMailbox]:
    with a_mailbox(free_port) as served:
        yield served


@pytest.fixture
def polling(tmp_path: Path, mailbox: ServedMailbox) -> Iterator[Freedonia]:
    """A node with this mailbox."""
    said = {"mail_server": mailbox.url, "mail_user": USER, "outbound_networks": ("127.0.0.0/8",)}
    with freedonia(tmp_path, **said) as hub:  # type: ignore[arg-type]  # settings as the file has them
        (hub.node.folder / "keys").mkdir(exist_ok=True)
        (hub.node.folder / "keys" / "mail-password").write_text(PASSWORD + "\n")
        yield hub


def test_new_mails_are_kept_once_and_wait(polling: Freedonia, mailbox: ServedMailbox) -> None:
    mailbox.put(a_mail(), b"From: a@b.example\r\nSubject: second\r\n\r\nlocker.example\r\n")
    polled = poll_mail(polling.node, OFFICER, PollMailRequest())
    assert (polled.new, polled.held, mailbox.unseen()) == (2, 0, 0)
    assert poll_mail(polling.node, OFFICER, PollMailRequest()).new == 0
    mailbox.put(a_mail())
    assert poll_mail(polling.node, OFFICER, PollMailRequest()).held == 1
    waiting = list_mails(polling.node, DUTY, ListMailsRequest()).mails
    assert {one.subject for one in waiting} == {"second", "[TLP:AMBER] Locker at Northwind Energy – Zürich"}
    first = next(one.id for one in waiting if one.subject != "second")
    assert mail_kept(polling.node, first) == sent(a_mail())
    choice = MailChoice(take=("ipv4:198.51.100.7",))
    done = take_in(polling.node, DUTY, TakeInRequest(kept=first, mail=choice, source="ruritania-csirt"))
    assert (done.form, done.counts) == ("mail", {"new": 2})
    assert [one.subject for one in list_mails(polling.node, DUTY, ListMailsRequest()).mails] == ["second"]


def test_what_cannot_be_read_is_kept_all_the_same(polling: Freedonia, mailbox: ServedMailbox) -> None:
    mailbox.put(b"\r\nno head at all\r\n")
    assert poll_mail(polling.node, OFFICER, PollMailRequest()).new == 1
    (one,) = list_mails(polling.node, DUTY, ListMailsRequest()).mails
    assert (one.subject, mail_kept(polling.node, one.id)) == ("", b"\r\nno head at all\r\n")


def test_what_cannot_be_is_refused(polling: Freedonia, tmp_path: Path) -> None:
    with pytest.raises(NotPermitted):
        poll_mail(polling.node, DUTY, PollMailRequest())
    with freedonia(tmp_path / "other") as hub, pytest.raises(UsageError, match="no mailbox is set"):
        poll_mail(hub.node, OFFICER, PollMailRequest())
    (polling.node.folder / "keys" / "mail-password").write_text("wrong")
    with pytest.raises(Unauthenticated):
        poll_mail(polling.node, OFFICER, PollMailRequest())
    (polling.node.folder / "keys" / "mail-password").unlink()
    with pytest.raises(NodeError):
        poll_mail(polling.node, OFFICER, PollMailRequest())
    assert node_status(polling.node, OFFICER, StatusRequest()).items == 0
