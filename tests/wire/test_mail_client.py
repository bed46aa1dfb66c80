"""Tests what a mail says on the wire, over real sockets, and what a hostile title, server or network cannot do."""

import time
from email import message_from_bytes, policy
from pathlib import Path

import msgspec
import pytest

from comity.errors import ComityError, NotPermitted, TooLarge, Unreachable, UsageError
from comity.values import instant
from comity.wire.addresses import networks_of
from comity.wire.mail_client import (
    LARGEST_BODY_BYTES,
    Mail,
    MailServer,
    checked_address,
    message_of,
    one_line,
    post_mail,
)
from comity.wire.outbound import Outbound
from comity.wire.taxii_client import Login
from tests.support.certificates import a_certificate
from tests.support.mail_server import MailBox, a_mail_server

LISTED = networks_of(("127.0.0.0/8",))
MAIL = Mail(
    sender="node@csirt.example",
    to="mara.ellend@csirt.example",
    subject="Exercise: 2 acts wait",
    body="Look at https://desk.example.\n.\nA line of one dot is no end.\n",
    id="notice-7",
    at=instant("2031-03-01T12:00:00Z"),
)


def plain(box: MailBox) -> MailServer:
    return MailServer(host="127.0.0.1", port=box.port, security="none")


def test_a_mail_comes_whole_and_says_that_no_person_wrote_it() -> None:
    with a_mail_server() as box:
        post_mail(Outbound(listed=LISTED), plain(box), MAIL)
    (raw,) = box.mails
    found = message_from_bytes(raw.replace(b"\r\n..", b"\r\n."), policy=policy.default)
    assert (found["from"], found["to"], found["subject"]) == (MAIL.sender, MAIL.to, MAIL.subject)
    assert found["message-id"] == "<notice-7@csirt.example>" and found["auto-submitted"] == "auto-generated"
    assert found["date"].datetime.isoformat() == "2031-03-01T12:00:00+00:00"
    assert found.get_content().replace("\r\n", "\n") == MAIL.body
    assert message_of(MAIL) == message_of(MAIL)  # sent again, it is the same mail


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_that_is_not_trusted_gets_nothing(tmp_path: Path, security: str) -> None:
    with a_mail_server(a_certificate(tmp_path)) as box:
        server = MailServer(host="127.0.0.1", port=box.port, security=security, login=Login(user="u", password="p"))  # type: ignore[arg-type]
        if security == "starttls":
            with pytest.raises(Unreachable, match="not trusted"):
                post_mail(Outbound(listed=LISTED), server, MAIL)
        else:  # this server speaks first, so there is no TLS to be found
            with pytest.raises(Unreachable):
                post_mail(Outbound(listed=LISTED), server, MAIL)
    assert box.mails == [] and not any(line.startswith(("AUTH", "MAIL")) for line in box.lines)


def test_over_tls_the_node_signs_in_and_in_clear_text_never(tmp_path: Path) -> None:
    pair, login = a_certificate(tmp_path), Login(user="node", password="a secret")
    with a_mail_server(pair) as box:
        server = MailServer(host="127.0.0.1", port=box.port, login=login)
        post_mail(Outbound(listed=LISTED, ca_file=pair[0]), server, MAIL)
        assert len(box.mails) == 1 and any(line.startswith("AUTH") for line in box.lines)
        box.lines.clear()
        post_mail(Outbound(listed=LISTED), msgspec.structs.replace(server, security="none"), MAIL)
        assert len(box.mails) == 2 and not any(line.startswith("AUTH") for line in box.lines)


def test_a_server_without_tls_gets_nothing() -> None:
    with a_mail_server() as box, pytest.raises(Unreachable):
        post_mail(Outbound(listed=LISTED), MailServer(host="127.0.0.1", port=box.port), MAIL)
    assert box.mails == []


def test_an_address_that_is_not_listed_is_not_called() -> None:
    with a_mail_server() as box, pytest.raises(NotPermitted):
        post_mail(Outbound(), plain(box), MAIL)
    assert box.lines == []


@pytest.mark.parametrize(
    ("verb", "answer", "error"),
    [
        ("MAIL", "550 no\r\n", NotPermitted),
        ("RCPT", "550 no such person", NotPermitted),
        ("RCPT", "450 later", Unreachable),
        ("TAKEN", "554 spam", NotPermitted),
        ("TAKEN", "452 full", Unreachable),
        ("MAIL", "not SMTP at all", Unreachable),
    ],
)
def test_a_refusal_says_whether_to_try_again(verb: str, answer: str, error: type[ComityError]) -> None:
    with a_mail_server() as box:
        box.answers[verb] = answer
        with pytest.raises(error):
            post_mail(Outbound(listed=LISTED), plain(box), MAIL)


def test_a_bad_farewell_does_not_undo_what_was_taken() -> None:
    with a_mail_server() as box:
        box.answers["QUIT"] = "500 what"
        post_mail(Outbound(listed=LISTED), plain(box), MAIL)
        assert len(box.mails) == 1


def test_a_server_that_sends_a_byte_now_and_then_keeps_nobody() -> None:
    with a_mail_server() as box:
        box.slow = True
        began = time.monotonic()
        with pytest.raises(Unreachable):
            post_mail(Outbound(listed=LISTED), msgspec.structs.replace(plain(box), sent_within_s=0.5), MAIL)
        assert time.monotonic() - began < 5


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\u2028", "\x85", "\0", "\x0b"])
def test_a_hostile_title_adds_no_header(end: str) -> None:
    mail = msgspec.structs.replace(MAIL, subject=f"a{end}Bcc: thief@evil.example{end}{end}body")
    found = message_from_bytes(message_of(mail), policy=policy.default)
    assert (
        found["bcc"] is None and "thief" in found["subject"] and found.get_content().replace("\r\n", "\n") == MAIL.body
    )
    assert len(one_line("ü" * 5_000)) == 200
    message_of(msgspec.structs.replace(MAIL, subject="\ud800\u202e", body="\ud800"))


@pytest.mark.parametrize(
    "address", ["", "a", "a@b@c", "a@b\r\nRCPT TO:<c@d>", "a b@c", "<a@b>", "a@b,c@d", "é@b", "a@" + "b" * 300, '"a"@b']
)
def test_only_plain_addresses_are_written_to(address: str) -> None:
    with pytest.raises(UsageError):
        checked_address(address)
    with pytest.raises(UsageError):
        message_of(msgspec.structs.replace(MAIL, to=address))


def test_what_is_too_large_or_has_a_strange_id_is_no_mail() -> None:
    with pytest.raises(TooLarge):
        message_of(msgspec.structs.replace(MAIL, body="x" * (LARGEST_BODY_BYTES + 1)))
    with pytest.raises(UsageError):
        message_of(msgspec.structs.replace(MAIL, id="a>\r\nBcc: b"))
