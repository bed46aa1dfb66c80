"""Decides by which words of its own an object is shown to people: its name, else what it says, else nothing.

What an object says of itself is a claim like all in it. Control characters and overlong words are left out.
"""

import msgspec

LONGEST_LABEL = 160


class _Said(msgspec.Struct, frozen=True):
    name: str | None = None
    value: str | None = None
    pattern: str | None = None
    abstract: str | None = None
    content: str | None = None
    opinion: str | None = None
    relationship_type: str | None = None
    path: str | None = None
    key: str | None = None
    subject: str | None = None
    user_id: str | None = None


def label_of(body: bytes) -> str:
    """Give the words by which an object is known, on one line; '' if it has none or cannot be read."""
    try:
        said = msgspec.json.decode(body, type=_Said)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    words = next((word for word in (getattr(said, field) for field in said.__struct_fields__) if word), "")
    plain = " ".join("".join(sign if sign.isprintable() else " " for sign in words).split())
    return plain if len(plain) <= LONGEST_LABEL else plain[: LONGEST_LABEL - 1] + "…"


def words_of(body: bytes) -> str:
    """Give what an object says at length: its description or content; '' if it says nothing."""
    try:
        said = msgspec.json.decode(body, type=_Described)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    return said.description or said.content or said.explanation or ""


class _Described(msgspec.Struct, frozen=True):
    description: str | None = None
    content: str | None = None
    explanation: str | None = None
