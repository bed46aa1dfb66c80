"""Tests the commands on tokens, and commands that act on a remote node with one."""

import json
from pathlib import Path

import pytest

from comity.cli.main import run
from tests.support.command import Command, serving
from tests.support.nodes import an_object


def a_token(comity: Command, *scopes: str) -> str:
    words = [word for scope in scopes for word in ("--scope", scope)]
    comity("account", "add", "mara", "--title", "Mara", "--role", "analyst")
    return str(comity("token", "add", "mara", "--name", "night", *words, "--json").json["secret"])


def test_a_token_is_made_listed_without_secret_and_revoked(comity: Command) -> None:
    secret = a_token(comity, "item:read", "party:read")
    listed = comity("token", "list")
    assert "item:read party:read" in listed.out and secret not in listed.out
    assert comity("token", "revoke", "1").code == 0
    assert comity("token", "revoke", "1").code == 1
    assert comity("token", "list", "--json").json["tokens"] == []
    assert comity("token", "add", "nobody", "--name", "x", "--scope", "item:read").code == 1
    assert comity("token", "add", "mara", "--name", "x", "--scope", "everything").code == 2


def test_a_command_acts_on_a_remote_node_as_its_person(
    comity: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = a_token(comity, "*:read")
    file = tmp_path / "drop.json"
    file.write_text(json.dumps(an_object("malware", 1, name="Locker")))
    comity("item", "import", file)

    def far(*words: str) -> tuple[int, str]:
        capsys.readouterr()
        code = run(["--node", address, "--json", *words])
        return code, capsys.readouterr().out

    with serving(comity.folder) as server:
        address = server.url
        assert far("item", "search", "Locker")[0] == 1  # no token
        monkeypatch.setenv("COMITY_TOKEN", secret)
        code, out = far("item", "search", "Locker")
        assert code == 0 and json.loads(out)["items"][0]["label"] == "Locker"
        assert far("item", "show", "malware--nothing")[0] == 1
        assert far("doctor")[0] == 1  # not open to an analyst
        code, out = far("item", "import", str(file))
        assert code == 1 and json.loads(out)["error"]["code"] == "not-found"  # files of another machine are not read
        assert far("node", "init", "--party", "X", "--kind", "authority")[0] == 2
    assert far("item", "search", "Locker")[0] == 3
