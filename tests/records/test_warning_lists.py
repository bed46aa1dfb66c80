"""Tests that a list names what it means to name: a value, a name and all below it, an address in a network."""

import pytest

from comity.records.warning_lists import WarningList, index_lists

INDEX = index_lists(
    (
        WarningList(name="digests", type="string", list=("D41D8CD98F00B204E9800998ECF8427E", "192.0.2.1")),
        WarningList(name="banks", type="hostname", list=(".bank.example", "cdn.example")),
        WarningList(name="networks", type="cidr", list=("198.51.100.0/24", "2001:db8::/32", "203.0.113.5", "nonsense")),
        WarningList(name="parts", type="substring", list=("/favicon.ico", "a")),
        WarningList(name="patterns", type="regex", list=(".*",)),
    )
)


@pytest.mark.parametrize(
    ("kind", "value", "lists"),
    [
        ("file:hashes.'MD5'", "d41d8cd98f00b204e9800998ecf8427e", ("digests",)),
        ("domain-name:value", "bank.example", ("banks",)),
        ("domain-name:value", "login.bank.example", ("banks",)),
        ("domain-name:value", "notbank.example", ()),
        ("domain-name:value", "bank.example.evil.test", ()),
        ("url:value", "https://login.bank.example:8443/x", ("banks",)),
        ("url:value", "https://evil.test/favicon.ico", ("parts",)),
        ("url:value", "https://[broken", ()),
        ("ipv4-addr:value", "198.51.100.200", ("networks",)),
        ("ipv4-addr:value", "198.51.101.1", ()),
        ("ipv4-addr:value", "203.0.113.5", ("networks",)),
        ("ipv6-addr:value", "2001:db8::1", ("networks",)),
        ("ipv4-addr:value", "192.0.2.1", ("digests",)),
        ("name", "bank.example", ()),
    ],
)
def test_a_list_names_what_it_means(kind: str, value: str, lists: tuple[str, ...]) -> None:
    assert INDEX.naming([(kind, value)]) == lists
