"""Tests the commands on receipts, from the officer's word to what the other side shows."""

from pathlib import Path

import pytest

from tests.support.command import INDICATOR, Command, a_bundle, a_node


@pytest.fixture
def met(comity: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """A node that has accepted Ruritania's anchor and taken in an indicator of Ruritania's."""
    other = Command(a_node(tmp_path / "other", "Ruritania CSIRT"), capsys)
    digits = str(other("anchor", "export", "--out", tmp_path / "anchor", "--json").json["fingerprint"])
    assert comity("anchor", "accept", tmp_path / "anchor", "--fingerprint", digits).code == 0
    assert comity("item", "import", a_bundle(tmp_path), "--from", "ruritania-csirt").code == 0
    return comity


def test_each_word_is_given_listed_and_shown_at_the_item(met: Command) -> None:
    office = ("--by", "Duty officer")
    item = INDICATOR["id"]
    for words in (
        ("seen", item),
        ("accept", item, "--reason", "Blocked."),
        ("decline", item, "--reason", "A sinkhole of ours."),
        ("need-time", item, "--until", "2999-01-01"),
    ):
        told = met("receipt", *words, *office)
        assert told.code == 0, told.err
        assert "ruritania-csirt" in told.out
    listed = met("receipt", "list", "--json").json["receipts"]
    assert isinstance(listed, list)
    assert [one["level"] for one in listed] == ["need-time", "declined", "accepted", "seen"]  # type: ignore[index,call-overload]
    for out in (met("receipt", "list").out, met("item", "show", item).out):
        for word in ("needs time", "declined", "A sinkhole of ours.", "Duty officer"):
            assert word in out
    assert "unsigned" in met("item", "show", item).out
    assert met("peer", "list", "--json").json["parties"][0]["waiting"] == 4  # type: ignore[index,call-overload]


def test_half_a_word_is_wrong_usage_and_nothing_is_said(met: Command) -> None:
    item = INDICATOR["id"]
    assert met("receipt", "seen", item).code == 2
    assert met("receipt", "decline", item, "--by", "Desk").code == 2
    assert met("receipt", "need-time", item, "--by", "Desk", "--until", "2001-01-01").code == 2
    assert met("receipt", "seen", "indicator--none", "--by", "Desk").code == 1
    assert met("receipt", "list", "--json").json == {"receipts": [], "unanswered": [], "erasures": []}
