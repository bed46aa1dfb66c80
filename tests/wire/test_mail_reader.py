"""Tests that a mail is read in a process of its own, and that one which takes too long ends in an error and no more."""

import pytest

from comity.errors import UsageError
from comity.wire.mail_reader import is_mail, see_mail
from tests.support.mails import a_mail, an_outlook_mail


def test_a_mail_is_read_in_a_process_of_its_own() -> None:
    seen = see_mail(a_mail())
    assert (seen.form, seen.levels) == ("eml", ("amber",))
    assert [one.value for one in seen.findings][:2] == ["https://locker.example/pay?id=7", "198.51.100.7"]


def test_what_cannot_be_read_is_an_error() -> None:
    with pytest.raises(UsageError, match="no-head"):
        see_mail(b"nothing")
    with pytest.raises(UsageError, match="too much"):
        see_mail(a_mail(), answer_within_s=0.01)


@pytest.mark.parametrize(
    ("name", "body", "mail"),
    [
        ("a.eml", b"", True),
        ("a", a_mail(), True),
        ("a", an_outlook_mail({"0037": "x"}, "x", {}), True),
        ("pasted", b"From: a@b.example\nTo: c@d.example\nSubject: x\nMessage-ID: <1>\n\nx", True),
        ("pasted", b"from: here\nlocker.example", False),
        ("a.csv", b"value,from:\n", False),
        ("pasted", b"198.51.100.7\n", False),
    ],
)
def test_a_mail_is_told_by_its_name_or_its_head(name: str, body: bytes, mail: bool) -> None:
    assert is_mail(name, body) is mail
