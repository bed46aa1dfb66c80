"""Decides how a party signs many items at once: the root of a tree over salted leaves."""

from typing import Annotated, ClassVar

from msgspec import Meta

from comity.errors import RecordRejected
from comity.records.base import Record, Sha256
from comity.records.sets import LARGEST, SMALLEST


class ItemSet(Record, frozen=True, kw_only=True, tag="x-comity-item-set"):
    """The issuer vouches for each item whose salted leaf leads to this root, as coming from it in these bytes."""

    extension: ClassVar[str] = "extension-definition--0a0b1975-0b13-424d-83ef-f1361f60af85"

    root: Annotated[Sha256, Meta(description="Root of the tree, RFC 6962 hashing.")]
    size: Annotated[
        int, Meta(ge=SMALLEST, le=LARGEST, description="Leaves, padding and all: a power of two.", examples=[1024])
    ]

    def __post_init__(self) -> None:
        """Refuse a size that no set has."""
        super().__post_init__()
        if self.size.bit_count() != 1:
            raise RecordRejected("bad-field", "$.size", "not a power of two")
