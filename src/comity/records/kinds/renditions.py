"""Decides how a node vouches for items that it sends otherwise than as received: by the digests of what it sent."""

from typing import Annotated, ClassVar

from msgspec import Meta

from comity.errors import RecordRejected
from comity.records.base import Record, Sha256, ShortName

MOST_ITEMS = 1_000


class Renditions(Record, frozen=True, kw_only=True, tag="x-comity-renditions"):
    """The issuer states what it made of delivered items for this reader: upgraded, redacted, without references.

    Nobody but the issuer vouches for a rendition: the originator signed other bytes.
    """

    extension: ClassVar[str] = "extension-definition--3f868a25-0144-4bbd-84fe-a6b4308842fe"

    to: Annotated[ShortName, Meta(description="The reader.", examples=["ruritania-csirt"])]
    stream: Annotated[
        str, Meta(min_length=1, max_length=64, description="Id of the collection.", examples=["6e4b4b5a"])
    ]
    seq: Annotated[int, Meta(ge=1, le=2**53, description="Number of the statement that lists the items.", examples=[1])]
    places: Annotated[
        tuple[Annotated[int, Meta(ge=0, lt=MOST_ITEMS)], ...],
        Meta(min_length=1, max_length=MOST_ITEMS, description="Which of its items.", examples=[[0]]),
    ]
    digests: Annotated[
        tuple[Sha256, ...],
        Meta(min_length=1, max_length=MOST_ITEMS, description="SHA-256 of the bytes sent for each, in that order."),
    ]

    def __post_init__(self) -> None:
        """Refuse an item without its digest, and one named twice."""
        super().__post_init__()
        if len(self.places) != len(self.digests) or len(set(self.places)) != len(self.places):
            raise RecordRejected("bad-field", "$.places", "each item once, with its digest")
