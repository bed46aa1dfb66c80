"""Tests that `comity misp …` says what came, what would go, what went and what was refused."""

from pathlib import Path

from tests.cli.test_outlets import ready
from tests.support.command import Command
from tests.support.misp import EVENT, an_event
from tests.support.misp_server import KEY, misp_server


def test_events_are_pulled_and_pushed_by_commands(comity: Command, tmp_path: Path) -> None:
    ready(comity, tmp_path)
    assert comity("reader", "add", "ruritania-csirt").code == 0
    (tmp_path / "key").write_text(KEY)
    with misp_server() as misp:
        misp.events = {EVENT: an_event(Attribute=[], Object=[], EventReport=[])}
        pulled = comity("misp", "pull", misp.url, "--from", "ruritania-csirt", "--key-file", tmp_path / "key")
        assert (pulled.code, KEY in pulled.out + pulled.err) == (0, False)
        assert "MISP events" in pulled.out
        asked = comity("misp", "push", misp.url, "--to", "ruritania-csirt", "--key-file", tmp_path / "key")
        assert asked.code == 2, "nobody can be asked here"
        assert "indicator" in asked.err and "cannot be taken back" in asked.err
        pushed = comity("misp", "push", misp.url, "--to", "ruritania-csirt", "--key-file", tmp_path / "key", "--yes")
        assert pushed.code == 0 and "Events added" in pushed.out
        misp.on_call = lambda call: (403, {"errors": "no permission"}) if "edit" in call or "add" in call else None
        refused = comity("misp", "push", misp.url, "--to", "ruritania-csirt", "--key-file", tmp_path / "key", "--yes")
        assert refused.code == 1 and "no permission" in refused.out
        misp.on_call = lambda call: (401, {"name": "who"})
        assert comity("misp", "pull", misp.url, "--from", "ruritania-csirt", "--key-file", tmp_path / "key").code == 1
