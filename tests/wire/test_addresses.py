"""Tests which addresses may be called: the tricks by which a peer would have the node call into its own network."""

import pytest

from comity.errors import NotPermitted, Unreachable, UsageError
from comity.wire.addresses import are_listed, networks_of, permitted, resolve

PUBLIC = ["198.41.0.4", "2001:503:ba3e::2:30"]
INSIDE = """
127.0.0.1 127.8.8.8 0.0.0.0 10.0.0.1 172.16.5.5 172.31.255.255 192.168.1.1 169.254.169.254 169.254.170.2 100.64.0.1
192.0.0.170 192.0.2.1 198.18.0.1 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255
:: ::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 fe80::1 fc00::1 fd00:ec2::254 ff02::1 2001:db8::1
2002:7f00:1:: 2002:a00:1:: 2002:a9fe:a9fe:: 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 2001:0:7f00:1::1 100::1
""".split()


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_not_called(address: str) -> None:
    with pytest.raises(NotPermitted, match="not a public address"):
        permitted("peer.example", 443, (), lambda *_: [address])


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_called(address: str) -> None:
    assert permitted("peer.example", 443, (), lambda *_: [address]) == [address]


def test_a_name_that_points_inside_and_outside_is_not_called() -> None:
    with pytest.raises(NotPermitted):
        permitted("peer.example", 443, (), lambda *_: [PUBLIC[0], "10.0.0.1"])


def test_a_listed_network_is_called_and_nothing_beside_it() -> None:
    listed = networks_of(["10.1.0.0/16", "::1"])
    assert permitted("peer.example", 443, listed, lambda *_: ["10.1.2.3", "::1"]) == ["10.1.2.3", "::1"]
    assert permitted("peer.example", 443, listed, lambda *_: ["::ffff:10.1.2.3"])
    with pytest.raises(NotPermitted):
        permitted("peer.example", 443, listed, lambda *_: ["10.2.0.1"])


def test_a_mapped_address_is_judged_by_what_is_called() -> None:
    listed = networks_of(["::ffff:0:0/96"])
    with pytest.raises(NotPermitted):
        permitted("peer.example", 443, listed, lambda *_: ["::ffff:127.0.0.1"])
    assert are_listed(["::ffff:127.0.0.1"], networks_of(["127.0.0.0/8"]))
    assert not are_listed([PUBLIC[0]], networks_of(["127.0.0.0/8"]))


@pytest.mark.parametrize("text", ["", "localhost", "10.0.0.0/33", "10.0.0.1/8", "any"])
def test_what_is_no_network_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        networks_of([text])


def test_numbers_in_disguise_are_judged_by_the_address_they_mean() -> None:
    for host in ("2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost"):
        try:
            found = resolve(host, 80)
        except (Unreachable, RuntimeError):  # this system, or the tests' own guard, knows no such name
            continue
        with pytest.raises(NotPermitted):
            permitted(host, 80, (), lambda *_, found=found: found)
