"""Tests that a mail is shown with what is likely meant in it, and nothing is kept."""

import json
from typing import Any

import pytest

from comity.desk.actor import Actor
from comity.desk.mail_intake import MailChoice
from comity.desk.node_status import StatusRequest, node_status
from comity.desk.read_mail import ReadMailRequest, read_mail
from comity.desk.take_in import TakeInRequest, take_in
from comity.errors import NotFound, TooLarge, UsageError
from tests.support.mails import TEXT, a_mail
from tests.support.nodes import OFFICER, Freedonia

DUTY = Actor(name="mara.ellend", role="duty-officer", via="web")


def test_what_is_likely_meant_is_proposed(hub: Freedonia) -> None:
    folder = hub.node.folder / "warninglists" / "pages"
    folder.mkdir(parents=True)
    listed: dict[str, Any] = {"name": "Known files", "type": "string", "version": 1, "list": ["locker-update.exe"]}
    listed |= {"matching_attributes": ["filename"], "description": "x"}
    (folder / "list.json").write_text(json.dumps(listed))
    shown = read_mail(hub.node, DUTY, ReadMailRequest(body=a_mail()))
    proposed = {one.choice: one.proposed for one in shown.indicators}
    assert proposed["ipv4:198.51.100.7"] and proposed["url:https://locker.example/pay?id=7"]
    # A doubtful name, what is on a list, the sender's own address and page.
    assert not proposed["domain:update.zip"]
    assert not proposed["file:locker-update.exe"]
    assert not proposed["email:cert@ruritania.example"]
    assert not proposed["url:https://ruritania.example/locker"]
    assert shown.tlp == "amber" and shown.heads["from"].endswith("<cert@ruritania.example>") and not shown.kept
    assert shown.text.replace("\r\n", "\n") == TEXT
    assert node_status(hub.node, OFFICER, StatusRequest()).items == 0


def test_a_kept_mail_is_read_again_by_its_id(hub: Freedonia) -> None:
    choice = MailChoice(take=("ipv4:198.51.100.7",))
    take_in(hub.node, DUTY, TakeInRequest(body=a_mail(), name="a.eml", mail=choice))
    first = read_mail(hub.node, DUTY, ReadMailRequest(body=a_mail()))
    again = read_mail(hub.node, DUTY, ReadMailRequest(id=first.id))
    assert again == first and first.kept
    assert [one.choice for one in again.indicators if one.held] == ["ipv4:198.51.100.7"]


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (ReadMailRequest(id="artifact--x"), NotFound),
        (ReadMailRequest(body=a_mail(), source="elbonia"), NotFound),
        (ReadMailRequest(body=b"locker.example", name="a.txt"), UsageError),
        (ReadMailRequest(body=b"", name="a.eml"), UsageError),
        (ReadMailRequest(body=b"x" * (8 * 1024 * 1024 + 1)), TooLarge),
    ],
)
def test_what_is_no_mail_is_refused(hub: Freedonia, request_: ReadMailRequest, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_mail(hub.node, DUTY, request_)
