"""Decides by which TLS keys a party's server is known, and what is noted of one that shows another.

Not a verb: all that call peers share it. What a party has stated counts where its anchor says that its node is, and
where its node has signed to us before; a plain server of the same party is another server, with other keys.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import Connection

from comity.desk.node_type import Node
from comity.desk.party_keys import known_keys
from comity.errors import UsageError, WrongTlsKey
from comity.records.key_judging import JudgedKey, judge
from comity.stores import alarming, streams, trusting
from comity.values import Instant
from comity.wire.outbound import Origin, Pins, origin_of
from comity.wire.tls_keys import pin_of_certificate, pin_of_pem

TLS_PIN: Final = "tls-pin"
TLS_KEY_ALARM: Final = "tls-key"


def stream_at(url: str) -> str:
    """Name the stream that the collection at an address carries: by the collection's id."""
    return url.rstrip("/").rpartition("/")[2]


def pins_at(tx: Connection, party_no: int, url: str, now: Instant) -> Pins:
    """Give by which TLS keys the server at an address of a party is known; none where that is not its node."""
    keys = [key for key in known_keys(tx, party_no) if key.use == TLS_PIN]
    if not keys or not _is_node(tx, party_no, url):
        return Pins()
    return Pins(live=live_pins(keys, now), revoked=_having(keys, "suspect", now))


def live_pins(keys: Sequence[JudgedKey], now: Instant) -> frozenset[bytes]:
    """Give those of a party's TLS keys that count now."""
    return _having([key for key in keys if key.use == TLS_PIN], "good", now)


@contextmanager
def key_watched(node: Node, party_no: int) -> Iterator[None]:
    """Raise an alarm, with the certificate as its evidence, if a party's server shows a key that does not count."""
    try:
        yield
    except WrongTlsKey as wrong:
        tell_wrong_key(node, party_no, wrong)
        raise


def tell_wrong_key(node: Node, party_no: int, wrong: WrongTlsKey) -> None:
    """Note an alarm that a server of the party shows a TLS key that is not its own."""
    pin = pin_of_certificate(wrong.certificate)
    shown = pin.hex() if pin else "none that can be read"
    facts = f"{wrong.said.get('host', '')} shows the TLS key {shown}, which does not count"
    with node.store.write() as tx:
        alarming.raise_alarm(tx, party_no, TLS_KEY_ALARM, facts, node.clock(), _pem(wrong.certificate))


def served_pin(node: Node) -> bytes | None:
    """Give the pin of the certificate that this node is served with; none without one, or if it cannot be read."""
    name = node.settings.tls_certificate
    if not name:
        return None
    try:
        return pin_of_pem((Path(node.folder) / name).read_bytes())
    except (OSError, UsageError):
        return None


def _having(keys: Sequence[JudgedKey], verdict: str, now: Instant) -> frozenset[bytes]:
    return frozenset(key.public for key in keys if judge(key, TLS_PIN, now) == verdict)


def _is_node(tx: Connection, party_no: int, url: str) -> bool:
    if streams.stream_named(tx, party_no, stream_at(url)) is not None:
        return True
    peer = trusting.peer_of(tx, party_no)
    endpoints = [] if peer is None else msgspec.json.decode(peer.endpoints, type=list[str])
    return origin_of(url) in _origins(endpoints)


def _origins(endpoints: Sequence[str]) -> Iterator[Origin]:
    for one in endpoints:
        with suppress(UsageError):  # whatever else an anchor may name: nobody is called there
            yield origin_of(one)


def _pem(certificate: bytes) -> bytes:
    try:
        return x509.load_der_x509_certificate(certificate).public_bytes(Encoding.PEM)
    except ValueError:
        return certificate
