"""Tests a person's channels on their account's page: added, changed, tested, removed; never another's."""

import re

import pytest

from comity.desk.confirm_channel import code_of
from comity.desk.send_notices import RunNoticesRequest, run_notices
from comity.stores import noticing
from tests.support.desk import Office
from tests.support.nodes import OFFICER

TARGET = "night.watch@csirt.example"


def test_a_channel_is_added_changed_tested_and_removed(office: Office) -> None:
    visitor = office.signed_in("duty-officer")
    assert "You are told nothing outside the desk" in visitor.get("/account/notices").text
    page = visitor.fill("/account/notices", target=TARGET, level="amber", pace="at-once", hour="7").text
    assert "You are told by one channel" in page and TARGET in page and "the operator allows no more" in page
    assert visitor.fill("/change", pace="digest").status_code == 303
    assert "at 07:00" in visitor.get("/account/notices").text
    visitor.get("/account/notices")
    again = visitor.fill("/test")
    assert again.status_code == 422 and "on its way" in again.text
    run_notices(office.hub.node, OFFICER, RunNoticesRequest())
    assert "tried again" in visitor.get("/account/notices").text
    assert visitor.fill("/remove").status_code == 303
    assert TARGET not in visitor.get("/account/notices").text


def test_the_secret_of_a_webhook_is_shown_once(office: Office) -> None:
    visitor = office.signed_in("analyst")
    visitor.get("/account/notices")
    visitor.fill("/account/notices", target=TARGET, level="clear", pace="off", hour="7")
    page = visitor.fill("/account/notices", target="https://hook.example/x", level="clear", pace="off", hour="7").text
    assert "You are told by 2 channels" in page
    secret = re.search(r"whsec_[A-Za-z0-9+/=]{44}", page)
    assert secret is not None and secret[0] not in visitor.get("/account/notices").text


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"target": "<b>nobody"}, 422),
        ({"target": "a@b.example\r\nBcc: c@d.example"}, 422),
        ({"key": "-----BEGIN PGP PUBLIC KEY BLOCK-----"}, 422),
        ({"level": "red"}, 422),
        ({"pace": "hourly"}, 422),
        *(({"hour": hour}, 422) for hour in ("24", "x", "-1", "7.5", "\u0667", "9" * 5_000)),
        *(({"target": f"https://[{host}/x"}, 422) for host in ("::1", "zz]")),
        ({"csrf": "x"}, 403),
    ],
)
def test_what_does_not_hold_is_refused(office: Office, fields: dict[str, str], code: int) -> None:
    visitor = office.signed_in("analyst")
    visitor.get("/account/notices")
    said = {"target": TARGET, "level": "clear", "pace": "at-once", "hour": "7"} | fields
    answer = visitor.fill("/account/notices", **said)
    assert answer.status_code == code and "<b>nobody" not in answer.text
    assert "told nothing outside" in visitor.get("/account/notices").text


def test_another_persons_channel_is_not_there(office: Office) -> None:
    visitor = office.signed_in("analyst")
    visitor.get("/account/notices")
    visitor.fill("/account/notices", target=TARGET, level="clear", pace="at-once", hour="7")
    other = office.signed_in("administrator", name="tomas.weyl")
    assert TARGET not in other.get("/account/notices").text
    pages, csrf = set(), other.csrf
    for asked in (1, 99):
        for what in ("change", "test", "remove", "confirm"):
            answer = other.post(f"/account/notices/{asked}/{what}", {"csrf": csrf, "pace": "off"})
            pages.add((answer.status_code, re.sub(r"(channel \d+|[0-9a-f]{8,})", "", answer.text)))
    assert {code for code, _ in pages} == {404} and len(pages) == 1
    assert TARGET in visitor.get("/account/notices").text


def test_an_address_is_confirmed_by_the_code_that_was_sent_there(office: Office) -> None:
    visitor = office.signed_in("analyst")
    visitor.get("/account/notices")
    page = visitor.fill("/account/notices", target=TARGET, level="clear", pace="at-once", hour="7").text
    assert "waits for its code" in page and "Send a new code" in page
    place = "/account/notices/1/confirm"
    assert f'href="{place}"' in page and TARGET in visitor.get(place).text
    wrong = visitor.fill("/confirm", code="AAAAA-AAAAA<b>")
    assert wrong.status_code == 422 and "not the code" in wrong.text and "AAAAA<b>" not in wrong.text
    with office.hub.node.store.read() as tx:
        asked = noticing.confirmation(tx, 1)
    assert asked is not None
    assert visitor.fill("/confirm", code=code_of(office.hub.node, 1, asked.nonce)).status_code == 303
    page = visitor.get("/account/notices").text
    assert "waits for its code" not in page and "nothing sent yet" in page
    assert "This channel is confirmed" in visitor.get(place).text
    other = office.signed_in("administrator", name="tomas.weyl")
    assert other.get(place).status_code == other.get("/account/notices/99/confirm").status_code == 404
    other.get("/account/notices")
    assert other.post(place, {"csrf": other.csrf, "code": "x"}).status_code == 404


def test_without_a_session_there_is_nothing(office: Office) -> None:
    assert office.visitor().get("/account/notices").status_code == 303
