"""Decides how a node writes down what an officer of a party without a node said there: in its own name."""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from comity.errors import RecordRejected
from comity.records.base import ItemId, Label, Moment, Record, Sentences, Sha256, ShortName, check_moment
from comity.records.kinds.receipt import MOST_NAMED

GuestLevel = Literal["seen", "accepted", "declined", "need-time"]


class GuestReceipt(Record, frozen=True, kw_only=True, tag="x-comity-guest-receipt"):
    """The issuer's node recorded what an officer of another party said there. The party has not signed it.

    It shows what the issuer's node was told by whoever had signed in for the party, and no more.
    """

    extension: ClassVar[str] = "extension-definition--6e1f3c0a-92d4-4b57-8a3e-c1f05d7b2e94"

    party: Annotated[ShortName, Meta(description="Whose officer said it.", examples=["northwind-energy"])]
    level: Annotated[GuestLevel, Meta(description="What was said. `need-time` says until when.", examples=["seen"])]
    of: Annotated[
        tuple[Sha256, ...],
        Meta(
            min_length=1,
            max_length=MOST_NAMED,
            description="SHA-256 of what it speaks of: the bytes as they were shown to the party, or an act's payload.",
        ),
    ]
    about: Annotated[ItemId, Meta(description="STIX id of it, for people; `of` decides what is meant.")]
    by: Annotated[Label, Meta(description="The office of who said it.", examples=["Control room, Northwind"])]
    reason: Annotated[Sentences | None, Meta(description="Why; needed to decline.")] = None
    until: Annotated[Moment | None, Meta(description="By when an answer follows; with `need-time`.")] = None

    def __post_init__(self) -> None:
        """Refuse a party that speaks for itself here, a refusal without a reason, and a date out of its place."""
        super().__post_init__()
        check_moment("$.until", self.until)
        if self.party == self.issuer:
            raise RecordRejected("bad-field", "$.party", "a party with a node signs its own receipts")
        if self.level == "declined" and not self.reason:
            raise RecordRejected("bad-field", "$.reason", "who declines says why")
        if (self.until is not None) != (self.level == "need-time"):
            raise RecordRejected("bad-field", "$.until", "a date goes with `need-time`, and with nothing else")
