"""Decides how the text of an agreement is laid before the parties: the very text, and its digest."""

import hashlib
from typing import Annotated, ClassVar

from msgspec import Meta

from comity.errors import RecordRejected
from comity.records.base import AgreementId, Record, Sha256

LONGEST_TEXT = 500_000

_EXAMPLE = 'id = "free-ruri-2026"\nparties = ["freedonia-csirt", "ruritania-csirt"]\n'


class Agreement(Record, frozen=True, kw_only=True, tag="x-comity-agreement"):
    """A party lays a text before others. Nobody is bound by this: see adherence."""

    extension: ClassVar[str] = "extension-definition--589d94d8-e47b-4314-a648-8edc72f1209a"

    agreement: AgreementId
    text: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=LONGEST_TEXT,
            description="The agreement in TOML, to the last character.",
            examples=[_EXAMPLE],
        ),
    ]
    sha256: Annotated[
        Sha256,
        Meta(
            description="SHA-256 of the text in UTF-8.",
            examples=[hashlib.sha256(_EXAMPLE.encode()).hexdigest()],
        ),
    ]

    def __post_init__(self) -> None:
        """Refuse a digest that is not the text's."""
        super().__post_init__()
        if hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest() != self.sha256:
            raise RecordRejected("digest-mismatch", "$.sha256", "not the digest of this text")
