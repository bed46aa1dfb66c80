"""Decides in which language a door speaks, and finds the sentence in that language's catalogue.

A message is written in English where it is used, `text("{count} items kept", count=3)`, and looked up whole. Facts are
put in after translation, so a translator may reorder them. Catalogues are `locale/<language>/LC_MESSAGES/comity.po`,
read once and compiled in memory: there is no compiled file that could be out of date. A message without translation
appears in English. `en_XA` is the pseudo-locale that shows which words never went through here; `ar_XB` is the same for
what is read from right to left.
"""

import ast
import gettext
import io
import re
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import LiteralString

from comity.errors import ComityError

SOURCE_LANGUAGE = "en"
PSEUDO_LANGUAGE = "en_XA"
PSEUDO_LANGUAGES = (PSEUDO_LANGUAGE, "ar_XB")
_MO_MAGIC = 0x950412DE  # GNU gettext, MO file format
_PLACEHOLDER = re.compile(r"(\{[^{}]*\})")
_ACCENTED = str.maketrans(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    "ÅƁÇÐÉƑĜĤÎĴĶĻṀÑÖÞǪŔŠŢÛṼŴẊÝŽåƀçðéƒĝĥîĵķļɱñöþǫŕšţûṽŵẋýž",
)

_language: ContextVar[str] = ContextVar("comity_language", default=SOURCE_LANGUAGE)


def text(message: LiteralString, /, **facts: object) -> str:
    """Give the sentence in the language of this door, with the facts put in."""
    return _catalogue(_language.get()).gettext(message).format_map(facts)


def counted(one: LiteralString, many: LiteralString, /, count: int, **facts: object) -> str:
    """Give the sentence in the form that this number takes in this language; `{count}` is the number."""
    return _catalogue(_language.get()).ngettext(one, many, count).format_map({"count": count, **facts})


def told(error: ComityError) -> str:
    """Give an error's sentence in the language of this door; one without facts is taken as it stands."""
    sentence = _catalogue(_language.get()).gettext(error.message)
    return sentence.format_map(error.said) if error.said else sentence


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak this language until the block ends; in each thread and task for itself."""
    before = _language.set(language)
    try:
        yield
    finally:
        _language.reset(before)


@cache
def languages() -> tuple[str, ...]:
    """The languages that have a catalogue, with English first."""
    folders = files("comity").joinpath("locale").iterdir()
    return (SOURCE_LANGUAGE, *sorted(folder.name for folder in folders if _source(folder.name).is_file()))


def choose(wanted: Iterable[str]) -> str:
    """Give the first wanted language that there is: `pt_BR.UTF-8` or `pt-BR` finds pt_BR, else pt; English if none."""
    for tag in wanted:
        whole = re.split(r"[.@;]", tag.strip())[0].replace("-", "_")
        for name in (whole, whole.split("_")[0]):
            if name in languages() or name in PSEUDO_LANGUAGES:
                return name
    return SOURCE_LANGUAGE


class _Pseudo(gettext.NullTranslations):
    """Accents every letter, lengthens by a third as German or Finnish would, and brackets the sentence."""

    def gettext(self, message: str) -> str:
        parts = _PLACEHOLDER.split(message)
        told = "".join(part if part.startswith("{") else part.translate(_ACCENTED) for part in parts)
        return f"⟦{told}{'·' * (len(message) // 3)}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    if language in PSEUDO_LANGUAGES:
        return _Pseudo()
    if language not in languages() or language == SOURCE_LANGUAGE:
        return gettext.NullTranslations()
    return gettext.GNUTranslations(io.BytesIO(compiled(_source(language).read_text(encoding="utf-8"))))


def _source(language: str) -> Traversable:
    return files("comity").joinpath("locale", language, "LC_MESSAGES", "comity.po")


def facts_of(message: str) -> tuple[str, ...]:
    """The names of the facts that a message takes, each once, in order."""
    return tuple(dict.fromkeys(name.strip("{}").split(":")[0] for name in _PLACEHOLDER.findall(message)))


def entries(source: str) -> dict[str, str]:
    """Read the translated messages of a PO file; plural forms are joined by NUL, as gettext keeps them.

    Raises:
        ValueError: a line that is none of comment, keyword or continued string.
    """
    found: dict[str, str] = {}
    for block in re.split(r"\n\s*\n", source):
        fields: dict[str, str] = {}
        keyword = ""
        for line in block.split("\n"):
            match = re.fullmatch(r'(?:(msgid|msgid_plural|msgstr(?:\[\d\])?)\s+)?(".*")\s*', line)
            if match:
                keyword = match[1] or keyword
                fields[keyword] = fields.get(keyword, "") + str(ast.literal_eval(match[2]))
            elif line.strip() and not line.startswith("#"):
                raise ValueError(f"not a line of a PO file: {line[:60]!r}")
        forms = [told for name, told in sorted(fields.items()) if name.startswith("msgstr")]
        if forms and all(forms) and "#, fuzzy" not in block:
            plural = [fields["msgid_plural"]] if "msgid_plural" in fields else []
            found["\0".join([fields["msgid"], *plural])] = "\0".join(forms)
    return found


def compiled(source: str) -> bytes:
    """Compile a PO file to the bytes of an MO file: a header, two tables of (length, offset), then the strings."""
    pairs = sorted((key.encode(), told.encode()) for key, told in entries(source).items())
    count, start = len(pairs), 28
    offset = start + 16 * count
    tables: list[bytes] = []
    strings = b""
    for column in (0, 1):
        for pair in pairs:
            tables.append(struct.pack("<II", len(pair[column]), offset + len(strings)))
            strings += pair[column] + b"\0"
    header = struct.pack("<7I", _MO_MAGIC, 0, count, start, start + 8 * count, 0, offset)
    return header + b"".join(tables) + strings
