"""Decides how a party asks an originator to let one of its items go on to a third party."""

from typing import Annotated, ClassVar

from msgspec import Meta

from comity.errors import RecordRejected
from comity.records.base import ItemId, Record, Sentences, Sha256, ShortName

MOST_VERSIONS = 1_000


class ReleaseRequest(Record, frozen=True, kw_only=True, tag="x-comity-release-request"):
    """Who was given an item asks its originator to consent that it goes on. The answer is a grant, or a receipt."""

    extension: ClassVar[str] = "extension-definition--5b0c1f2e-7d3a-4c86-9f61-2ad0b84e6c17"

    of: Annotated[ShortName, Meta(description="The originator, who is asked.", examples=["ruritania-csirt"])]
    item: ItemId
    leaves: Annotated[
        tuple[Sha256, ...],
        Meta(
            min_length=1,
            max_length=MOST_VERSIONS,
            description="Versions, by the salted leaves by which they were stated to the issuer: it was given them.",
        ),
    ]
    to: Annotated[ShortName, Meta(description="To whom it would go on.", examples=["northwind-energy"])]
    reason: Annotated[Sentences, Meta(description="Why, for people.", examples=["The same server is in their grid."])]

    def __post_init__(self) -> None:
        """Refuse a request for who has it already."""
        super().__post_init__()
        if self.to in (self.of, self.issuer):
            raise RecordRejected("bad-field", "$.to", "who asks and who is asked have it already")
