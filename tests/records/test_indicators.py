"""Tests that one party's word on one value is one indicator, and that saying it again brings nothing new."""

import pytest

from comity.records.indicators import NOTHING_SAID, Said, Value, ValueKind, indicator_id, indicator_of, pattern_of
from comity.values import Instant, Tlp, instant

NOW = instant("2031-03-01T12:00:00Z")
LATER = instant("2031-04-01T12:00:00Z")
ADDRESS = Value("ipv4", "198.51.100.7")


@pytest.mark.parametrize(
    ("kind", "text", "pattern"),
    [
        ("ipv4", "198.51.100.0/24", "[ipv4-addr:value = '198.51.100.0/24']"),
        ("ipv6", "2001:db8::1", "[ipv6-addr:value = '2001:db8::1']"),
        ("domain", "locker.example", "[domain-name:value = 'locker.example']"),
        ("url", "http://locker.example/it's\\", "[url:value = 'http://locker.example/it\\'s\\\\']"),
        ("email", "pay@locker.example", "[email-addr:value = 'pay@locker.example']"),
        ("md5", "d41d8cd98f00b204e9800998ecf8427e", "[file:hashes.MD5 = 'd41d8cd98f00b204e9800998ecf8427e']"),
        ("sha1", "da39a3ee", "[file:hashes.'SHA-1' = 'da39a3ee']"),
        ("sha256", "e3b0c442", "[file:hashes.'SHA-256' = 'e3b0c442']"),
        ("file", "invoice.exe", "[file:name = 'invoice.exe']"),
    ],
)
def test_a_value_is_found_by_its_pattern(kind: ValueKind, text: str, pattern: str) -> None:
    assert pattern_of(Value(kind, text)) == pattern


def test_an_id_follows_from_the_party_and_the_value_alone() -> None:
    first = indicator_id("freedonia-csirt", ADDRESS)
    assert first == "indicator--120a2d5f-3b5d-593d-9961-bfc30bc651b5"
    assert first == indicator_of("freedonia-csirt", ADDRESS, Said("seen"), None, LATER)["id"]
    assert indicator_id("ruritania-csirt", ADDRESS) != first
    assert indicator_id("freedonia-csirt", Value("url", ADDRESS.text)) != first


def test_an_indicator_says_what_is_said_of_it() -> None:
    said = Said("Grid control", NOW, LATER, Tlp.AMBER, 85, ("grauwal", "c2"))
    obj = indicator_of("freedonia-csirt", ADDRESS, said, None, Instant(NOW + 5))
    assert obj | {"id": ""} == {
        "type": "indicator",
        "spec_version": "2.1",
        "id": "",
        "created": "2031-03-01T12:00:00.005Z",
        "modified": "2031-03-01T12:00:00.005Z",
        "name": "198.51.100.7",
        "description": "Grid control",
        "pattern": "[ipv4-addr:value = '198.51.100.7']",
        "pattern_type": "stix",
        "valid_from": "2031-03-01T12:00:00.000Z",
        "valid_until": "2031-04-01T12:00:00.000Z",
        "confidence": 85,
        "labels": ["grauwal", "c2"],
        "object_marking_refs": ["marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"],
    }


def test_the_same_again_is_the_version_held() -> None:
    held = indicator_of("freedonia-csirt", ADDRESS, NOTHING_SAID, None, NOW)
    assert indicator_of("freedonia-csirt", ADDRESS, NOTHING_SAID, held, LATER) == held


def test_something_new_is_a_version_of_now() -> None:
    held = indicator_of("freedonia-csirt", ADDRESS, NOTHING_SAID, None, NOW)
    newer = indicator_of("freedonia-csirt", ADDRESS, Said("seen again"), held, LATER)
    assert newer["modified"] == "2031-04-01T12:00:00.000Z"
    assert (newer["created"], newer["valid_from"]) == (held["created"], held["valid_from"])
