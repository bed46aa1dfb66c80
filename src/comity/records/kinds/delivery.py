"""Decides how a node states what it delivered to one reader: a numbered statement for each stretch of its stream.

Whoever holds two statements of one number that differ holds the proof that their issuer said two things.
"""

import base64
import binascii
from typing import Annotated, ClassVar

from msgspec import Meta

from comity.errors import RecordRejected
from comity.records.base import Record, Sha256, ShortName

MOST_ITEMS = 1_000
FIRST_PREVIOUS = "0" * 64
_LEAF_BYTES = 32


class Delivery(Record, frozen=True, kw_only=True, tag="x-comity-delivery"):
    """What became visible to one reader between two dates of its stream, and under which clauses."""

    extension: ClassVar[str] = "extension-definition--7fa3219f-5bc5-4b65-956d-486fbf03756c"

    to: Annotated[ShortName, Meta(description="The reader.", examples=["ruritania-csirt"])]
    stream: Annotated[
        str, Meta(min_length=1, max_length=64, description="Id of the collection that carries the stream.",
                  examples=["6e4b4b5a-7a5c-4f4a-9d0a-3d2f1e0c9b8a"])
    ]  # fmt: skip
    seq: Annotated[
        int, Meta(ge=1, le=2**53, description="Number in the stream, from 1 on without a gap.", examples=[1])
    ]
    prev: Annotated[
        Sha256, Meta(description="SHA-256 of the payload before; zeros for the first.", examples=[FIRST_PREVIOUS])
    ]
    after: Annotated[int, Meta(ge=-1, le=2**53, description="The date before the stretch (ms).", examples=[-1])]
    upto: Annotated[
        int, Meta(ge=0, le=2**53, description="The last date of the stretch (ms).", examples=[1930219200000])
    ]
    leaves: Annotated[
        str,
        Meta(
            max_length=MOST_ITEMS * 44,
            description="The salted leaf of each item in order, 32 bytes each, in base64 as one text.",
            examples=[base64.b64encode(bytes(32)).decode()],
        ),
    ]
    basis: Annotated[
        tuple[Annotated[str, Meta(min_length=1, max_length=200)], ...],
        Meta(max_length=MOST_ITEMS, description="The clauses that permit it.", examples=[["free-ruri-2026/4(1)"]]),
    ] = ()
    basis_of: Annotated[
        tuple[tuple[Annotated[int, Meta(ge=0, lt=MOST_ITEMS)], ...], ...],
        Meta(max_length=MOST_ITEMS, description="For each item, which of them.", examples=[[[0]]]),
    ] = ()
    handling: Annotated[
        str,
        Meta(
            pattern=r"^[0-4]*$(?!\n)",
            max_length=MOST_ITEMS,
            description="For each item, the TLP level at which its giver holds it, 0 (clear) to 4 (red): how an item "
            "is handled that carries no marking. Empty: nothing is stated.",
        ),
    ] = ""
    set_root: Annotated[Sha256 | None, Meta(description="Root of the set in which the own items are signed.")] = None

    def __post_init__(self) -> None:
        """Refuse a stretch without length, leaves of another form, and clauses that are not listed."""
        super().__post_init__()
        if self.upto <= self.after:
            raise RecordRejected("bad-field", "$.upto", "not after its beginning")
        count = len(self.leaf_list())
        if len(self.basis_of) != count:
            raise RecordRejected("bad-field", "$.basis_of", "one for each leaf")
        if any(place >= len(self.basis) for places in self.basis_of for place in places):
            raise RecordRejected("bad-field", "$.basis_of", "a clause that is not listed")
        if self.handling and len(self.handling) != count:
            raise RecordRejected("bad-field", "$.handling", "one for each leaf, or none")
        if (self.seq == 1) != (self.prev == FIRST_PREVIOUS):
            raise RecordRejected("bad-field", "$.prev", "zeros for the first statement, and for no other")

    def leaf_list(self) -> list[bytes]:
        """Give the leaves one by one.

        Raises:
            RecordRejected: bad-field.
        """
        try:
            raw = base64.b64decode(self.leaves, validate=True)
        except (binascii.Error, ValueError) as exc:
            raise RecordRejected("bad-field", "$.leaves", "not base64") from exc
        if len(raw) % _LEAF_BYTES or base64.b64encode(raw).decode() != self.leaves:
            raise RecordRejected("bad-field", "$.leaves", "not a number of whole leaves in canonical base64")
        return [raw[at : at + _LEAF_BYTES] for at in range(0, len(raw), _LEAF_BYTES)]


def leaf_text(leaves: list[bytes]) -> str:
    """Write leaves as a statement carries them."""
    return base64.b64encode(b"".join(leaves)).decode()
