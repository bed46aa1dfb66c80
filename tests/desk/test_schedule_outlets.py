"""Tests that a served node submits by itself, goes on after a failure, and ends when it is told to."""

import threading
from pathlib import Path

import pytest

from comity.desk import schedule_outlets as module
from comity.desk.schedule_outlets import run_submitter
from tests.support.nodes import an_object
from tests.support.plain_server import a_submitter, plain_server
from tests.support.taxii import wait_until


def test_what_is_new_goes_by_itself_and_a_failure_ends_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_EVERY_S", 0.01)
    with plain_server() as plain, a_submitter(tmp_path, in_memory=False, sync_every_s=1) as node:
        node.add(plain.url)
        node.hub.put(an_object("indicator", 1), an_object("indicator", 2))
        plain.on_post = lambda _: (500, b"")
        stop = threading.Event()
        worker = threading.Thread(target=run_submitter, args=(node.node, stop))
        worker.start()
        try:
            wait_until(lambda: bool(plain.posts))
            wait_until(lambda: node.seen().state == "failing")
            plain.on_post = None
            node.hub.later(7200)
            wait_until(lambda: len(plain.stored) == 2)
            wait_until(lambda: node.seen().taken == 2)
        finally:
            stop.set()
            worker.join(timeout=20)
        assert not worker.is_alive()
