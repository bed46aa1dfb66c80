"""Tests that of a mail what was chosen is taken, never below its level, and that the mail is kept as it came."""

import pytest

from comity.desk.actor import Actor
from comity.desk.intake_tally import TakenIn
from comity.desk.mail_intake import MailChoice
from comity.desk.read_mail import mail_kept
from comity.desk.show_item import ShowItemRequest, show_item
from comity.desk.take_in import TakeInRequest, take_in, try_take_in
from comity.errors import UsageError
from comity.records.indicators import Value, indicator_id
from comity.records.mail_items import artifact_id, grouping_id
from tests.support.desk_story import busy
from tests.support.mails import a_mail
from tests.support.nodes import OFFICER, Freedonia

DUTY = Actor(name="mara.ellend", role="duty-officer", via="web")
ADDRESS = indicator_id("freedonia-csirt", Value("ipv4", "198.51.100.7"))


def bring(hub: Freedonia, *take: str, tlp: str | None = None, body: bytes | None = None) -> TakenIn:
    choice = MailChoice(take=take, tlp=tlp)
    return take_in(hub.node, DUTY, TakeInRequest(body=body or a_mail(), name="locker.eml", mail=choice))


def level(hub: Freedonia, stix_id: str) -> str:
    return show_item(hub.node, OFFICER, ShowItemRequest(id=stix_id)).versions[0].tlp


def test_what_was_chosen_is_taken_with_the_mails_level_and_the_mail_is_kept(hub: Freedonia) -> None:
    busy(hub)
    done = bring(hub, "ipv4:198.51.100.7", "domain:update.zip")
    assert (done.form, done.counts) == ("mail", {"new": 4})
    assert level(hub, ADDRESS) == "amber"
    assert mail_kept(hub.node, artifact_id("freedonia-csirt", a_mail())) == a_mail()
    group = show_item(hub.node, OFFICER, ShowItemRequest(id=grouping_id("freedonia-csirt", a_mail())))
    assert ADDRESS in group.body and "took part in the intrusion" in group.body and group.versions[0].tlp == "red"
    assert level(hub, artifact_id("freedonia-csirt", a_mail())) == "red"
    assert not {one for one in hub.ids("ruritania-csirt") if one.startswith(("artifact", "grouping"))}


def test_the_same_again_brings_nothing_new_and_more_is_added(hub: Freedonia) -> None:
    bring(hub, "ipv4:198.51.100.7")
    hub.later()
    assert bring(hub, "ipv4:198.51.100.7").counts == {"duplicate": 3}
    more = bring(hub, "file:locker-update.exe")
    assert more.counts == {"new": 1, "duplicate": 1, "changed": 1}
    group = show_item(hub.node, OFFICER, ShowItemRequest(id=grouping_id("freedonia-csirt", a_mail())))
    assert ADDRESS in group.body and len(group.versions) == 2


def test_all_is_all_but_what_is_doubtful(hub: Freedonia) -> None:
    assert bring(hub, "*").counts == {"new": 8}
    assert bring(hub, "*", "domain:update.zip").counts["new"] == 1
    assert bring(hub, body=a_mail("nothing here")).counts == {"new": 2}


def test_nothing_is_marked_lower_than_the_mail_says(hub: Freedonia) -> None:
    for low in ("green", "clear"):
        with pytest.raises(UsageError, match="the mail says TLP:AMBER"):
            bring(hub, "ipv4:198.51.100.7", tlp=low)
    with pytest.raises(UsageError, match="a level is one of"):
        bring(hub, "ipv4:198.51.100.7", tlp="mauve")
    bring(hub, "ipv4:198.51.100.7", tlp="red")
    assert level(hub, ADDRESS) == "red"


def test_a_mail_without_a_level_counts_as_its_source_states(hub: Freedonia) -> None:
    bring(hub, "ipv4:198.51.100.7", body=a_mail(subject="Locker"))
    assert level(hub, ADDRESS) == "amber"  # the node's default


def test_what_was_not_chosen_or_is_not_there_is_not_taken(hub: Freedonia) -> None:
    with pytest.raises(UsageError, match="does not name domain:elsewhere"):
        bring(hub, "domain:elsewhere.example")
    with pytest.raises(UsageError, match="say which"):
        try_take_in(hub.node, DUTY, TakeInRequest(body=a_mail(), name="locker.eml"))
