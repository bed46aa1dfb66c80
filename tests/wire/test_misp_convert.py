"""Tests that misp-stix is spoken to in a process of its own, and that its death or silence is an answer too."""

import msgspec
import pytest

from comity.errors import Unreachable
from comity.wire.misp_convert import Converter
from tests.support.misp import ADDRESS, an_event


def test_an_event_becomes_stix_and_stix_an_event() -> None:
    with Converter() as converter:
        made = converter.to_stix(msgspec.json.encode(an_event()))
        broken = converter.to_stix(b'{"uuid": 7, "info": [], "Attribute": "x"}')
        back = converter.to_misp(made.objects)
    assert f"indicator--{ADDRESS}" in {obj["id"] for obj in made.objects}
    assert made.failed == ""
    assert broken.objects == [] and (broken.failed or broken.said)
    assert back.event["Attribute"] or back.event["Object"]


def test_an_answer_that_does_not_come_in_time_is_not_waited_for() -> None:
    with Converter(answer_within_s=0.05) as converter, pytest.raises(Unreachable):
        converter.to_stix(b"{}")


def test_a_request_that_is_no_json_ends_the_process_and_not_the_node() -> None:
    with Converter() as converter, pytest.raises(Unreachable):
        converter.to_stix(b"{{{")
