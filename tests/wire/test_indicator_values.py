"""Tests that a cell is read as the indicator it is, defanged or not, and as nothing else."""

import json
import time
from pathlib import Path

import pytest

from comity.records.indicators import Value, ValueKind
from comity.wire.indicator_values import LONGEST_VALUE, value_of

SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize(
    ("text", "kind", "plain"),
    [
        ("198.51.100.7", "ipv4", "198.51.100.7"),
        (" 198.51.100[.]7 ", "ipv4", "198.51.100.7"),
        ("198.51.100.9/24", "ipv4", "198.51.100.0/24"),
        ("2001:DB8::1", "ipv6", "2001:db8::1"),
        ("2001:db8::/32", "ipv6", "2001:db8::/32"),
        ("Locker.Example", "domain", "locker.example"),
        ("locker[.]example[.]com", "domain", "locker.example.com"),
        ("locker(dot)example", "domain", "locker.example"),
        ("xn--e1afmkfd.xn--p1ai", "domain", "xn--e1afmkfd.xn--p1ai"),
        ("пример.рф", "domain", "пример.рф"),
        ("4-dot-tracker.example.com", "domain", "4-dot-tracker.example.com"),
        ("4-dot-tracker[.]example[.]com", "domain", "4-dot-tracker.example.com"),
        ("hxxps[:]//locker[.]example:8443/Pay?id=1", "url", "https://locker.example:8443/Pay?id=1"),
        ("http://[2001:db8::1]/a,b;c", "url", "http://[2001:db8::1]/a,b;c"),
        ("smb://198.51.100.7/share/x.exe", "url", "smb://198.51.100.7/share/x.exe"),
        ("locker.example/pay", "url", "locker.example/pay"),
        ("pay[at]locker[.]example", "email", "pay@locker.example"),
        ("D41D8CD98F00B204E9800998ECF8427E", "md5", "d41d8cd98f00b204e9800998ecf8427e"),
        ("da39a3ee5e6b4b0d3255bfef95601890afd80709", "sha1", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
        (SHA256, "sha256", SHA256),
        ("Invoice March.exe", "file", "Invoice March.exe"),
    ],
)
def test_a_value_is_read_in_its_plain_form(text: str, kind: ValueKind, plain: str) -> None:
    assert value_of(text) == Value(kind, plain)


@pytest.mark.parametrize(
    "text",
    [
        "Northwind Energy", "=cmd|' /C calc'!A0", "198.51.100.999", "198.51.100.7:443", "198.51.100.0/99", "v1.2.3",
        "198.51.100.7, 198.51.100.8", "locker.example and more", "http://", "http:///x", "http://no host/", "foo@bar",
        "@locker.example", "[", "http://[", "a" * 64 + "g", "x" * (LONGEST_VALUE + 1) + ".com", "locker\0.com", ".",
        "..", "-.com/", "/", "://", "[.]" * 300,
    ],
)  # fmt: skip
def test_what_is_no_indicator_is_none(text: str) -> None:
    assert value_of(text) == "not-an-indicator"


@pytest.mark.parametrize(
    ("text", "kind", "found"),
    [
        ("update.zip", None, "value-ambiguous"),
        ("update.zip", "domain", Value("domain", "update.zip")),
        ("update.zip", "file", Value("file", "update.zip")),
        ("locker.example", "url", Value("url", "locker.example")),
        ("locker.example", "ipv4", "type-differs"),
        (SHA256, "md5", "type-differs"),
        ("http://locker.example/", "file", "type-differs"),
        ("%TEMP%\\locker", "file", Value("file", "%TEMP%\\locker")),
        ("", None, "no-value"),
    ],
)
def test_a_stated_type_settles_what_is_doubtful(text: str, kind: ValueKind | None, found: object) -> None:
    assert value_of(text, kind) == found


@pytest.mark.parametrize("piece", ["a.", "1.", "[.]", "a@", "http://", "a/", "hxxp", "%41", ":", "-dot-", "(dot)"])
def test_a_hostile_cell_takes_no_longer_than_any(piece: str) -> None:
    began = time.perf_counter()
    value_of((piece * LONGEST_VALUE)[:LONGEST_VALUE])
    assert time.perf_counter() - began < 2


def test_real_values_are_read_as_the_type_that_misp_says(shared_data: Path) -> None:
    types: dict[str, tuple[ValueKind, ...]] = {
        "ip-dst": ("ipv4", "ipv6"), "domain": ("domain",), "hostname": ("domain",), "md5": ("md5",), "sha1": ("sha1",),
        "sha256": ("sha256",), "email-src": ("email",),
    }  # fmt: skip
    seen = 0
    for file in sorted((shared_data / "misp-events-eset").glob("*.json")):
        told = json.loads(file.read_bytes())
        for attribute in told.get("Event", told).get("Attribute", []):
            if attribute["type"] in types:
                found = value_of(attribute["value"])
                assert isinstance(found, Value) and found.kind in types[attribute["type"]], attribute["value"]
                seen += 1
    assert seen > 40
