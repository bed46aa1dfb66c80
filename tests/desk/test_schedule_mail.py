"""Tests that the mailbox is looked into while the node is served, and that a silent one ends nothing."""

import threading
import time
from pathlib import Path

from comity.desk.node_status import StatusRequest, node_status
from comity.desk.schedule_mail import run_mailbox
from tests.support.mailbox import PASSWORD, USER, a_mailbox
from tests.support.mails import a_mail
from tests.support.nodes import OFFICER, freedonia


def test_a_mail_is_kept_by_itself(tmp_path: Path, free_port: int) -> None:
    said = {"mail_server": f"imap://127.0.0.1:{free_port}", "mail_user": USER, "outbound_networks": ("127.0.0.0/8",)}
    stop = threading.Event()
    with a_mailbox(free_port) as mailbox, freedonia(tmp_path, **said) as hub:  # type: ignore[arg-type]  # as the file
        (hub.node.folder / "keys").mkdir(exist_ok=True)
        (hub.node.folder / "keys" / "mail-password").write_text(PASSWORD)
        mailbox.put(a_mail())
        worker = threading.Thread(target=run_mailbox, args=(hub.node, stop))
        worker.start()
        until = time.monotonic() + 60
        while mailbox.unseen() and time.monotonic() < until:
            stop.wait(0.2)
        stop.set()
        worker.join()
        assert node_status(hub.node, OFFICER, StatusRequest()).items == 1


def test_a_mailbox_that_is_not_there_is_tried_again(tmp_path: Path, free_port: int) -> None:
    said = {"mail_server": f"imap://127.0.0.1:{free_port}", "outbound_networks": ("127.0.0.0/8",)}
    stop = threading.Event()
    with freedonia(tmp_path, **said) as hub:  # type: ignore[arg-type]  # as the file
        worker = threading.Thread(target=run_mailbox, args=(hub.node, stop))
        worker.start()
        stop.wait(2.5)
        assert worker.is_alive()
        stop.set()
        worker.join()
