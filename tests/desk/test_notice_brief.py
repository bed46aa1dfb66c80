"""Tests up to which level a channel is told details, and that a long notice goes without them."""

import json
from pathlib import Path

import pytest

from comity.desk.needing import Thing
from comity.desk.notice_brief import MOST_DETAILS, as_json, brief_of, plainly
from comity.stores.noticing import ChannelRow
from comity.values import Instant, Tlp
from tests.support.nodes import freedonia

THINGS = [Thing(bytes(32), "peer", f"party-{number}\r\nBcc: x", None) for number in range(100)]


def channel(kind: str, level: Tlp, key: bytes | None = None) -> ChannelRow:
    return ChannelRow(1, 1, kind, "x", int(level), key, None, "at-once", 7, 0, 0, -1, None, 0, None)


@pytest.mark.parametrize(
    ("kind", "key", "level", "settings", "told"),
    [
        ("mail", None, Tlp.AMBER_STRICT, {}, False),
        ("mail", None, Tlp.AMBER, {"notice_plain_level": "amber"}, True),
        ("mail", b"k", Tlp.AMBER, {}, True),
        ("mail", b"k", Tlp.GREEN, {}, False),
        ("mail", b"k", Tlp.AMBER, {"default_tlp": "amber+strict"}, False),
        ("mail", b"k", Tlp.AMBER, {"notice_sealed_level": "clear"}, False),
        ("webhook", None, Tlp.AMBER_STRICT, {}, False),
        ("webhook", None, Tlp.AMBER, {"notice_webhook_level": "amber"}, True),
    ],
)
def test_details_go_to_a_channel_of_their_level_alone(
    tmp_path: Path, kind: str, key: bytes | None, level: Tlp, settings: dict[str, str], told: bool
) -> None:
    with freedonia(tmp_path, **settings) as hub:
        brief = brief_of(hub.node, channel(kind, level, key), THINGS, is_test=False)
    ((found, count, place, details),) = brief.parts
    assert (found, count, place) == ("peer", 100, "/")
    assert bool(details) == told and len(details) <= MOST_DETAILS and not any("\n" in one for one in details)
    assert ("party-1" in plainly(brief).body) is False


def test_what_is_too_long_for_a_webhook_goes_without_details(tmp_path: Path) -> None:
    with freedonia(tmp_path, notice_webhook_level="amber") as hub:
        brief = brief_of(hub.node, channel("webhook", Tlp.AMBER), THINGS, is_test=False)
    long, short = (json.loads(as_json(brief, "id", Instant(0), most)) for most in (20_000, 300))
    assert "details" in long["notices"][0] and short["notices"] == [{"kind": "peer", "count": 100}]
