"""Tests that only mails are listed, and none of which something was taken."""

from comity.desk.actor import Actor
from comity.desk.list_mails import ListMailsRequest, list_mails
from comity.desk.mail_intake import MailChoice
from comity.desk.take_in import TakeInRequest, take_in
from comity.records.mail_items import artifact_of
from tests.support.mails import a_mail
from tests.support.nodes import Freedonia, an_object

DUTY = Actor(name="mara.ellend", role="duty-officer", via="web")


def test_other_artifacts_are_no_mails(hub: Freedonia) -> None:
    hub.put(an_object("artifact", 1, payload_bin="AA=="), artifact_of("freedonia-csirt", b"x", "eml", {"subject": "s"}))
    assert [one.subject for one in list_mails(hub.node, DUTY, ListMailsRequest()).mails] == ["s"]


def test_a_mail_of_which_something_was_taken_waits_no_more(hub: Freedonia) -> None:
    take_in(hub.node, DUTY, TakeInRequest(body=a_mail(), name="a.eml", mail=MailChoice(take=())))
    assert list_mails(hub.node, DUTY, ListMailsRequest()).mails == ()
