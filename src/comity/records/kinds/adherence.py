"""Decides how a party consents to be bound by an agreement: by naming the digest of the text."""

from typing import Annotated, ClassVar

from msgspec import Meta

from comity.records.base import AgreementId, Moment, Record, Sentences, Sha256, ShortName, check_moment, check_recorded


class Adherence(Record, frozen=True, kw_only=True, tag="x-comity-adherence"):
    """A party binds itself to one text; or another records, with its evidence, that it did."""

    extension: ClassVar[str] = "extension-definition--d092e51d-2282-48e5-9e24-b503aa787ceb"

    agreement: AgreementId
    sha256: Annotated[Sha256, Meta(description="SHA-256 of the agreement text that is adhered to.")]
    party: Annotated[ShortName, Meta(description="The party that is bound.")]
    effective_from: Annotated[Moment, Meta(description="From when on; the agreement's own dates hold besides.")]
    recorded_by: Annotated[ShortName | None, Meta(description="The issuer, when it records another's notice.")] = None
    evidence: Annotated[Sentences | None, Meta(description="What the recorder relies on; for a notice.")] = None

    def __post_init__(self) -> None:
        """Refuse a time on no calendar, and another's adherence without recorder and evidence."""
        super().__post_init__()
        check_moment("$.effective_from", self.effective_from)
        check_recorded(self.issuer, self.party, self.recorded_by, self.evidence)
