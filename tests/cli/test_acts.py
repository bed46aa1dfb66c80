"""Tests the commands on acts that wait for a second person."""

from pathlib import Path

import pyotp
import pytest

from comity.desk.add_account import AddAccountRequest, add_account
from comity.desk.begin_account import BeginRequest, begin_account
from comity.desk.secrets import new_totp
from comity.node import open_node
from comity.wire.lock import hold_lock
from tests.support.command import Command
from tests.support.desk import PASSWORD
from tests.support.nodes import OFFICER


@pytest.fixture
def two(comity: Command) -> Command:
    """A node with two officers."""
    people(comity.folder)
    return comity


def people(folder: Path) -> None:
    with hold_lock(folder, "test", wait_s=5.0):
        node = open_node(folder)
        try:
            for name, role in (("mara.ellend", "analyst"), ("tomas.weyl", "approver")):
                request = AddAccountRequest(name=name, title=name, roles=(role,))  # type: ignore[arg-type]
                code, secret = add_account(node, OFFICER, request).code, new_totp(node.entropy)
                asked = BeginRequest(
                    code=code, name=name, title=name, password=PASSWORD, totp_secret=secret,
                    totp_code=pyotp.TOTP(secret).now(),
                )  # fmt: skip
                begin_account(node, asked, "127.0.0.1")
        finally:
            node.store.close()


def test_what_needs_two_waits_is_shown_and_is_withdrawn(two: Command) -> None:
    words = ("party", "add", "Ruritania CSIRT", "--kind", "authority", "--reason", "They ask for it.")
    said = two(*words)
    assert said.code == 1 and "a second person must approve it" in said.err
    assert two(*words, "--json").json["error"]["code"] == "awaits-approval"  # type: ignore[index, call-overload]
    listed = two("act", "list")
    assert "party add" in listed.out and "They ask for it." in listed.out
    shown = two("act", "show", "1")
    assert "x-comity-party" in shown.out and "Challenge" in shown.out
    assert "withdrawn" in two("act", "withdraw", "1").out
    assert "withdrawn" in two("act", "list", "--all").out
    assert two("act", "list", "--json").json == {"acts": []}
    assert two("act", "show", "9").code == 1


def test_in_need_one_person_does_it_with_a_reason(two: Command) -> None:
    two("party", "add", "Ruritania CSIRT", "--kind", "authority")
    assert two("act", "break-glass", "1").code == 2
    assert "nobody can be asked" in two("act", "break-glass", "1", "--reason", "x", "--json").err
    done = two("act", "break-glass", "1", "--reason", "Nobody else is reached.", "--yes")
    assert done.code == 0 and "Review until" in done.out
    assert "ruritania-csirt" in two("party", "list").out
    assert two("act", "break-glass", "1", "--reason", "x", "--yes").code == 1
