"""Decides what a party hands over at first contact: who it is, its root key, where it is reached, and its keys now."""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from comity.errors import RecordRejected
from comity.records.base import Label, Moment, PublicKey, Record, ShortName, check_moment

LONGEST_KEY_SET = 32 * 1024

Endpoint = Annotated[
    str,
    Meta(
        pattern=r"^https?://[!-~]+$(?!\n)",
        max_length=500,
        description="The URL of a TAXII discovery.",
        examples=["https://hub.freedonia.example/taxii2/"],
    ),
]


class Anchor(Record, frozen=True, kw_only=True, tag="x-comity-anchor"):
    """A party introduces itself by its root key, in a file that is carried by hand."""

    extension: ClassVar[str] = "extension-definition--0fcb2d3e-af11-4ed3-96be-092b80b61e88"

    title: Annotated[Label, Meta(description="Name in full, for people.", examples=["Freedonia CSIRT"])]
    kind: Annotated[
        Literal["state", "authority", "company", "organisation"],
        Meta(description="What the party is.", examples=["authority"]),
    ]
    acts_for: Annotated[
        ShortName | None, Meta(description="The state whose authority this is.", examples=["freedonia"])
    ] = None
    root_key: Annotated[PublicKey, Meta(description="The key that signs this; its fingerprint is read out.")]
    endpoints: Annotated[
        tuple[Endpoint, ...], Meta(max_length=8, description="Where the party's node is reached.")
    ] = ()
    key_set: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=LONGEST_KEY_SET,
            description="The envelope of the party's newest `x-comity-key-set`, as text.",
        ),
    ]
    valid_until: Annotated[
        Moment, Meta(description="Until when it may be accepted.", examples=["2031-06-01T12:00:00.000Z"])
    ]

    def __post_init__(self) -> None:
        """Refuse a time on no calendar, and anyone but an authority acting for a state."""
        super().__post_init__()
        check_moment("$.valid_until", self.valid_until)
        if self.acts_for is not None and (self.kind != "authority" or self.acts_for == self.issuer):
            raise RecordRejected("bad-field", "$.acts_for", "an authority acts for a state, nobody else does")
