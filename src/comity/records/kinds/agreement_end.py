"""Decides how an agreement ends, for all or for one party."""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from comity.records.base import AgreementId, Moment, Record, Sentences, Sha256, ShortName, check_moment, check_recorded


class AgreementEnd(Record, frozen=True, kw_only=True, tag="x-comity-agreement-end"):
    """A party states that an agreement ends. What was lawfully received stays, unless the text says otherwise."""

    extension: ClassVar[str] = "extension-definition--59ada934-4917-4035-9d7d-fedcd4f5c506"

    agreement: AgreementId
    sha256: Annotated[Sha256, Meta(description="SHA-256 of the agreement text that ends.")]
    ends_at: Annotated[Moment, Meta(description="The first instant at which it no longer holds.")]
    reason: Annotated[
        Literal["expiry", "denunciation", "withdrawal"],
        Meta(description="Its term ran out, it is denounced, or a party withdraws.", examples=["denunciation"]),
    ]
    party: Annotated[ShortName | None, Meta(description="Whose bond ends; none: it ends for all.")] = None
    recorded_by: Annotated[ShortName | None, Meta(description="The issuer, when it records another's notice.")] = None
    evidence: Annotated[Sentences | None, Meta(description="What the recorder relies on; for a notice.")] = None

    def __post_init__(self) -> None:
        """Refuse a time on no calendar, and another's notice without recorder and evidence."""
        super().__post_init__()
        check_moment("$.ends_at", self.ends_at)
        check_recorded(self.issuer, self.party or self.issuer, self.recorded_by, self.evidence)
