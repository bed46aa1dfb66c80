"""Tests the commands on accounts."""

import re
from pathlib import Path

import pytest

from tests.support.command import Command, serving


def test_an_account_is_made_with_a_code_and_listed_without_one(comity: Command) -> None:
    said = comity("account", "add", "mara.ellend", "--title", "Mara Ellend", "--role", "analyst", "--role", "releaser")
    assert said.code == 0
    code = re.search(r"[0-9A-Z]{5}(-[0-9A-Z]{5}){3}", said.out)
    assert code is not None and "the code is shown this once" in said.err.lower()
    listed = comity("account", "list")
    assert "analyst, releaser" in listed.out and "invited" in listed.out and code[0] not in listed.out


def test_roles_are_set_and_accounts_closed_and_opened(comity: Command) -> None:
    comity("account", "add", "mara", "--title", "Mara", "--role", "analyst", "--json")
    assert comity("account", "roles", "mara", "--role", "auditor", "--json").json["account"]["roles"] == ["auditor"]  # type: ignore[index, call-overload]
    assert "disabled" in comity("account", "disable", "mara").out
    assert "invited" in comity("account", "enable", "mara").out
    assert "nobody can be asked" in comity("account", "invite", "mara", "--json").err
    invited = comity("account", "invite", "mara", "--yes", "--json")
    assert invited.json["invitation"]["code"]  # type: ignore[index, call-overload]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["add", "Mara", "--title", "Mara", "--role", "analyst"], 2),
        (["add", "mara", "--title", "Mara", "--role", "king"], 2),
        (["add", "mara", "--title", "Mara"], 2),
        (["add", "mara", "--title", "Mara", "--role", "approver", "--role", "administrator"], 1),
        (["disable", "nobody"], 1),
    ],
)
def test_what_cannot_be_is_refused(comity: Command, words: list[str], code: int) -> None:
    assert comity("account", *words).code == code


def test_a_node_that_starts_without_an_account_gives_the_code_for_the_first(comity: Command, tmp_path: Path) -> None:
    with serving(comity.folder, log=tmp_path / "log") as server:
        assert server.founding is not None
        assert server.founding["begin"] == server.url.replace("127.0.0.1", "localhost") + "/begin"
        code = server.founding["code"]
        assert re.fullmatch(r"[0-9A-Z]{5}(-[0-9A-Z]{5}){3}", code)
    assert code not in (tmp_path / "log").read_text()
    comity("account", "add", "mara", "--title", "Mara", "--role", "administrator")
    with serving(comity.folder) as server:
        assert server.founding is None
