"""Decides which network addresses the node may call: public ones, and those that the operator has listed.

A name is resolved once, every address it gives is judged, and the connection goes to a judged address: a name that
answers differently a moment later (rebinding) changes nothing. Addresses that carry another inside are judged by the
inner one too.
"""

import ipaddress
import socket
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from comity.errors import NotPermitted, Unreachable, UsageError

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve: TypeAlias = Callable[[str, int], list[str]]

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052 §2.1: the last 32 bits are an IPv4 address


def networks_of(texts: Iterable[str]) -> tuple[Network, ...]:
    """Read networks such as `10.1.0.0/16` or `::1`.

    Raises:
        UsageError: one is no address and no network.
    """
    found: list[Network] = []
    for text in texts:
        try:
            found.append(ipaddress.ip_network(text))
        except ValueError as exc:
            raise UsageError("{text} is no network: write for example 10.1.0.0/16", text=repr(text[:60])) from exc
    return tuple(found)


def resolve(host: str, port: int) -> list[str]:
    """Ask the system for the addresses of a name.

    Raises:
        Unreachable: nobody knows the name.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as exc:
        raise Unreachable("no address is known for {host}", host=host) from exc
    return list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))


def permitted(host: str, port: int, listed: tuple[Network, ...], resolved: Resolve = resolve) -> list[str]:
    """Give the addresses of a host that may be called, in the system's order.

    If one of them may not be called, none is: a name that points inside and outside at once is no accident.

    Raises:
        NotPermitted: an address is neither public nor listed.
        Unreachable: nobody knows the name.
    """
    addresses = resolved(host, port)
    for text in addresses:
        if not all(_may_call(one, listed) for one in _with_inner(ipaddress.ip_address(text))):
            raise NotPermitted(
                "{host} is at {text}, which is not a public address: list its network in outbound_networks to allow it",
                host=host,
                text=text,
            )
    return addresses


def are_listed(addresses: Iterable[str], listed: tuple[Network, ...]) -> bool:
    """Are all of these addresses in networks that the operator has listed?"""
    return all(
        any(one.version == network.version and one in network for network in listed)
        for text in addresses
        for one in _with_inner(ipaddress.ip_address(text))
    )


def _may_call(address: Address, listed: tuple[Network, ...]) -> bool:
    if any(address.version == network.version and address in network for network in listed):
        return True
    return address.is_global and not address.is_multicast


def _with_inner(address: Address) -> Iterator[Address]:
    """Give an address and those that it carries inside: mapped, 6to4, Teredo, NAT64."""
    if isinstance(address, ipaddress.IPv4Address):
        yield address
        return
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped  # the kernel calls the inner one, and nothing else
        return
    yield address
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    if address in _NAT64:
        yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
