"""States the TLS key of the node's server by its pin, so that peers take that key and no other.

The node makes no use of the key itself: it may lie with a proxy in front of the node. A pin that was stated before
counts a while longer, so that a new key can be stated before the server shows it.
"""

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.carry_out import carry_out
from comity.desk.node_type import Node
from comity.desk.own_keys import SLACK_MS, ending, fitting, own_party, root_signer, state_first_keys, state_keys
from comity.desk.party_keys import known_keys, newest_set
from comity.desk.rotate_key import DAY_MS, OFFICERS
from comity.desk.show_keys import KeysShown, shown_keys
from comity.desk.tls_pins import TLS_PIN
from comity.errors import Conflict, NodeError, UsageError
from comity.records.kinds import StatedKey
from comity.values import Instant, JsonObject, iso
from comity.wire.tls_keys import LARGEST_PEM, Made, made_before, make_certificate, pin_of_pem


class PinKeyRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate chain or public key in PEM; empty: the certificate that the settings name.

    `make_for`: make a key and a certificate for these host names and addresses first.
    """

    certificate: Annotated[str, Meta(max_length=LARGEST_PEM)] = ""
    make_for: Annotated[tuple[Annotated[str, Meta(max_length=253)], ...], Meta(max_length=32)] = ()
    root: str | None = None
    overlap_days: Annotated[int, Meta(ge=0, le=366)] = 7
    reason: str = ""  # for the second person, where one is needed


class KeyPinned(msgspec.Struct, frozen=True, kw_only=True):
    """The keys as they are stated now. The files of a certificate that was made, as the settings would name them."""

    pin: str
    keys: KeysShown
    tls_certificate: str = ""
    tls_key: str = ""


def pin_key(node: Node, actor: Actor, request: PinKeyRequest) -> KeyPinned:
    """State a pin. Earlier ones end after the overlap.

    Raises:
        UsageError: no certificate is given and none is set, or what is given is none. Conflict: the key is stated
            already, for something else, or is suspect. NodeError: the root key is not here, or a file cannot be read or
            written.
    """

    def work(tx: Connection, now: Instant) -> tuple[KeyPinned, JsonObject]:
        if request.certificate and request.make_for:
            raise UsageError("either a certificate is given, or one is made")
        root, own = root_signer(node, request.root), own_party(tx)
        held = newest_set(tx, own.no)
        fitting(() if held is None else held.key_set.keys, now)  # a key that could not be stated is not made
        made = _made(node, tx, own.no, request.make_for, now) if request.make_for else None
        pin = pin_of_pem(_pem(node, request, made.certificate if made else node.settings.tls_certificate)).hex()
        if held is None:
            state_first_keys(node, tx, root, Instant(min(own.added_ms, int(now))), now)
        ends = Instant(int(now) + request.overlap_days * DAY_MS)
        stated = state_keys(node, tx, _with_pin(tx, own.no, pin, ends, now), root, now)
        answer = KeyPinned(
            pin=pin,
            keys=shown_keys(node, tx, own, now),
            tls_certificate=made.certificate if made else "",
            tls_key=made.key if made else "",
        )
        return answer, {"pin": pin, "serial": stated.serial}

    return carry_out(node, actor, "key pin", request, KeyPinned, work, roles=OFFICERS)


def _made(node: Node, tx: Connection, own_no: int, names: tuple[str, ...], now: Instant) -> Made:
    """Make a certificate, or take one that was made for these names and never stated.

    What a second person approves is made anew then, and has to be what was asked for.
    """
    stated = {key.public for key in known_keys(tx, own_no)}
    entropy = node.entropy if node.making is None else node.making.fresh
    folder = Path(node.folder)
    return made_before(folder, names, stated, now) or make_certificate(folder, names, now, entropy)


def _pem(node: Node, request: PinKeyRequest, name: str) -> bytes:
    if request.certificate:
        return request.certificate.encode()
    if not name:
        raise UsageError("the settings name no certificate: give its file, or let one be made with --make-for")
    path = Path(node.folder) / name
    try:
        return path.read_bytes()
    except OSError as exc:
        raise NodeError("{path} cannot be read: {why}", path=path, why=exc.strerror) from exc


def _with_pin(tx: Connection, own_no: int, pin: str, ends: Instant, now: Instant) -> tuple[StatedKey, ...]:
    held = newest_set(tx, own_no)
    stated = () if held is None else held.key_set.keys
    for key in known_keys(tx, own_no):
        if key.public.hex() == pin and (key.use != TLS_PIN or key.suspect_from is not None):
            raise Conflict("this key was revoked, or is for something else: make another")
        if key.public.hex() == pin and key.valid_until is None:
            raise Conflict("this key is stated already")
    new = StatedKey(use=TLS_PIN, public=pin, valid_from=iso(Instant(max(int(now) - SLACK_MS, 0))))
    old = tuple(ending(key, ends) if key.use == TLS_PIN else key for key in stated if key.public != pin)
    return (*fitting(old, now), new)
