"""Decides how a party takes back what it gave: which items, why, and by when."""

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from comity.records.base import ItemId, Moment, Record, Sentences, Sha256, check_moment

MOST_ITEMS = 10_000


class RetractedItem(msgspec.Struct, frozen=True, kw_only=True):
    """One item taken back: all versions, one version, or exact bytes."""

    id: ItemId
    version: Annotated[
        Annotated[str, Meta(max_length=64)] | None,
        Meta(description="`modified` as received; none: every version.", examples=["2031-02-01T00:00:00Z"]),
    ] = None
    sha256: Annotated[Sha256 | None, Meta(description="Digest of the exact bytes; none: whatever bytes.")] = None


class Retraction(Record, frozen=True, kw_only=True, tag="x-comity-retraction"):
    """The originator takes items back from those who were served them."""

    extension: ClassVar[str] = "extension-definition--052abeb5-08eb-4362-9621-b26049439549"

    items: Annotated[
        tuple[RetractedItem, ...], Meta(min_length=1, max_length=MOST_ITEMS, description="What is taken back.")
    ]
    reason: Annotated[Sentences, Meta(description="Why, for people.", examples=["The address belongs to a bystander."])]
    deadline: Annotated[
        Moment | None,
        Meta(description="By when recipients answer; none: none is set.", examples=["2031-03-08T12:00:00.000Z"]),
    ] = None

    def __post_init__(self) -> None:
        """Refuse a deadline on no calendar."""
        super().__post_init__()
        check_moment("$.deadline", self.deadline)
