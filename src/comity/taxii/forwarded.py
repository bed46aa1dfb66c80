"""Decides who a client is and under which address it reached us, when proxies stand between.

Forwarding headers are believed only from a peer that `trusted_proxies` names; by default none is. The address of a
client is the last one in `X-Forwarded-For` that is no trusted proxy: what stands before it, the client may have written
itself.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

from comity.errors import NodeError

Network: TypeAlias = IPv4Network | IPv6Network

_HOST = re.compile(r"[A-Za-z0-9._~-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")
_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)*")
_MOST_CHARS = 64  # of an address, with a zone
_MARKS = ("x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-prefix", "forwarded", "via")


def networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    """Read addresses and networks such as `10.0.0.0/8`.

    Raises:
        NodeError: one of them is neither.
    """
    try:
        return tuple(ip_network(text, strict=False) for text in texts)
    except ValueError as exc:
        raise NodeError("trusted_proxies: {why}", why=exc) from exc


def is_within(address: str, among: tuple[Network, ...]) -> bool:
    """Tell whether an address lies in one of the networks; what is no address lies in none."""
    found = _address(address) if among else None
    return found is not None and any(found in network for network in among)


def client_address(peer: str, headers: Mapping[str, str], trusted: tuple[Network, ...]) -> str:
    """Find the client's address, as far as it can be known."""
    if not is_within(peer, trusted):
        return peer
    hops = [hop.strip() for hop in headers.get("x-forwarded-for", "").split(",") if hop.strip()]
    for hop in reversed(hops):
        if not is_within(hop, trusted):
            return hop if _address(hop) else peer
    return peer


def counted_address(address: str) -> str:
    """Give the address by which attempts are counted: an IPv6 client has a whole /64 of its own."""
    found = _address(address)
    if found is None:
        return address[:_MOST_CHARS]
    return str(ip_network((found, 64), strict=False) if isinstance(found, IPv6Address) else found)


def is_local(peer: str, headers: Mapping[str, str]) -> bool:
    """Tell whether the request was made on this machine, and not carried in from outside by a proxy on it."""
    found = _address(peer)
    return found is not None and found.is_loopback and not any(mark in headers for mark in _MARKS)


def base_url(scheme: str, peer: str, headers: Mapping[str, str], root_path: str, trusted: tuple[Network, ...]) -> str:
    """Compose the address under which the client reached us, without a slash at its end."""
    host, prefix = headers.get("host", ""), root_path.rstrip("/")
    if is_within(peer, trusted):
        proto = _first(headers, "x-forwarded-proto").lower()
        scheme = proto if proto in {"http", "https"} else scheme
        host = _first(headers, "x-forwarded-host") or host
        carried = _first(headers, "x-forwarded-prefix").rstrip("/")
        prefix = carried + prefix if _PREFIX.fullmatch(carried) else prefix
    return f"{scheme}://{host if _HOST.fullmatch(host) else 'localhost'}{prefix}"


def _first(headers: Mapping[str, str], name: str) -> str:
    return headers.get(name, "").partition(",")[0].strip()


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """Read an address; an IPv4 one that stands inside an IPv6 one is that IPv4 one. None: it is no address."""
    return _read_address(text) if len(text) <= _MOST_CHARS else None


@lru_cache(maxsize=1_024)  # a client comes again, and remembering its address costs less than reading it
def _read_address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return (found.ipv4_mapped if isinstance(found, IPv6Address) else None) or found
