"""Makes the named bombs: objects and bodies that have brought other programs down, each between two good objects."""

import json
from collections.abc import Callable, Iterator
from typing import NamedTuple

MIB = 1024 * 1024


class Bomb(NamedTuple):
    """A bomb as a stream of bytes to stand in a bundle's list, and what is to become of its objects.

    `kept` and `quarantined` count them; `reasons` are those that may be told of the latter.
    """

    pieces: Callable[[], Iterator[bytes]]
    kept: int = 0
    quarantined: int = 0
    reasons: frozenset[str] = frozenset()


def good(n: int) -> bytes:
    """A good object to stand beside a bomb."""
    return b'{"type":"indicator","spec_version":"2.1","id":"indicator--%08x-0000-4000-8000-00000000900d",' % n + (
        b'"created":"2030-01-01T00:00:00Z","modified":"2030-01-01T00:00:00Z","pattern_type":"stix",'
        b'"pattern":"[ipv4-addr:value = \'192.0.2.1\']","valid_from":"2030-01-01T00:00:00Z"}'
    )


def _head(kind: str, n: int = 0) -> bytes:
    dated = b'"created":"2030-01-01T00:00:00Z","modified":"2030-01-01T00:00:00Z"'
    return b'{"type":"%s","spec_version":"2.1","id":"%s--%08x-0000-4000-8000-00000000b0b0",%s' % (
        kind.encode(),
        kind.encode(),
        n,
        dated,
    )


def long_string(size: int) -> Iterator[bytes]:
    """An object with one string of this many bytes."""
    yield _head("x-long") + b',"description":"'
    for _ in range(size // MIB):
        yield b"a" * MIB
    yield b'"}'


def deep(depth: int) -> Iterator[bytes]:
    """An object with lists nested in one another."""
    yield _head("x-deep") + b',"value":' + b"[" * depth + b"]" * depth + b"}"


def tiny(count: int) -> Iterator[bytes]:
    """Very many objects that are next to nothing, each another."""
    for start in range(0, count, 10_000):
        yield (b"," if start else b"") + b",".join(b'{"a":%d}' % n for n in range(start, min(count, start + 10_000)))


def unknown_types(count: int) -> Iterator[bytes]:
    """Good objects, each of a type of its own."""
    for n in range(count):
        yield (b"," if n else b"") + _head(f"x-unknown-{n}", n) + b"}"


def many_markings(count: int) -> Iterator[bytes]:
    """An object with very many markings that nobody has defined."""
    names = [f"marking-definition--{n:08x}-0000-4000-8000-00000000b0b0" for n in range(count)]
    yield _head("malware") + b',"is_family":false,"object_marking_refs":' + json.dumps(names).encode() + b"}"


def cycles(count: int) -> Iterator[bytes]:
    """Relationships in a ring, a sighting of itself, reports that name each other, an identity made by itself."""
    names = [f"relationship--{n:08x}-0000-4000-8000-00000000b0b0" for n in range(count)]
    for n, name in enumerate(names):
        ring = b',"relationship_type":"related-to","source_ref":"%s","target_ref":"%s"}' % (
            names[n - 1].encode(),
            name.encode(),
        )
        yield _head("relationship", n) + ring + b","
    sighting = b"sighting--00000000-0000-4000-8000-00000000b0b0"
    yield _head("sighting") + b',"sighting_of_ref":"%s","where_sighted_refs":["%s"]},' % (sighting, sighting)
    for n in range(2):
        other = b"report--%08x-0000-4000-8000-00000000b0b0" % (1 - n)
        yield _head("report", n) + b',"name":"r","published":"2030-01-01T00:00:00Z","object_refs":["%s"]},' % other
    identity = b"identity--00000000-0000-4000-8000-00000000b0b0"
    yield _head("identity") + b',"name":"i","identity_class":"organization","created_by_ref":"%s"}' % identity


def spoilt() -> dict[str, Bomb]:
    """Small objects that two readers could understand differently, or none at all."""
    bodies = {
        "repeated-key": _head("malware") + b',"name":"a","name":"b","is_family":false}',
        "not-utf8": _head("malware", 1) + b',"name":"\xff\xfe","is_family":false}',
        "lone-surrogate": _head("malware", 2) + b',"name":"\\ud800","is_family":false}',
        "number-too-large": _head("malware", 3) + b',"is_family":false,"size":' + b"9" * 100_000 + b"}",
    }
    return {
        reason: Bomb(lambda body=body: iter([body]), quarantined=1, reasons=frozenset((reason,)))  # type: ignore[misc]
        for reason, body in bodies.items()
    }


def in_bundle(bomb: Bomb) -> Iterator[bytes]:
    """Give a whole bundle with the bomb between two good objects."""
    yield b'{"type":"bundle","id":"bundle--00000000-0000-4000-8000-00000000b0b0","objects":[' + good(1) + b","
    yield from bomb.pieces()
    yield b"," + good(2) + b"]}"


def in_envelope(bomb: Bomb) -> Iterator[bytes]:
    """Give a TAXII envelope with the bomb between two good objects."""
    yield b'{"objects":[' + good(1) + b","
    yield from bomb.pieces()
    yield b"," + good(2) + b"]}"
