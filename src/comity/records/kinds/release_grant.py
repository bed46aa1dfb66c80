"""Decides how an originator consents that named items go to named parties."""

from typing import Annotated, ClassVar

from msgspec import Meta

from comity.errors import RecordRejected
from comity.records.base import ItemId, Moment, Record, Sha256, ShortName, check_moment

MOST_ITEMS = 10_000


class ReleaseGrant(Record, frozen=True, kw_only=True, tag="x-comity-release-grant"):
    """The originator lifts its own control for these items and parties. It does not stand in for a clause."""

    extension: ClassVar[str] = "extension-definition--d4d7efea-9283-47bc-b514-67b709513453"

    ids: Annotated[
        tuple[ItemId, ...],
        Meta(
            max_length=MOST_ITEMS,
            description="Items in every version, by id.",
            examples=[["indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"]],
        ),
    ] = ()
    digests: Annotated[
        tuple[Sha256, ...],
        Meta(max_length=MOST_ITEMS, description="Items as exact bytes, by SHA-256 of the bytes received."),
    ] = ()
    leaves: Annotated[
        tuple[Sha256, ...],
        Meta(
            max_length=MOST_ITEMS,
            description="Versions, by the salted leaves by which they are stated: an id would outlive an erasure.",
        ),
    ] = ()
    to: Annotated[
        tuple[ShortName, ...],
        Meta(min_length=1, max_length=1_000, description="Who may have them.", examples=[["ruritania-csirt"]]),
    ]
    until: Annotated[Moment | None, Meta(description="The first instant at which the grant no longer holds.")] = None

    def __post_init__(self) -> None:
        """Refuse a grant of nothing."""
        super().__post_init__()
        check_moment("$.until", self.until)
        if not self.ids and not self.digests and not self.leaves:
            raise RecordRejected("bad-field", "$.ids", "a grant names at least one item")
