"""Decides how a party acknowledges: what it has stored, and what an officer says of it."""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from comity.errors import RecordRejected
from comity.records.base import ItemId, Label, Moment, Record, Sentences, Sha256, ShortName, check_moment

MOST_NAMED = 1_000
Level = Literal["stored", "seen", "accepted", "declined", "need-time"]


class Receipt(Record, frozen=True, kw_only=True, tag="x-comity-receipt"):
    """A party acknowledges what it received. `stored` is said by its node, and says nothing of what anybody knows.

    All other levels are an officer's acts and name the office: a node never says them by itself.
    """

    extension: ClassVar[str] = "extension-definition--15d504bb-80ce-432a-95f6-3ccca852e226"

    to: Annotated[ShortName, Meta(description="Whom it answers.", examples=["freedonia-csirt"])]
    level: Annotated[
        Level,
        Meta(description="What is acknowledged. `need-time` says until when.", examples=["stored"]),
    ]
    of: Annotated[
        tuple[Sha256, ...],
        Meta(
            min_length=1,
            max_length=MOST_NAMED,
            description="SHA-256 of what is acknowledged: a statement's or an act's payload, or an item's bytes.",
        ),
    ]
    about: Annotated[
        ItemId | None, Meta(description="STIX id of it, for people; `of` decides what is acknowledged.")
    ] = None
    by: Annotated[Label | None, Meta(description="The office of who says so; none for `stored`.")] = None
    reason: Annotated[Sentences | None, Meta(description="Why; needed to decline.")] = None
    until: Annotated[Moment | None, Meta(description="By when an answer follows; with `need-time`.")] = None

    def __post_init__(self) -> None:
        """Refuse a node that speaks for officers, and an officer without an office, a reason or a date."""
        super().__post_init__()
        check_moment("$.until", self.until)
        if (self.by is None) != (self.level == "stored"):
            raise RecordRejected("bad-field", "$.by", "`stored` is said by a node, all else by an office")
        if self.level == "declined" and not self.reason:
            raise RecordRejected("bad-field", "$.reason", "who declines says why")
        if (self.until is not None) != (self.level == "need-time"):
            raise RecordRejected("bad-field", "$.until", "a date goes with `need-time`, and with nothing else")
