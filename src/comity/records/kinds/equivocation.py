"""Decides how a proof travels that a party said two things at once: the two signed statements, nothing else."""

from typing import Annotated, ClassVar

from msgspec import Meta

from comity.errors import RecordRejected
from comity.records.base import Record, ShortName

_ENVELOPE = Meta(min_length=2, max_length=300_000, examples=["{}"])


class Equivocation(Record, frozen=True, kw_only=True, tag="x-comity-equivocation"):
    """A party holds two envelopes of another that cannot both stand. Anyone can check them by that party's keys."""

    extension: ClassVar[str] = "extension-definition--1eee2a71-05be-4753-a865-abcf60ac048c"

    by: Annotated[ShortName, Meta(description="Who said both.", examples=["ruritania-csirt"])]
    first: Annotated[str, _ENVELOPE, Meta(description="The one envelope, to the last byte.")]
    second: Annotated[str, _ENVELOPE, Meta(description="The other.", examples=["[]"])]

    def __post_init__(self) -> None:
        """Refuse one thing said once."""
        super().__post_init__()
        if self.first == self.second:
            raise RecordRejected("bad-field", "$.second", "the same envelope twice proves nothing")
