"""Makes key sets and anchors for tests."""

from typing import Any

import msgspec

from comity.records import codec, dsse
from comity.records.anchor_file import write_anchor
from comity.records.dsse import Signer
from comity.records.kinds import Anchor, KeySet, StatedKey
from comity.values import PartyName
from tests.support.acts import a_signer

MADE = "2031-03-01T12:00:00.000Z"
RID = "01f2a3b4-c5d6-7e8f-9a0b-1c2d3e4f5a6b"


def stated(seed: int, **fields: Any) -> StatedKey:
    """A record key valid from when the sets here are made."""
    return StatedKey(**{"use": "record", "public": a_signer(seed).public.hex(), "valid_from": MADE, **fields})


def a_key_set(root: Signer, *keys: StatedKey, **fields: Any) -> KeySet:
    """A key set of Ruritania's CSIRT that a root key may sign."""
    first = KeySet(
        rid=RID, issuer=PartyName("elbonia-csirt"), at=MADE, exercise=True, serial=1, root_key=root.public.hex(),
        keys=keys or (stated(60),),
    )  # fmt: skip
    return msgspec.structs.replace(first, **fields)


def an_anchor(root: Signer, **fields: Any) -> Anchor:
    """An anchor of the same party; its key set is signed by the root key."""
    inner = dsse.sign(codec.encode(a_key_set(root)), root).decode()
    first = Anchor(
        rid=RID, issuer=PartyName("elbonia-csirt"), at=MADE, exercise=True, title="Elbonia CSIRT", kind="authority",
        acts_for=PartyName("elbonia"), root_key=root.public.hex(), endpoints=("https://hub.elbonia.example/taxii2/",),
        key_set=inner, valid_until="2031-06-01T12:00:00.000Z",
    )  # fmt: skip
    return msgspec.structs.replace(first, **fields)


def anchor_file(root: Signer, key_set: KeySet | None = None, **fields: Any) -> bytes:
    """The file of an anchor, with another key set if one is given."""
    if key_set is not None:
        own = {"issuer": key_set.issuer, "exercise": key_set.exercise}
        fields = {"key_set": dsse.sign(codec.encode(key_set), root).decode(), **own, **fields}
    anchor = an_anchor(root, **fields)
    return write_anchor(anchor, dsse.sign(codec.encode(anchor), root)).encode()
