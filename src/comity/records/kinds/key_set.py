"""Decides how a party states its keys: which key is for what, from when until when, and since when one is suspect.

Signed by the root key alone. A later statement replaces an earlier one by its serial; each repeats the keys that still
count. A key that a later statement no longer names ends when that statement was made.
"""

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from comity.errors import RecordRejected
from comity.records.base import Moment, PublicKey, Record, check_moment
from comity.values import instant

MOST_KEYS = 32
LARGEST_SERIAL = 2**53 - 1  # what every reader of JSON understands alike


class StatedKey(msgspec.Struct, frozen=True, kw_only=True):
    """One key under the root key. A reader passes over uses it does not know."""

    use: Annotated[
        str,
        Meta(
            pattern=r"^[a-z]+(?:-[a-z]+)*$(?!\n)",
            max_length=32,
            description=(
                "`record` signs acts, `log` checkpoints; `encryption` is an X25519 key, `tls-pin` the SHA-256 of a "
                "server's public key (its SubjectPublicKeyInfo)."
            ),
            examples=["record"],
        ),
    ]
    public: PublicKey
    valid_from: Annotated[Moment, Meta(description="From when on it counts.")]
    valid_until: Annotated[
        Moment | None,
        Meta(description="Until when it counts; none: until a later statement.", examples=["2032-03-01T12:00:00.000Z"]),
    ] = None
    suspect_from: Annotated[
        Moment | None,
        Meta(
            description="Since when others may have had it; nothing first seen then or later counts.",
            examples=["2031-06-01T00:00:00.000Z"],
        ),
    ] = None


class KeySet(Record, frozen=True, kw_only=True, tag="x-comity-key-set"):
    """A party states, by its root key, the keys that it speaks with."""

    extension: ClassVar[str] = "extension-definition--78c873eb-261c-41f7-b0b4-c49ea398a5fd"

    serial: Annotated[
        int,
        Meta(ge=1, le=LARGEST_SERIAL, description="Grows with each statement; a lower one is refused.", examples=[2]),
    ]
    root_key: Annotated[PublicKey, Meta(description="The key that signs this.", examples=["ab" * 32])]
    keys: Annotated[
        tuple[StatedKey, ...], Meta(min_length=1, max_length=MOST_KEYS, description="Every key that counts or counted.")
    ]

    def __post_init__(self) -> None:
        """Refuse times on no calendar, a validity that ends before it begins, and a key that stands twice."""
        super().__post_init__()
        for place, key in enumerate(self.keys):
            path = f"$.keys[{place}]"
            check_moment(f"{path}.valid_from", key.valid_from)
            check_moment(f"{path}.valid_until", key.valid_until)
            check_moment(f"{path}.suspect_from", key.suspect_from)
            if key.valid_until is not None and instant(key.valid_until) <= instant(key.valid_from):
                raise RecordRejected("bad-field", f"{path}.valid_until", "it ends before it begins")
            if key.public == self.root_key:
                raise RecordRejected("bad-field", f"{path}.public", "the root key is for nothing else")
            # One key for two uses could make a signature for one count for the other.
            if any(key.public == other.public for other in self.keys[:place]):
                raise RecordRejected("bad-field", f"{path}.public", "this key stands twice")
