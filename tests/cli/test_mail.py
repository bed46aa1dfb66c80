"""Tests `comity mail`: shown before anything is kept, then taken in as chosen."""

from pathlib import Path

from tests.support.command import Command
from tests.support.mails import a_mail


def test_a_mail_is_read_then_taken_in_as_chosen(comity: Command, tmp_path: Path) -> None:
    file = tmp_path / "locker.eml"
    file.write_bytes(a_mail())
    shown = comity("mail", "read", file)
    assert shown.code == 0 and "domain:update.zip" in shown.out and "amber" in shown.out
    done = comity("mail", "import", file, "--take", "*", "--json")
    assert (done.json["form"], done.json["counts"]) == ("mail", {"new": 8})
    again = comity("mail", "import", file)
    assert "Only the mail is kept" in again.err


def test_a_file_that_is_none_or_no_mail_is_wrong_usage(comity: Command, tmp_path: Path) -> None:
    assert comity("mail", "read", tmp_path / "none.eml").code == 2
    assert comity("mail", "import").code == 2
    (tmp_path / "a.eml").write_bytes(b"nothing")
    assert comity("mail", "read", tmp_path / "a.eml").code == 2
