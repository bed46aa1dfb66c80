"""Writes the anchor of the own party: what another party needs for first contact, signed by the root key."""

from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.acts import head, keep_act
from comity.desk.carry_out import carry_out
from comity.desk.node_type import Node
from comity.desk.own_keys import own_party, root_signer, state_first_keys
from comity.desk.party_keys import newest_set
from comity.desk.rotate_key import DAY_MS, OFFICERS
from comity.errors import NodeError
from comity.records import codec, dsse
from comity.records.anchor_file import write_anchor
from comity.records.fingerprints import fingerprint
from comity.records.kinds import Anchor
from comity.values import Instant, JsonObject, PartyName, iso


class ExportAnchorRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The file of the root key if that is kept elsewhere, and for how long the anchor may be accepted."""

    root: str | None = None
    days: Annotated[int, Meta(ge=1, le=366)] = 90


class AnchorExported(msgspec.Struct, frozen=True, kw_only=True):
    """The file as text, and what its QR code says."""

    party: str
    fingerprint: str
    valid_until: str
    text: str
    qr: str


def export_anchor(node: Node, actor: Actor, request: ExportAnchorRequest) -> AnchorExported:
    """Sign an anchor that holds the newest key set.

    Raises:
        NodeError: the root key is not here.
    """

    def work(tx: Connection, now: Instant) -> tuple[AnchorExported, JsonObject]:
        root, own = root_signer(node, request.root), own_party(tx)
        if newest_set(tx, own.no) is None:
            state_first_keys(node, tx, root, Instant(min(own.added_ms, int(now))), now)
        held = newest_set(tx, own.no)
        if held is None:
            raise NodeError("the node's keys could not be stated")
        endpoint = f"{_base(node)}/taxii2/"
        act = Anchor(
            **head(node, now)._asdict(),
            title=own.title,
            kind=node.settings.kind,
            acts_for=PartyName(own.acts_for) if own.acts_for else None,
            root_key=root.public.hex(),
            endpoints=(endpoint,),
            key_set=held.envelope.decode(),
            valid_until=iso(Instant(int(now) + request.days * DAY_MS)),
        )
        envelope = dsse.sign(codec.encode(act), root)
        keep_act(node, tx, act, now, envelope=envelope)
        answer = AnchorExported(
            party=own.name,
            fingerprint=fingerprint(root.public),
            valid_until=act.valid_until,
            text=write_anchor(act, envelope),
            qr=qr_text(act),
        )
        return answer, {"serial": held.key_set.serial, "valid_until": act.valid_until}

    return carry_out(node, actor, "anchor export", request, AnchorExported, work, roles=OFFICERS)


def qr_text(anchor: Anchor) -> str:
    """Give what the QR code of an anchor says: party, fingerprint and address, to be compared, not to be believed."""
    digits = fingerprint(bytes.fromhex(anchor.root_key))
    world = "EXERCISE " if anchor.exercise else ""
    return "\n".join((f"COMITY {world}{anchor.issuer}", digits, *anchor.endpoints[:1]))


def _base(node: Node) -> str:
    settings = node.settings
    if settings.public_url:
        return settings.public_url.rstrip("/")
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{'https' if settings.tls_certificate else 'http'}://{host}:{settings.port}"
