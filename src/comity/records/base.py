"""Decides what every act carries: who says it, when, in which world, and what it answers.

An act is what a party says or does as a party. It is a frozen Struct; a new kind is one file in `kinds/` and its line
in the index. Formats are stated once, here, as annotated types: decoder, JSON schema and reference page read them.
Patterns end in `$(?!\\n)`, since `$` alone lets a trailing line break pass in Python.
"""

from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from comity.errors import RecordRejected
from comity.records.approvals import MOST_APPROVALS, Approval
from comity.values import PartyName, instant

_END = r"$(?!\n)"

RecordId = Annotated[
    str,
    Meta(
        pattern=rf"^[0-9a-f]{{8}}-[0-9a-f]{{4}}-7[0-9a-f]{{3}}-[89ab][0-9a-f]{{3}}-[0-9a-f]{{12}}{_END}",
        description="A UUIDv7 made by the issuer; sending it again has no second effect.",
        examples=["01f2a3b4-c5d6-7e8f-9a0b-1c2d3e4f5a6b"],
    ),
]
ShortName = Annotated[
    PartyName,
    Meta(
        pattern=rf"^[a-z0-9]+(?:-[a-z0-9]+)*{_END}",
        max_length=80,
        description="A party's short name: lower case with hyphens.",
        examples=["freedonia-csirt"],
    ),
]
Moment = Annotated[
    str,
    Meta(
        pattern=rf"^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(?:\.[0-9]{{1,9}})?Z{_END}",
        description="An RFC 3339 time in UTC, kept as the text that was written.",
        examples=["2031-03-01T12:00:00.000Z"],
    ),
]
Sha256 = Annotated[
    str,
    Meta(
        pattern=rf"^[0-9a-f]{{64}}{_END}",
        description="A SHA-256 digest, 64 hexadecimal digits in lower case.",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    ),
]
PublicKey = Annotated[
    str,
    Meta(
        pattern=rf"^[0-9a-f]{{64}}{_END}",
        description="A raw Ed25519 public key, 64 hexadecimal digits in lower case.",
        examples=["d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"],
    ),
]
AgreementId = Annotated[
    str,
    Meta(
        pattern=rf"^[a-z0-9]+(?:[._-][a-z0-9]+)*{_END}",
        max_length=120,
        description="An agreement's identifier, as its text states it.",
        examples=["free-ruri-2026"],
    ),
]
ItemId = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=512,
        description="A STIX identifier as it was received, well formed or not.",
        examples=["indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"],
    ),
]
Label = Annotated[str, Meta(min_length=1, max_length=200, description="One line for people.")]
Sentences = Annotated[str, Meta(min_length=1, max_length=8_000, description="Text for people.")]
TlpWord = Literal["clear", "green", "amber", "amber+strict", "red"]


class Record(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", forbid_unknown_fields=False):
    """What every act carries. Made by its issuer; nothing here is filled in on reading."""

    extension: ClassVar[str] = ""  # id of the STIX extension definition of this kind; fixed for ever

    rid: RecordId
    issuer: Annotated[ShortName, Meta(description="The party whose act this is; its key signs.")]
    at: Annotated[Moment, Meta(description="When the issuer says it made this: a claim.")]
    exercise: Annotated[bool, Meta(description="True in an exercise; live and exercise never mix.", examples=[True])]
    re: Annotated[
        tuple[Sha256, ...],
        Meta(max_length=64, description="SHA-256 of the payloads that this act answers."),
    ] = ()
    approvals: Annotated[
        tuple[Approval, ...] | msgspec.UnsetType,
        Meta(description="Who approved this beside who asked for it; always the last field."),
    ] = msgspec.UNSET

    def __post_init__(self) -> None:
        """Refuse what a pattern cannot see; each kind adds its own.

        Raises:
            RecordRejected: with the path of the field.
        """
        check_moment("$.at", self.at)
        if self.approvals is not msgspec.UNSET and not 1 <= len(self.approvals) <= MOST_APPROVALS:
            raise RecordRejected("bad-field", "$.approvals", "1 to 4, or the field is not there")


def kind_of(act: Record | type[Record]) -> str:
    """Give the kind as it is written in `type`: `x-comity-adherence`."""
    return str(act.__struct_config__.tag)


def check_moment(path: str, text: str | None) -> None:
    """Refuse a time that is on no calendar, such as 30 February; absent is fine.

    Raises:
        RecordRejected: bad-field.
    """
    if text is None:
        return
    try:
        instant(text)
    except ValueError as exc:
        raise RecordRejected("bad-field", path, "no such time") from exc


def check_recorded(issuer: PartyName, party: PartyName, recorded_by: PartyName | None, evidence: str | None) -> None:
    """Refuse an act about a party that neither comes from it nor says who recorded it, and on what evidence.

    Raises:
        RecordRejected: bad-field.
    """
    if party == issuer:
        if recorded_by is not None:
            raise RecordRejected("bad-field", "$.recorded_by", "the party's own act is recorded by nobody else")
        return
    if recorded_by != issuer:
        raise RecordRejected("bad-field", "$.recorded_by", "another party's act names its recorder, who issues it")
    if not evidence:
        raise RecordRejected("bad-field", "$.evidence", "what another party did is recorded with the evidence")
