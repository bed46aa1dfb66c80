"""Tests the serving process: ready when it says so, one owner, calls over the socket, a clean end, a hard one."""

import json
import os
import signal
import socket
import ssl
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from comity.desk.accounts import must_be_there
from comity.desk.actor import Actor
from comity.desk.add_account import AddAccountRequest, add_account
from comity.desk.sessions import begin_session
from comity.node import open_node
from comity.wire.lock import hold_lock, lock_holder
from tests.support.certificates import a_certificate
from tests.support.command import Command, a_bundle, a_node, as_process, serving


def status_of(url: str, context: ssl.SSLContext | None = None) -> int:
    try:
        with urllib.request.urlopen(url, timeout=10, context=context) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_what_says_it_serves_accepts_at_once(comity: Command) -> None:
    with serving(comity.folder) as server:
        assert status_of(f"{server.url}/healthz") == 200
        assert status_of(f"{server.url}/readyz") == 200
        assert status_of(f"{server.url}/taxii2/") == 401


def test_while_a_server_owns_the_node_commands_work_through_it(comity: Command, tmp_path: Path) -> None:
    with serving(comity.folder) as server:
        said = comity("item", "import", a_bundle(tmp_path), "--json")
        assert (said.code, said.json["new"]) == (0, 1)
        comity("party", "add", "Ruritania CSIRT", "--kind", "authority")
        assert comity("reader", "add", "ruritania-csirt", "--json").json["url"] == f"{server.url}/taxii2/"
        missing = comity("item", "show", "indicator--nothing", "--json")
        assert (missing.code, missing.json["error"]) == (
            1,
            {"code": "not-found", "message": "no item indicator--nothing"},
        )
        assert comity("doctor").code == 0
        assert comity("node", "backup", tmp_path).code == 0
        assert f"served by process {server.process.pid}" in comity("node", "status").out
    assert comity("node", "status", "--json").json["items"] == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_server_told_to_stop_ends_clean(comity: Command, number: signal.Signals) -> None:
    with serving(comity.folder) as server:
        server.process.send_signal(number)
        assert server.process.wait(timeout=30) == 0
    assert lock_holder(comity.folder) is None
    assert not (comity.folder / "node.sock").exists()
    assert not (comity.folder / "node.db-wal").exists()


def test_a_server_told_to_stop_ends_though_a_page_listens(comity: Command) -> None:
    with hold_lock(comity.folder, "t", wait_s=1.0):
        node = open_node(comity.folder)
        owner = Actor(name="owner", role="operator", via="cli")
        add_account(node, owner, AddAccountRequest(name="mara.ellend", title="Mara Ellend", roles=("analyst",)))
        with node.store.write() as tx:
            row = must_be_there(tx, "mara.ellend")
            secret = begin_session(node, tx, row, "passkey", "127.0.0.1", node.clock())
        node.store.close()
    with serving(comity.folder) as server:
        headers = {"cookie": f"comity={secret}", "accept": "text/event-stream"}
        asked = urllib.request.Request(f"{server.url}/events", headers=headers)
        with urllib.request.urlopen(asked, timeout=20) as answer:
            assert answer.readline() == b": listening\r\n"
            server.process.send_signal(signal.SIGTERM)
            assert b"data" not in answer.read()
        assert server.process.wait(timeout=20) == 0


def test_a_killed_server_leaves_a_node_that_opens(comity: Command, tmp_path: Path) -> None:
    with serving(comity.folder) as server:
        comity("item", "import", a_bundle(tmp_path))
        server.process.kill()
        server.process.wait(timeout=30)
        assert (comity.folder / "node.sock").exists()

        assert comity("node", "status", "--json").json["items"] == 1
        with serving(comity.folder, log=tmp_path / "second.log") as second:
            assert status_of(f"{second.url}/healthz") == 200
            assert comity("node", "status", "--json").code == 0


def test_a_port_that_is_taken_is_the_networks_fault(comity: Command) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        said = as_process(comity.folder, "node", "serve", "--port", str(taken.getsockname()[1]))
    assert said.code == 3
    assert "the port is taken" in said.err


def test_two_nodes_never_share_a_port(comity: Command, tmp_path: Path) -> None:
    other = a_node(tmp_path / "other", "Northwind")
    with serving(comity.folder) as server:
        port = server.url.rpartition(":")[2]
        assert as_process(other, "node", "serve", "--port", port).code == 3


def test_a_certificate_makes_it_https(comity: Command, tmp_path: Path) -> None:
    certificate, key = a_certificate(tmp_path)
    context = ssl.create_default_context(cafile=str(certificate))
    with serving(comity.folder, "--tls-cert", certificate, "--tls-key", key) as server:
        assert server.url.startswith("https://127.0.0.1:")
        assert status_of(f"{server.url}/healthz", context) == 200


@pytest.mark.parametrize("content", ["", "no certificate"])
def test_a_file_that_is_no_certificate_is_said_so(comity: Command, tmp_path: Path, content: str) -> None:
    (tmp_path / "bad.pem").write_text(content)
    said = as_process(
        comity.folder, "node", "serve", "--port", "0", "--tls-cert", tmp_path / "bad.pem", "--tls-key", tmp_path / "no"
    )
    assert said.code == 1
    assert "TLS certificate" in said.err


def test_half_a_tls_pair_is_wrong_usage(comity: Command, tmp_path: Path) -> None:
    assert as_process(comity.folder, "node", "serve", "--port", "0", "--tls-cert", tmp_path / "c.pem").code == 2


def test_the_log_is_json_without_secrets(comity: Command, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with serving(comity.folder, log=log) as server:
        status_of(f"{server.url}/taxii2/?secret=value")
        os.kill(server.process.pid, signal.SIGTERM)
        server.process.wait(timeout=30)
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert lines
    assert all({"at", "level", "logger"} <= set(line) for line in lines)
    assert "secret" not in log.read_text()
