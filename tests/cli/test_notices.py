"""Tests the commands on notices: channels are added, changed, tested and taken away, and what was told is listed."""

from pathlib import Path

from comity.wire.mail_sealing import LARGEST_KEY_BYTES
from tests.support.command import Command
from tests.support.key_ring import a_key_ring


def mara(comity: Command) -> None:
    comity("account", "add", "mara", "--title", "Mara", "--role", "duty-officer")


def test_a_channel_is_added_listed_changed_and_removed(comity: Command) -> None:
    mara(comity)
    added = comity(
        "notice", "channel", "add", "mara@csirt.example", "--account", "mara", "--pace", "digest", "--hour", "6"
    )
    assert added.code == 0 and "daily at 06:00 UTC" in added.out and "Secret" not in added.out
    assert "mara@csirt.example" in comity("notice", "channel", "list").out
    assert "at once" in comity("notice", "channel", "change", "1", "--pace", "at-once").out
    assert comity("notice", "channel", "remove", "1").code == 0
    assert comity("notice", "channel", "remove", "1").code == 1
    assert comity("notice", "channel", "list", "--json").json["channels"] == []


def test_the_secret_of_a_webhook_is_shown_once(comity: Command) -> None:
    mara(comity)
    added = comity("notice", "channel", "add", "https://hook.example/x", "--account", "mara", "--json").json
    assert str(added["secret"]).startswith("whsec_")
    assert str(added["secret"]) not in comity("notice", "channel", "list", "--json").out


def test_a_key_is_read_from_its_file(comity: Command, tmp_path: Path) -> None:
    mara(comity)
    file = tmp_path / "mara.asc"
    say = ("notice", "channel", "add", "mara@csirt.example", "--account", "mara", "--key", str(file))
    assert comity(*say).code == 2
    file.write_bytes(b"\xff")
    assert comity(*say).code == 2
    file.write_text("x" * (LARGEST_KEY_BYTES + 1))
    assert comity(*say).code == 2
    with a_key_ring() as ring:
        file.write_text(ring.public)
        assert "Fingerprint of the key" in comity(*say).out


def test_what_is_due_is_sent_and_listed(comity: Command) -> None:
    mara(comity)
    comity("notice", "channel", "add", "mara@csirt.example", "--account", "mara")
    assert comity("notice", "channel", "test", "1").code == 0
    assert comity("notice", "channel", "test", "1").code == 1  # one is on its way
    assert comity("notice", "run", "--json").json["failing"] == 1  # no mail server is set
    assert "failing" in comity("notice", "channel", "list").out
    assert comity("notice", "list").code == 0
    assert comity("notice", "channel", "add", "no address", "--account", "mara").code == 2
    assert comity("notice", "channel", "add", "m@x.example", "--account", "nobody").code == 1
