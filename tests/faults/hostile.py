"""Makes the tricks of a hostile peer: raw answers, altered pages, and acts that it has no right to."""

import gzip
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler

import msgspec

from comity.desk.acts import head
from comity.desk.tls_pins import stream_at
from comity.records import codec, dsse
from comity.records.kinds import (
    Adherence,
    Agreement,
    Delivery,
    KeySet,
    Receipt,
    RetractedItem,
    Retraction,
    StatedKey,
)
from comity.records.kinds.index import Act
from comity.stores import stating, streams, subscribing
from comity.values import Json, PartyName
from tests.faults.relay import Change, Raw, page_of
from tests.support.federation import Member
from tests.support.nodes import agreement, clause

MIB = 1 << 20
MEDIA = "application/taxii+json;version=2.1"


def raw(head_lines: bytes, pieces: Callable[[], Iterator[bytes]]) -> Raw:
    """Answer with these very bytes."""

    def answer(call: BaseHTTPRequestHandler) -> None:
        call.wfile.write(head_lines.replace(b"\n", b"\r\n") + b"\r\n")
        for piece in pieces():
            call.wfile.write(piece)

    return answer


def body(text: bytes) -> Raw:
    """Answer with a body."""
    return raw(b"HTTP/1.1 200 OK\ncontent-length: %d\n" % len(text), lambda: iter([text]))


def _zeros(mib: int) -> Iterator[bytes]:
    for _ in range(mib):
        yield bytes(MIB)


def _counted() -> Raw:
    places = iter(range(10**9))

    def answer(call: BaseHTTPRequestHandler) -> None:
        body(json.dumps({"more": True, "next": str(next(places)), "objects": []}).encode())(call)

    return answer


def _drip() -> Iterator[bytes]:
    for _ in range(200):
        yield b" "
        threading.Event().wait(0.05)


_OK = b"HTTP/1.1 200 OK\n"
RAW: dict[str, Callable[[], Raw]] = {
    "a page of 200 MB": lambda: raw(_OK, lambda: _zeros(200)),
    "a page of 120 MB of deep lists": lambda: body(b'{"objects":' + b"[" * (120 * MIB)),
    "a page of a million tiny objects": lambda: body(b'{"objects":[' + b'{"a":1},' * 999_999 + b"{}]}"),
    "a page without an end": lambda: raw(
        _OK + b"transfer-encoding: chunked\n", lambda: (b"100000\r\n" + z + b"\r\n" for z in _zeros(200))
    ),
    "a length of 5,000 digits": lambda: raw(_OK + b"content-length: " + b"9" * 5000 + b"\n", lambda: iter([])),
    "a length that is no number": lambda: raw(_OK + b"content-length: \xb2\n", lambda: iter([b"x"])),
    "patience for ever": lambda: raw(b"HTTP/1.1 503 Busy\nretry-after: " + b"9" * 5000 + b"\n", lambda: iter([])),
    "a gzip of 1 GB": lambda: raw(
        _OK + b"content-encoding: gzip\n", lambda: iter([gzip.compress(bytes(200 * MIB), 1) * 5])
    ),
    "a gzip with 200 MB behind it": lambda: raw(
        _OK + b"content-encoding: gzip\n", lambda: iter([gzip.compress(b"{}"), *_zeros(200)])
    ),
    "pages without an end": _counted,
    "the same page for ever": lambda: body(b'{"more":true,"next":"same","objects":[]}'),
    "a token of 100 MB": lambda: body(b'{"more":true,"next":"' + b"n" * (100 * MIB) + b'"}'),
    "a redirect inside": lambda: raw(b"HTTP/1.1 302 Found\nlocation: http://169.254.169.254/\n", lambda: iter([])),
    "one byte at a time": lambda: raw(_OK, _drip),
    "a line that hangs up": lambda: lambda call: None,
    "no HTTP": lambda: lambda call: call.wfile.write(b"SSH-2.0-OpenSSH\r\n") and None,
    "headers without an end": lambda: raw(_OK + b"x: y\n" * 100_000, lambda: iter([])),
    "a web page": lambda: body(b"<html>welcome</html>"),
    "the same key twice": lambda: body(b'{"objects":[],"objects":[{"type":"x"}]}'),
}


def signed(liar: Member, act: Act) -> str:
    """Sign with the hostile peer's own key: the root's for key sets."""
    keys = liar.node.keys
    if isinstance(act, KeySet):
        assert keys.root is not None
        return dsse.sign(codec.encode(act), keys.root).decode()
    return dsse.sign(codec.encode(act), keys.record).decode()


def acts_alone(*envelopes: str) -> Change:
    """A page with these acts and nothing else."""
    return lambda objects, sidecar: page_of([], {**_SIDECAR, "acts": list(envelopes)})


_SIDECAR: dict[str, Json] = {
    "type": "x-comity-sidecar",
    "spec_version": "2.1",
    "id": "x-comity-sidecar--00000000-0000-4000-8000-000000000000",
}


