"""Decides how a party consents to be bound by an agreement: by naming the digest of the text."""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from comity.errors import RecordRejected
from comity.records.base import AgreementId, Moment, Record, Sentences, Sha256, ShortName, check_moment, check_recorded

Means = Literal["adherence", "signature", "ratification", "acceptance", "approval", "accession"]


class Adherence(Record, frozen=True, kw_only=True, tag="x-comity-adherence"):
    """A party consents to one text; or another (the depositary) records, with its evidence, that it did."""

    extension: ClassVar[str] = "extension-definition--d092e51d-2282-48e5-9e24-b503aa787ceb"

    agreement: AgreementId
    sha256: Annotated[Sha256, Meta(description="SHA-256 of the agreement text that is adhered to.")]
    party: Annotated[ShortName, Meta(description="The party that is bound.")]
    means: Annotated[
        Means,
        Meta(description="How it consents. A signature alone does not bind where the text asks for ratification."),
    ] = "adherence"
    provisional: Annotated[
        bool, Meta(description="With a signature: the text is applied until ratification, as far as it allows that.")
    ] = False
    reservations: Annotated[
        tuple[Annotated[str, Meta(min_length=1, max_length=60)], ...],
        Meta(max_length=200, description="The articles whose effect is excluded, as the text numbers them."),
    ] = ()
    full_powers: Annotated[
        Sentences | None, Meta(description="Who acted, and by what authority, as full powers name them.")
    ] = None
    effective_from: Annotated[Moment, Meta(description="From when on; the agreement's own dates hold besides.")]
    recorded_by: Annotated[ShortName | None, Meta(description="The issuer, when it records another's notice.")] = None
    evidence: Annotated[Sentences | None, Meta(description="What the recorder relies on; for a notice.")] = None

    def __post_init__(self) -> None:
        """Refuse a time on no calendar, and another's adherence without recorder and evidence."""
        super().__post_init__()
        check_moment("$.effective_from", self.effective_from)
        if self.provisional and self.means != "signature":
            raise RecordRejected("bad-field", "$.provisional", "only a signatory applies a text provisionally")
        if len(set(self.reservations)) != len(self.reservations):
            raise RecordRejected("bad-field", "$.reservations", "an article stands twice")
        check_recorded(self.issuer, self.party, self.recorded_by, self.evidence)
