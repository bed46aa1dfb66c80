"""Decides which values are likely false positives: those that a warning list of MISP names.

A list of strings names values as they are, of hostnames a name and all below it, of networks every address in one, of
substrings what contains it. Lists of regular expressions are not read: nobody bounds how long one takes.
Source: MISP warning lists (CC0), `list.json`.
"""

import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeVar

import msgspec

from comity.records.search_values import SearchValue

SHORTEST_SUBSTRING: Final = 4
_URL: Final = re.compile(r"[a-z][a-z0-9+.-]*+://(?:[^/?#@]*+@)?(\[[^\]]*+\]|[^/:?#]*+)")


class WarningList(msgspec.Struct, frozen=True, kw_only=True):
    """One list as its file has it."""

    name: str
    type: str
    list: Sequence[str]


class WarningIndex(msgspec.Struct, frozen=True):
    """Lists ready for look-up: values, hostnames, networks by length and number, substrings; each with its lists."""

    values: Mapping[str, tuple[str, ...]]
    hosts: Mapping[str, tuple[str, ...]]
    networks: Mapping[tuple[int, int], Mapping[int, tuple[str, ...]]]  # (version, bits) → network's number
    substrings: Mapping[str, tuple[str, ...]]

    def naming(self, found: Iterable[SearchValue]) -> tuple[str, ...]:
        """Give the lists that name any of these values of an item, in order."""
        return tuple(sorted({name for kind, value in found if ":" in kind for name in self._of(value)}))

    def _of(self, value: str) -> set[str]:
        found = set(self.values.get(value, ()))
        host = _host(value)
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            labels = host.split(".")
            for start in range(len(labels)):
                found.update(self.hosts.get(".".join(labels[start:]), ()))
        else:
            number, most = int(address), address.max_prefixlen
            for (version, bits), networks in self.networks.items():
                if version == address.version:
                    found.update(networks.get(number >> (most - bits), ()))
        for part, names in self.substrings.items():
            if part in value:
                found.update(names)
        return found


def index_lists(lists: Iterable[WarningList]) -> WarningIndex:
    """Make lists ready for look-up; what a list holds that is none of its type's is passed over."""
    values: dict[str, set[str]] = {}
    hosts: dict[str, set[str]] = {}
    networks: dict[tuple[int, int], dict[int, set[str]]] = {}
    substrings: dict[str, set[str]] = {}
    for one in lists:
        for entry in map(_plain, one.list):
            if one.type == "cidr":
                _network(entry, one.name, networks)
            elif one.type == "hostname" and entry.strip("."):
                hosts.setdefault(entry.strip("."), set()).add(one.name)
            elif one.type == "string" and entry:
                values.setdefault(entry, set()).add(one.name)
            elif one.type == "substring" and len(entry) >= SHORTEST_SUBSTRING:
                substrings.setdefault(entry, set()).add(one.name)
    return WarningIndex(
        _sorted(values), _sorted(hosts), {key: _sorted(found) for key, found in networks.items()}, _sorted(substrings)
    )


def _plain(entry: str) -> str:
    return entry.strip().lower()


def _network(entry: str, name: str, networks: dict[tuple[int, int], dict[int, set[str]]]) -> None:
    try:
        network = ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return
    bits, most = network.prefixlen, network.max_prefixlen
    number = int(network.network_address) >> (most - bits)
    networks.setdefault((network.version, bits), {}).setdefault(number, set()).add(name)


def _host(value: str) -> str:
    url = _URL.match(value)
    return (value if url is None else url[1]).strip("[]").rstrip(".")


_Key = TypeVar("_Key", str, int)


def _sorted(found: Mapping[_Key, set[str]]) -> dict[_Key, tuple[str, ...]]:
    return {key: tuple(sorted(names)) for key, names in found.items()}
