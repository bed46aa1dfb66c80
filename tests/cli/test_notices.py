"""Tests the commands on notices: channels are added, changed, tested and taken away, and what was told is listed."""

import signal
import subprocess
import threading
from email import message_from_bytes
from pathlib import Path

from comity.cli.caller import local_actor
from comity.desk.send_notices import RunNoticesRequest, run_notices
from comity.node import open_node, system_clock
from comity.values import Instant
from comity.wire.mail_sealing import LARGEST_KEY_BYTES
from tests.support.command import Command, command_line
from tests.support.key_ring import a_key_ring
from tests.support.mail_server import a_mail_server


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
    assert comity("notice", "channel", "test", "1").code == 1  # the code is on its way
    assert comity("notice", "channel", "confirm", "1", "AAAAA-AAAAA").code == 1
    assert "unconfirmed" in comity("notice", "channel", "list").out
    assert comity("notice", "run", "--json").json["failing"] == 1  # no mail server is set
    assert "failing" in comity("notice", "channel", "list").out
    assert comity("notice", "list").code == 0
    assert comity("notice", "channel", "add", "no address", "--account", "mara").code == 2
    assert comity("notice", "channel", "add", "m@x.example", "--account", "nobody").code == 1


class Held(dict[str, str]):
    """Answers that wait, once a mail has come, until its sender is dead."""

    def __init__(self) -> None:
        super().__init__()
        self.came, self.go_on = threading.Event(), threading.Event()

    def get(self, verb: str, answer: str | None = None) -> str:  # type: ignore[override]  # as the server asks
        self.came.set()
        self.go_on.wait(60)
        return answer or ""


def test_killed_between_sending_and_noting_it_goes_once_more_under_the_same_id(comity: Command) -> None:
    mara(comity)
    with a_mail_server() as box:
        file = comity.folder / "node.toml"
        said = (
            f'notice_mail_server = "smtp-clear://127.0.0.1:{box.port}"\nnotice_mail_from = "desk@csirt.example"\n'
            'outbound_networks = ["127.0.0.0/8"]\n'
        )
        file.write_text(file.read_text() + said)
        comity("notice", "channel", "add", "mara@csirt.example", "--account", "mara")
        comity("notice", "channel", "test", "1")
        box.answers = held = Held()
        with subprocess.Popen(command_line(comity.folder, "notice", "run"), stdout=subprocess.DEVNULL) as sender:
            assert held.came.wait(60)
            sender.send_signal(signal.SIGKILL)
        held.go_on.set()
        assert comity("notice", "run", "--json").json["sent"] == 0  # the try is noted: it is not due yet
        node = open_node(comity.folder)
        for later_ms in (61_000, 200_000):
            moved = node._replace(clock=lambda by=later_ms: Instant(system_clock() + by))
            run_notices(moved, local_actor(), RunNoticesRequest())
        node.store.close()
    ids = [message_from_bytes(mail)["message-id"] for mail in box.mails]
    assert len(ids) == 2 and len(set(ids)) == 1 and ids[0].endswith("@csirt.example>")