def altered(**fields: Json) -> Change:
    """A page whose sidecar says something else."""
    return lambda objects, sidecar: page_of(objects, {**sidecar, **fields})


def without_sidecar(objects: list[bytes], sidecar: dict[str, Json]) -> bytes:
    """A page that no longer signs."""
    return msgspec.json.encode({"objects": [*map(msgspec.Raw, objects)]})


def one_object_1000_times(objects: list[bytes], sidecar: dict[str, Json]) -> bytes:
    """A sidecar with 1,000 entries for one object."""
    entries = sidecar["entries"]
    assert isinstance(entries, list)
    return page_of(objects[:1], {**sidecar, "entries": entries[:1] * 1000})


def restated(liar: Member, victim: Member, **fields: object) -> Change:
    """A page with its statement changed, and signed anew by its issuer's own key."""

    def change(objects: list[bytes], sidecar: dict[str, Json]) -> bytes:
        payload = dsse.unverified_payload(str(sidecar["statement"]).encode())
        act = codec.decode(payload)
        assert isinstance(act, Delivery)
        return page_of(objects, {**sidecar, "statement": signed(liar, msgspec.structs.replace(act, **fields))})

    return change


def lawless_acts(liar: Member, victim: Member, other: Member) -> dict[str, str]:
    """Acts that the hostile peer has no right to, or that are bombs: each is to be refused with an alarm."""
    node = liar.node

    def begin(**more: object) -> dict[str, object]:
        return {**head(node, node.clock())._asdict(), **more}

    def laid(text: str, name: str = "bomb-2031") -> str:
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        return signed(liar, Agreement(**begin(agreement=name, text=text, sha256=sha256)))  # type: ignore[arg-type]

    retraction = {"items": (RetractedItem(id="indicator--1"),), "reason": "ours now"}
    honest = signed(liar, Retraction(**begin(**retraction)))  # type: ignore[arg-type]
    of_other = signed(other, Retraction(**{**begin(**retraction), "issuer": PartyName(other.name)}))  # type: ignore[arg-type]
    confusing = agreement(clause("1", "share", tlp_at_most="amber"), parties=("freed\u043ena-csirt", victim.name))
    foreign = agreement(clause("1", "share", tlp_at_most="amber"), parties=(other.name, victim.name))
    with victim.node.store.read() as tx:
        (text,) = tx.exec_driver_sql("select sha256 from agreements").scalars()
    said = {"agreement": "free-ruri", "sha256": text if isinstance(text, str) else bytes(text).hex()}
    for_victim = Adherence(
        **begin(party=PartyName(victim.name), recorded_by=PartyName(liar.name), evidence="note", **said),
        effective_from="2031-01-01T00:00:00Z",
    )  # type: ignore[arg-type]
    keys = (StatedKey(use="record", public="cd" * 32, valid_from="2031-01-01T00:00:00Z"),)
    root = node.keys.root_public.hex()
    return {
        "an act of another party": of_other,
        "an act of another party, signed by ours": signed(
            liar,
            Retraction(**{**begin(**retraction), "issuer": PartyName(other.name)}),  # type: ignore[arg-type]
        ),
        "an act with a byte changed": honest.replace('sig":"', 'sig":"A', 1)[:-1],
        "an act that is no JSON": "[" * 100_000,
        "an act of the live world": signed(liar, Retraction(**{**begin(**retraction), "exercise": False})),  # type: ignore[arg-type]
        "an adherence for another": signed(liar, for_victim),
        "another key set of a known serial": signed(
            liar,
            KeySet(**begin(serial=1, root_key=root, keys=keys)),  # type: ignore[arg-type]
        ),
        "a text of deep lists": laid("a = " + "[" * 9_000 + "]" * 9_000),
        "a text of long numbers": laid("a = " + "9" * 9_000),
        "a text of many tables": laid("[[clause]]\n" * 40_000),
        "a text of confusable parties": laid(confusing, "free-ruri"),
        "a text between others": laid(foreign.replace("free-ruri", "other-2031"), "other-2031"),
    }


def harmless_acts(liar: Member, stix_id: str) -> dict[str, str]:
    """Acts that are sound and must have no effect."""
    node = liar.node
    first = head(node, node.clock())._asdict()
    second = head(node, node.clock())._asdict()
    return {
        "a receipt for what was never sent": signed(
            liar, Receipt(**first, to=PartyName("ruritania-csirt"), level="stored", of=("ab" * 32,))
        ),
        "a retraction of another's item": signed(
            liar, Retraction(**second, items=(RetractedItem(id=stix_id),), reason="ours now")
        ),
    }


def last_seq(victim: Member, liar: Member) -> int:
    """The number of the last statement that a node holds of another."""
    with victim.node.store.read() as tx:
        row = next(one.row for one in subscribing.all_subscriptions(tx) if one.party == liar.name)
        stream = streams.stream_named(tx, row.party_no, stream_at(row.url))
        held = None if stream is None else stating.held_statement(tx, stream.no)
    return 0 if held is None else held.seq
