"""Tests the commands on peers, over sockets, as people and programs use them."""

from pathlib import Path

import pytest

from comity.node import open_node
from comity.taxii.app import create_app
from tests.support.command import Command, a_node, as_process, serving
from tests.support.federation import alarm
from tests.support.taxii import Hub, indicator, served, wait_until


def test_a_partner_is_added_previewed_read_and_dropped(comity: Command, tmp_path: Path) -> None:
    settings = comity.folder / "node.toml"
    settings.write_text(settings.read_text() + 'outbound_networks = ["127.0.0.0/8"]\n')
    comity("party", "add", "Elbonia", "--kind", "state", "--default-tlp", "green")
    with Hub(tmp_path / "hub") as hub, served(create_app(hub.node)) as base:
        hub.deliver(indicator(1), indicator(2))
        (tmp_path / "secret").write_text(hub.ruritania.password + "\n")
        login = ("--user", hub.ruritania.user, "--password-file", tmp_path / "secret")
        added = comity("peer", "add", f"{base}/taxii2/", "--party", "elbonia", *login)
        assert added.code == 0, added.err
        assert hub.ruritania.password not in added.out + added.err
        assert "indicator" in comity("peer", "preview", "elbonia").out
        synced = comity("peer", "sync", "--json")
        assert (synced.code, synced.json["peers"][0]["new"]) == (0, 2)  # type: ignore[index]
        assert "healthy" in comity("peer", "health").out
        assert comity("peer", "pause", "elbonia").code == comity("peer", "resume", "elbonia").code == 0
    gone = comity("peer", "sync", "--json")
    assert gone.code == 3, "a peer that does not answer is the network's fault"
    assert comity("peer", "health").code == 1
    assert comity("peer", "drop", "elbonia", "--yes").code == 0
    assert comity("peer", "list", "--json").json["peers"] == []
    assert comity("node", "status", "--json").json["items"] == 2


def test_a_serving_node_reads_by_itself(comity: Command, tmp_path: Path) -> None:
    settings = comity.folder / "node.toml"
    settings.write_text(settings.read_text() + 'outbound_networks = ["127.0.0.0/8"]\nsync_every_s = 1\n')
    comity("party", "add", "Elbonia", "--kind", "state", "--default-tlp", "green")
    with Hub(tmp_path / "hub") as hub, served(create_app(hub.node)) as base, serving(comity.folder) as server:
        (tmp_path / "secret").write_text(hub.ruritania.password)
        login = ("--user", hub.ruritania.user, "--password-file", tmp_path / "secret")
        assert as_process(comity.folder, "peer", "add", f"{base}/taxii2/", "--party", "elbonia", *login).code == 0
        for n in range(3):
            hub.deliver(indicator(n))
            wait_until(lambda n=n: comity("node", "status", "--json").json["items"] == n + 1)  # type: ignore[misc]
        assert server.process.poll() is None


def test_half_a_login_and_a_file_without_a_secret_are_wrong_usage(comity: Command, tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("")
    (tmp_path / "two").write_text("a\nb\n")
    for words in (
        ("--user", "x"),
        ("--password-file", tmp_path / "empty"),
        ("--user", "x", "--password-file", tmp_path / "empty"),
        ("--user", "x", "--password-file", tmp_path / "two"),
        ("--token-file", tmp_path / "missing"),
    ):
        assert comity("peer", "add", "http://127.0.0.1:1/", "--party", "elbonia", *words).code == 2


def test_health_fails_while_an_alarm_stands(
    comity: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = Command(a_node(tmp_path / "other", "Ruritania CSIRT"), capsys)
    other("anchor", "export", "--out", tmp_path / "anchor")
    assert comity("anchor", "accept", tmp_path / "anchor", "--yes").code == 0
    assert comity("peer", "health").code == 0
    node = open_node(comity.folder)
    number = alarm(node, "ruritania-csirt", kind="equivocation")
    node.store.close()
    told = comity("peer", "health")
    assert (told.code, "It signed two different statements under one number." in told.out) == (1, True)
    assert comity("peer", "list").code == 0, "a list fails nobody"
    assert comity("peer", "clear", str(number), "--reason", "Both were read out to us.").code == 0
    assert comity("peer", "health").code == 0
