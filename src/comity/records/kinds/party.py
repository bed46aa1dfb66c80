"""Decides how a party presents itself: its names, what it is, whom it acts for, and the keys it speaks with."""

from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from comity.errors import RecordRejected
from comity.records.base import Label, PublicKey, Record, ShortName, TlpWord


class PartyKey(msgspec.Struct, frozen=True, kw_only=True):
    """One key under the party's root key. A reader passes over uses it does not know."""

    use: Annotated[
        str,
        Meta(
            pattern=r"^[a-z]+(?:-[a-z]+)*$(?!\n)",
            max_length=32,
            description="What it is for: `record` signs acts.",
            examples=["record"],
        ),
    ]
    public: PublicKey


class Party(Record, frozen=True, kw_only=True, tag="x-comity-party"):
    """A party states who it is; or a node records a party that has no node of its own."""

    extension: ClassVar[str] = "extension-definition--172fb479-513e-49b2-b4e5-e88e50f0f2af"

    name: Annotated[ShortName, Meta(description="Short name; the issuer itself, or the party that it records.")]
    title: Annotated[Label, Meta(description="Name in full, for people.", examples=["Freedonia CSIRT"])]
    kind: Annotated[
        Literal["state", "authority", "company", "organisation"],
        Meta(description="A state is the legal person; its CSIRT or ministry is an authority.", examples=["authority"]),
    ]
    acts_for: Annotated[
        ShortName | None,
        Meta(description="The state whose authority this is.", examples=["freedonia"]),
    ] = None
    root_key: Annotated[
        PublicKey | None,
        Meta(
            description="Root key; none for a party that only reads.",
            examples=["d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"],
        ),
    ] = None
    keys: Annotated[
        tuple[PartyKey, ...],
        Meta(
            max_length=32,
            description="The keys in use under the root key.",
            examples=[
                [{"use": "record", "public": "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"}]
            ],
        ),
    ] = ()
    default_tlp: Annotated[
        TlpWord | None,
        Meta(description="What an unmarked item of this party counts as.", examples=["amber"]),
    ] = None

    def __post_init__(self) -> None:
        """Refuse a party that acts for itself, or anyone but an authority acting for a state."""
        super().__post_init__()
        if self.acts_for is not None and (self.kind != "authority" or self.acts_for == self.name):
            raise RecordRejected("bad-field", "$.acts_for", "an authority acts for a state, nobody else does")
        if self.keys and self.root_key is None:
            raise RecordRejected("bad-field", "$.root_key", "keys need the root key that they stand under")
