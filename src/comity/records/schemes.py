"""Decides what a marking of a national, European or NATO scheme means here: a level from 0 to 4, control, or refusal.

The schemes themselves are data (`catalogue/schemes.toml`); this module only looks texts up in them. Levels: 0
unclassified, 1 restricted, 2 confidential, 3 secret, 4 top secret.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping

import msgspec

from comity.values import Tlp

LONGEST_MARKING_TEXT = 200  # characters; a longer statement is prose, not a marking
_SPACES = re.compile(r"\s+")
_LEAD = re.compile(r"^(security )?classification ?: ?")


class SchemeLevel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One marking of a scheme and what it asks. `texts` are whole statements, compared without case or accents."""

    id: str
    texts: tuple[str, ...]
    classification: int = 0
    tlp: Tlp | None = None
    originator_control: bool = False
    refuses: bool = False  # a restriction the node cannot keep: nothing so marked is released


class Scheme(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A marking scheme. `definition_types` are the STIX `definition_type` names that announce it."""

    id: str
    title: str
    source: str
    checked: str
    verified: bool
    levels: tuple[SchemeLevel, ...]
    definition_types: tuple[str, ...] = ()


class Meaning(msgspec.Struct, frozen=True, kw_only=True):
    """What one marking text asks, by whichever schemes know it; the strictest when several do."""

    classification: int = 0
    tlp: Tlp | None = None
    originator_control: bool = False
    refuses: bool = False
    flags: tuple[str, ...] = ()


class SchemeIndex(msgspec.Struct, frozen=True):
    """The schemes by text and by announced type, ready for look-up."""

    by_text: Mapping[str, Meaning]
    by_type: Mapping[str, Mapping[str, Meaning]]

    def of_statement(self, text: str) -> Meaning | None:
        """Give the meaning of a whole statement, or None when no scheme knows it (a copyright notice, say)."""
        return _look_up(text, self.by_text)

    def of_type(self, definition_type: str, text: str) -> Meaning | None:
        """Give the meaning of a text announced as `definition_type`; None when the scheme or the text is not known."""
        texts = self.by_type.get(plain(definition_type))
        return None if texts is None else _look_up(text, texts)


def plain(text: str) -> str:
    """Give a marking's text without case, accents, repeated space and a leading "classification:"."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return _LEAD.sub("", _SPACES.sub(" ", bare).strip().casefold())


def index_schemes(schemes: Iterable[Scheme]) -> SchemeIndex:
    """Make the look-up of schemes; a text that two schemes know gets the stricter meaning."""
    by_text: dict[str, Meaning] = {}
    by_type: dict[str, dict[str, Meaning]] = {}
    for scheme in schemes:
        own: dict[str, Meaning] = {}
        for level in scheme.levels:
            meaning = Meaning(
                classification=level.classification,
                tlp=level.tlp,
                originator_control=level.originator_control,
                refuses=level.refuses,
                flags=(f"{scheme.id}:{level.id}",),
            )
            for text in map(plain, level.texts):
                own[text] = meaning
                by_text[text] = strictest((by_text[text], meaning)) if text in by_text else meaning
        for name in scheme.definition_types:
            by_type[plain(name)] = own
    return SchemeIndex(by_text, by_type)


def strictest(meanings: Iterable[Meaning]) -> Meaning:
    """Join meanings: each part as its strictest."""
    every = tuple(meanings)
    return Meaning(
        classification=max((m.classification for m in every), default=0),
        tlp=max((m.tlp for m in every if m.tlp is not None), default=None),
        originator_control=any(m.originator_control for m in every),
        refuses=any(m.refuses for m in every),
        flags=tuple(sorted({flag for m in every for flag in m.flags})),
    )


def _look_up(text: str, texts: Mapping[str, Meaning]) -> Meaning | None:
    if len(text) > LONGEST_MARKING_TEXT:
        return None
    whole = plain(text)
    if whole in texts:
        return texts[whole]
    level, *caveats = (part.strip() for part in whole.split("//"))
    if not caveats or level not in texts:
        return None
    # A caveat nobody here knows may be the one that forbids: it refuses.
    unread = Meaning(refuses=True, flags=("unread-caveat",))
    known = [_caveat(part, texts) or unread for part in caveats]
    return strictest((texts[level], *known))


def _caveat(part: str, texts: Mapping[str, Meaning]) -> Meaning | None:
    if part in texts:
        return texts[part]
    pieces = [texts.get(piece.strip()) for piece in part.split("/")]
    found = [piece for piece in pieces if piece is not None]
    return strictest(found) if len(found) == len(pieces) else None
