"""Tests who a client is and under which address it reached us."""

import pytest

from comity.errors import NodeError
from comity.taxii.forwarded import base_url, client_address, counted_address, is_local, is_within, networks

PROXY = networks(("10.0.0.0/8", "::1"))


def test_nobody_is_believed_by_default() -> None:
    headers = {"host": "hub.example", "x-forwarded-host": "evil.example", "x-forwarded-proto": "https"}
    assert base_url("http", "127.0.0.1", headers, "", ()) == "http://hub.example"
    assert client_address("192.0.2.1", {"x-forwarded-for": "203.0.113.9"}, ()) == "192.0.2.1"


def test_a_trusted_proxy_says_scheme_host_and_prefix() -> None:
    headers = {
        "host": "inner:8700",
        "x-forwarded-host": "hub.example",
        "x-forwarded-proto": "https",
        "x-forwarded-prefix": "/cyber/",
    }
    assert base_url("http", "10.1.2.3", headers, "", PROXY) == "https://hub.example/cyber"


def test_a_prefix_that_the_server_knows_is_kept() -> None:
    assert (
        base_url("https", "192.0.2.1", {"host": "[2001:db8::1]:8700"}, "/hub", ()) == "https://[2001:db8::1]:8700/hub"
    )


@pytest.mark.parametrize("host", ["", "a b", "evil.example/x?", '"><script>', "a@b", "x" * 10 + "\r\n"])
def test_a_host_that_is_none_is_not_repeated(host: str) -> None:
    assert base_url("http", "192.0.2.1", {"host": host}, "", ()) == "http://localhost"


def test_odd_forwarding_headers_of_a_proxy_are_not_repeated() -> None:
    headers = {"host": "hub.example", "x-forwarded-proto": "javascript", "x-forwarded-prefix": "//evil.example"}
    assert base_url("http", "10.1.2.3", headers, "", PROXY) == "http://hub.example"


def test_the_client_is_the_last_hop_that_is_no_proxy() -> None:
    headers = {"x-forwarded-for": "1.2.3.4, 203.0.113.9, 10.0.0.7"}
    assert client_address("10.0.0.1", headers, PROXY) == "203.0.113.9"


@pytest.mark.parametrize("hops", ["", "unknown", "10.0.0.2"])
def test_without_a_readable_hop_the_client_is_the_peer(hops: str) -> None:
    assert client_address("10.0.0.1", {"x-forwarded-for": hops}, PROXY) == "10.0.0.1"


def test_an_ipv4_address_inside_ipv6_is_that_address() -> None:
    assert is_within("::ffff:10.0.0.1", PROXY)
    assert not is_within("no address", PROXY)


def test_an_ipv6_client_is_counted_by_its_network() -> None:
    assert counted_address("2001:db8:1:2:3:4:5:6") == counted_address("2001:db8:1:2::1") == "2001:db8:1:2::/64"
    assert counted_address("::ffff:192.0.2.1") == "192.0.2.1"
    assert counted_address("x" * 500) == "x" * 64


def test_only_a_caller_on_this_machine_is_local() -> None:
    assert is_local("127.0.0.1", {}) and is_local("::1", {})
    assert not is_local("192.0.2.1", {})
    assert not is_local("", {})
    assert not is_local("127.0.0.1", {"x-forwarded-for": "203.0.113.9"})
    assert not is_local("127.0.0.1", {"forwarded": "for=203.0.113.9"})


def test_what_is_no_network_is_refused() -> None:
    with pytest.raises(NodeError, match="trusted_proxies"):
        networks(("proxy.example",))
