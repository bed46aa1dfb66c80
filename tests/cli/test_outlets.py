"""Tests the commands on outlets, over sockets, as people and programs use them."""

import json
from pathlib import Path

from tests.support.command import AGREEMENT, INDICATOR, Command, as_process, serving
from tests.support.plain_server import plain_server
from tests.support.taxii import wait_until


def ready(comity: Command, folder: Path, **more: int) -> None:
    """Let the node call loopback, and Ruritania have indicators."""
    settings = comity.folder / "node.toml"
    said = "".join(f"{name} = {value}\n" for name, value in more.items())
    settings.write_text(settings.read_text() + f'outbound_networks = ["127.0.0.0/8"]\n{said}')
    comity("party", "add", "Ruritania CSIRT", "--kind", "authority", "--acts-for", "ruritania")
    (folder / "agreement.toml").write_text(AGREEMENT)
    comity("agreement", "add", folder / "agreement.toml")
    assert comity("agreement", "adhere", "free-ruri-2026", "--yes").code == 0
    take_in(comity, folder)


def take_in(comity: Command, folder: Path) -> None:
    (folder / "in.json").write_text(json.dumps({"type": "bundle", "id": "bundle--1", "objects": [INDICATOR]}))
    assert as_process(comity.folder, "item", "import", folder / "in.json", "--default-tlp", "green").code == 0


def test_an_outlet_is_added_fed_shown_and_dropped(comity: Command, tmp_path: Path) -> None:
    ready(comity, tmp_path)
    with plain_server() as plain:
        (tmp_path / "secret").write_text("hidden")
        login = ("--user", "freedonia", "--password-file", tmp_path / "secret")
        words = ("outlet", "add", plain.url, "--party", "ruritania-csirt", *login)
        asked = comity(*words)
        assert asked.code == 2, "nobody can be asked here"
        assert "indicator" in asked.err and "cannot be taken back" in asked.err
        assert plain.calls == []
        added = comity(*words, "--yes")
        assert (added.code, "hidden" in added.out + added.err) == (0, False)
        assert comity("outlet", "submit", "--json").json["outlets"][0]["taken"] == 1  # type: ignore[index]
        assert plain.ids == [INDICATOR["id"]]
        assert "healthy" in comity("peer", "health").out
        listed = comity("outlet", "items", "ruritania-csirt")
        assert INDICATOR["id"] in listed.out and "1 object" in listed.err
        taken_back = comity("item", "retract", INDICATOR["id"], "--reason", "wrong", "--yes")
        assert plain.url in taken_back.err
        shown = comity("peer", "list")
        assert "may no longer be had by ruritania-csirt" in shown.out + shown.err
        assert INDICATOR["id"] in comity("outlet", "items", "ruritania-csirt", "--ended").out
        assert comity("outlet", "pause", "ruritania-csirt").code == comity("outlet", "resume", "ruritania-csirt").code
        asked = comity("outlet", "drop", "ruritania-csirt")
        assert (asked.code, "They stay there" in asked.err) == (2, True)
        assert comity("outlet", "drop", "ruritania-csirt", "--yes").code == 0
        assert comity("peer", "list", "--json").json["outlets"] == []


def test_words_of_a_server_are_shown_inert_and_a_failure_exits_with_one(comity: Command, tmp_path: Path) -> None:
    ready(comity, tmp_path)
    with plain_server() as plain:
        plain.can_read = False
        bad = "\x1b[2J[bold]gone[/bold]\u202eevil"
        assert comity("outlet", "add", plain.url, "--party", "ruritania-csirt", "--yes").code == 0
        plain.on_post = lambda posted: (
            202,
            {"status": "complete", "failure_count": 1, "failures": [{"id": posted[0]["id"], "message": bad}]},
        )
        assert comity("outlet", "submit").code == 1
        shown = comity("peer", "list")
        assert "[bold]gone[/bold]" in shown.out and "\x1b" not in shown.out and "\u202e" not in shown.out
        plain.on_post = lambda _: (401, {})
        comity("outlet", "resume", "ruritania-csirt")
        assert comity("outlet", "submit").code == 1
        assert comity("peer", "health").code == 1
    assert comity("outlet", "submit").code == 3, "a server that is gone is the network's fault"


def test_a_serving_node_submits_by_itself(comity: Command, tmp_path: Path) -> None:
    ready(comity, tmp_path, sync_every_s=1)
    with plain_server() as plain, serving(comity.folder) as server:
        added = as_process(comity.folder, "outlet", "add", plain.url, "--party", "ruritania-csirt", "--yes")
        assert added.code == 0, added.err
        wait_until(lambda: plain.ids == [INDICATOR["id"]])
        assert server.process.poll() is None


def test_half_a_login_is_wrong_usage(comity: Command) -> None:
    assert comity("outlet", "add", "http://127.0.0.1:1/", "--party", "x", "--user", "y", "--yes").code == 2
