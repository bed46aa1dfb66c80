"""Decides how the erasure of content is written down: that it was done, why and on whose order, and no content."""

from typing import Annotated, ClassVar

from msgspec import Meta

from comity.errors import RecordRejected
from comity.records.base import AgreementId, Label, Moment, Record, Sentences, Sha256, check_moment

MOST_ITEMS = 10_000


class Erasure(Record, frozen=True, kw_only=True, tag="x-comity-erasure"):
    """A party states that it erased items. The texts must not repeat what was erased."""

    extension: ClassVar[str] = "extension-definition--4bc6a355-96b3-44b3-906a-cd38a35e8976"

    items: Annotated[
        tuple[Sha256, ...],
        Meta(
            min_length=1,
            max_length=MOST_ITEMS,
            # A bare digest of an address or a hash value could be found again by trying them all.
            description="Salted digests of the items' keys, from which content cannot be guessed.",
        ),
    ]
    reason: Annotated[
        Sentences, Meta(description="Why, without the content.", examples=["Personal data of a bystander."])
    ]
    ordered_by: Annotated[Label, Meta(description="Who ordered it.", examples=["Data protection officer, Freedonia"])]
    leaves: Annotated[
        tuple[Sha256, ...],
        Meta(
            max_length=MOST_ITEMS,
            description="Leaves by which the items were stated to the reader this goes to: it erases its copies.",
        ),
    ] = ()
    deadline: Annotated[
        Moment | None,
        Meta(description="By when the reader answers; none: none is set.", examples=["2031-03-08T12:00:00.000Z"]),
    ] = None
    answers: Annotated[
        Sha256 | None, Meta(description="SHA-256 of the payload of the erasure that this one carries out.")
    ] = None
    agreement: Annotated[
        AgreementId | None,
        Meta(description="The agreement that has ended and asks for it.", examples=["free-ruri-2026"]),
    ] = None
    erased: Annotated[
        tuple[Sha256, ...],
        Meta(
            max_length=MOST_ITEMS,
            description="Leaves by which the reader this goes to had stated them: the issuer holds them no more.",
            examples=[["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"]],
        ),
    ] = ()

    def __post_init__(self) -> None:
        """Refuse a deadline on no calendar, and what is done under an agreement without saying of what."""
        super().__post_init__()
        check_moment("$.deadline", self.deadline)
        if (self.agreement is None) == bool(self.erased):
            raise RecordRejected("bad-field", "$.erased", "goes with `agreement`")
