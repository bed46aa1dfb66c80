"""Decides what became of each object of a submission, from what its server says.

A server may list objects, or only count them, or speak of others: only what it says of an object that was sent, in the
version that was sent, counts for it. Of what it neither lists nor counts nobody knows, and that is said.

Source: TAXII 2.1 §4.3.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from comity.values import stix_us

Fate = Literal["taken", "pending", "failed", "unknown"]

NOT_SAID = "the server does not say what became of it"
STILL_PENDING = "the server calls the whole complete and this pending"


class Sent(msgspec.Struct, frozen=True):
    """One object that was sent. The version is empty for an object that has none."""

    id: str
    version: str


class Word(msgspec.Struct, frozen=True):
    """What a server says of one object."""

    id: str
    version: str = ""
    message: str = ""


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What a server says of a submission; its counts may be of more than it lists."""

    complete: bool
    successes: int
    failures: int
    taken: tuple[Word, ...] = ()
    refused: tuple[Word, ...] = ()
    waiting: tuple[Word, ...] = ()


class Outcome(msgspec.Struct, frozen=True):
    """What became of one object, and the server's words."""

    fate: Fate
    words: str = ""


def judge_status(sent: Sequence[Sent], said: Said) -> list[Outcome]:
    """Say for each object, in its order, what became of it. Where a server contradicts itself the worse word counts."""
    refused, waiting, taken = (_by_place(sent, words) for words in (said.refused, said.waiting, said.taken))
    listed = refused.keys() | waiting.keys() | taken.keys()
    silent = len(sent) - len(listed)
    # Counted without being listed: then the counts must leave no doubt. What is listed of others is counted for them.
    counted = said.failures <= len(said.refused) and said.successes - len(said.taken) >= silent
    return [_outcome(n, said, refused, waiting, taken, counted) for n in range(len(sent))]


def _outcome(
    place: int, said: Said, refused: dict[int, str], waiting: dict[int, str], taken: dict[int, str], counted: bool
) -> Outcome:
    if place in refused:
        return Outcome("failed", refused[place])
    if place in waiting:
        return Outcome("unknown", waiting[place] or STILL_PENDING) if said.complete else Outcome("pending")
    if place in taken:
        return Outcome("taken")
    if not said.complete:
        return Outcome("pending")
    return Outcome("taken") if counted else Outcome("unknown", NOT_SAID)


def _by_place(sent: Sequence[Sent], words: Iterable[Word]) -> dict[int, str]:
    places: dict[str, list[int]] = {}
    for n, one in enumerate(sent):
        places.setdefault(one.id, []).append(n)
    return {
        n: word.message for word in words for n in places.get(word.id, ()) if is_version(word.version, sent[n].version)
    }


def is_version(told: str, sent: str) -> bool:
    """Is the version that a server names the one that was sent? An object without one takes the server's date."""
    if not told or not sent or told == sent:
        return True
    try:
        return stix_us(told) == stix_us(sent)
    except ValueError:
        return False
