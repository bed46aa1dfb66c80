"""Decides how an agreement is suspended, for all or for one party, and taken up again."""

from typing import Annotated, ClassVar

from msgspec import Meta

from comity.errors import RecordRejected
from comity.records.base import AgreementId, Moment, Record, Sentences, Sha256, ShortName, check_moment, check_recorded
from comity.values import instant


class AgreementSuspension(Record, frozen=True, kw_only=True, tag="x-comity-agreement-suspension"):
    """A party states that an agreement rests. With `re` naming that statement, it states when the rest ends."""

    extension: ClassVar[str] = "extension-definition--769ec651-0f99-4e6e-b878-21e685fc2cd9"

    agreement: AgreementId
    sha256: Annotated[Sha256, Meta(description="SHA-256 of the agreement text that rests.")]
    party: Annotated[ShortName | None, Meta(description="For whom it rests; none: for all.")] = None
    starts_at: Annotated[Moment, Meta(description="The first instant at which it rests.")]
    ends_at: Annotated[Moment | None, Meta(description="The first instant at which it rests no more, if known.")] = None
    reason: Annotated[Sentences, Meta(description="Why, for the other parties.", examples=["Breach of article 5."])]
    recorded_by: Annotated[ShortName | None, Meta(description="The issuer, when it records another's notice.")] = None
    evidence: Annotated[Sentences | None, Meta(description="What the recorder relies on; for a notice.")] = None

    def __post_init__(self) -> None:
        """Refuse times on no calendar or in the wrong order, and another's notice without recorder and evidence."""
        super().__post_init__()
        check_moment("$.starts_at", self.starts_at)
        check_moment("$.ends_at", self.ends_at)
        if self.ends_at is not None and instant(self.ends_at) <= instant(self.starts_at):
            raise RecordRejected("bad-field", "$.ends_at", "before it starts")
        check_recorded(self.issuer, self.party or self.issuer, self.recorded_by, self.evidence)
