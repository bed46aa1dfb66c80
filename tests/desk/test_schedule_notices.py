"""Tests that people are told by themselves while the node is served, and that a dead server ends nothing."""

import threading
import time
from pathlib import Path

from comity.desk.schedule_notices import run_notifier
from tests.support.notices import a_post


def test_people_are_told_by_themselves_and_again_after_a_failure(tmp_path: Path) -> None:
    stop = threading.Event()
    with a_post(tmp_path, notice_every_s=1) as post:
        post.channel(post.person("duty-officer"))
        post.spoil()
        post.box.answers["MAIL"] = "451 later"
        worker = threading.Thread(target=run_notifier, args=(post.hub.node, stop))
        worker.start()
        until = time.monotonic() + 30
        while "mail FROM" not in " ".join(post.box.lines) and time.monotonic() < until:
            stop.wait(0.1)
        stop.wait(0.5)  # its answer is on the way
        del post.box.answers["MAIL"]
        post.hub.later(120)
        while not post.box.mails and time.monotonic() < until:
            stop.wait(0.1)
        stop.set()
        worker.join()
        assert len(post.box.mails) == 1
