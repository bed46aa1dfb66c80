"""Tests that a mail is taken apart whoever wrote it, and that depth, number and size of its parts are bounded."""

import email
from email.message import EmailMessage

import pytest

from comity.wire.mail_parts import DEEPEST, MOST_PARTS, NoMail, read_mail
from tests.support.mails import SUBJECT, TEXT, a_mail, an_outlook_mail


def test_head_text_and_attachments_are_told_apart() -> None:
    mail = read_mail(a_mail(attached=(("list.txt", "text/plain", b"198.51.100.9"), ("a.bin", "application/x", b"\0"))))
    assert (mail.form, mail.heads["subject"]) == ("eml", SUBJECT)
    assert mail.heads["from"] == "CERT Ruritania <cert@ruritania.example>"
    assert mail.parts[0].body.decode().replace("\r\n", "\n") == TEXT
    assert [(part.name, part.kind, part.fault) for part in mail.parts[1:]] == [
        ("list.txt", "text", ""),
        ("a.bin", "", "not-read"),
    ]


def test_a_mail_of_outlook_is_read_with_its_attachments() -> None:
    heads = {"0037": SUBJECT, "0C1F": "cert@ruritania.example", "0E04": "duty@freedonia.example"}
    mail = read_mail(an_outlook_mail(heads, TEXT, {"list.txt": b"198.51.100.9", "b.bin": b"x"}))
    assert (mail.form, mail.heads["subject"], mail.heads["from"]) == ("msg", SUBJECT, "cert@ruritania.example")
    assert mail.parts[0].body.decode() == TEXT
    assert [(part.name, part.kind, part.body.strip()) for part in mail.parts[1:]] == [
        ("list.txt", "text", b"198.51.100.9"),
        ("b.bin", "", b"x"),
    ]


def test_a_mail_within_a_mail_is_read_to_a_depth() -> None:
    message = email.message_from_bytes(a_mail("inmost.example"))
    for number in range(DEEPEST + 3):
        around = EmailMessage()
        around["Subject"] = f"level {number}"
        around.set_content("see below")
        around.add_attachment(message)
        message = around
    mail = read_mail(message.as_bytes())
    assert [part.fault for part in mail.parts if part.fault] == ["too-deep"]
    shallow = EmailMessage()
    shallow["Subject"] = "one"
    shallow.set_content("see below")
    shallow.add_attachment(email.message_from_bytes(a_mail("inmost.example")))
    assert any(b"inmost.example" in part.body for part in read_mail(shallow.as_bytes()).parts)


def test_outlook_within_a_mail_is_named_by_its_attachment() -> None:
    inner = an_outlook_mail({"0037": "inner"}, "inner.example", {})
    parts = read_mail(a_mail(attached=(("fwd.msg", "application/vnd.ms-outlook", inner),))).parts
    assert [(part.name, part.is_attached) for part in parts[1:]] == [
        ("fwd.msg: subject", True),
        ("fwd.msg: text/plain", True),
    ]


def test_more_parts_than_are_read_are_named() -> None:
    body = b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
    body += b"--x\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\nlocker.example\r\n" * (10 * MOST_PARTS)
    mail = read_mail(body)
    assert len(mail.parts) == MOST_PARTS + 1 and mail.parts[-1].fault == "too-many"


def test_how_a_mail_says_it_is_protected_is_told() -> None:
    body = b"From: a@b.example\r\nContent-Type: application/pkcs7-mime; name=smime.p7m\r\n\r\nMAA=\r\n"
    assert read_mail(body).protected == ("smime",)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"no head at all", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 600,
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" * 2,
    ],
)  # fmt: skip
def test_what_is_no_mail_is_none(body: bytes) -> None:
    with pytest.raises(NoMail):
        read_mail(body)


@pytest.mark.parametrize(
    "head",
    [
        b"Subject: " + b"x" * 5_000_000,
        b"Subject: =?utf-8?b?" + b"A" * 100_000 + b"?=",
        b"Subject: =?no-such?q?=ff?=",
        b"Content-Type: text/plain; charset=" + b"x" * 10_000,
        b"Content-Type: multipart/mixed; boundary=" + b'"' * 5_000,
        b"Content-Disposition: attachment; filename*0*=x''%; filename*1=" + b"%" * 10_000,
        b"Content-Transfer-Encoding: base64\r\nX: " + b"a:" * 100_000,
        b"Content-Transfer-Encoding: uuencode",
        b"Subject: a\r\n" * 50_000,
    ],
)
def test_a_broken_or_huge_head_is_borne(head: bytes) -> None:
    mail = read_mail(b"From: a@b.example\r\n" + head + b"\r\n\r\nlocker.example\r\n")
    assert mail.heads["from"] == "a@b.example" and all(len(text) <= 1_000 for text in mail.heads.values())
