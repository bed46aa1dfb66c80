"""Puts sentences of the catalogue into pages: what is put in is text unless it was made here as markup.

The only file that makes markup out of strings; templates have no way to mark a text as safe.
"""

import re

from markupsafe import Markup, escape

from comity.texts import text as _text
from comity.values import Instant, iso
from comity.wire.qr import squares

_PIXELS = 4  # a module
_PLACE = re.compile("\0([a-z_]+)\0")
LETTERS_RIGHT_TO_LEFT = frozenset(("ar", "fa", "he", "ur", "yi", "ps", "sd", "ckb"))


def marked(message: str, /, **facts: object) -> Markup:
    """Give a sentence whose facts may be markup, as `<b>` or a link; a fact that is text is escaped."""
    blank = {name: f"\0{name}\0" for name in facts}
    told = str(escape(_text(message, **blank)))
    # In one pass: what a fact says is never looked at again.
    return Markup(_PLACE.sub(lambda place: str(escape(facts[place[1]])), told))  # noqa: S704  # all parts are escaped


def qr_code(words: str) -> Markup:
    """Draw words as a QR code in SVG without style or script: black squares on white, named for who listens."""
    side, dark = squares(words)
    title = _text("QR code for the authenticator; the same stands below in letters")
    return Markup(
        '<svg role="img" width="{size}" height="{size}" viewBox="0 0 {side} {side}" aria-label="{title}">'
        '<rect width="{side}" height="{side}" fill="#fff" stroke="none"/>'
        '<path fill="#000" stroke="none" d="{squares}"/></svg>'
    ).format(size=side * _PIXELS, side=side, title=title, squares=dark)


def minute(moment: Instant | str) -> str:
    """Write an instant to the minute, as people read it: `2031-04-24 09:42 UTC`."""
    written = moment if isinstance(moment, str) else iso(moment)
    return f"{written[:10]} {written[11:16]} UTC"


def direction(language: str) -> str:
    """Give the direction in which a language is read."""
    return "rtl" if language.split("_", maxsplit=1)[0] in LETTERS_RIGHT_TO_LEFT else "ltr"
