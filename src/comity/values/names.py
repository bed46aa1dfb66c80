"""Decides what a party's short name is: its name in lower case with hyphens."""

import re
import unicodedata
from typing import NewType

PartyName = NewType("PartyName", str)

_SHORT = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
LONGEST_NAME = 80


def party_name(title: str) -> PartyName:
    """Give the short name of a party: letters without accents, lower case, hyphens for everything else.

    Raises:
        ValueError: nothing is left, or more than 80 characters are.
    """
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    short = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if not _SHORT.fullmatch(short) or len(short) > LONGEST_NAME:
        raise ValueError(f"no short name can be made of {title[:LONGEST_NAME]!r}")
    return PartyName(short)
