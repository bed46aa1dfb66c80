"""Draws QR codes: as text for a terminal, as SVG for paper, and as bare squares for a page.

Error correction M, for paper that was folded.
"""

import io

import segno

MOST_BYTES = 1_500


def terminal_code(words: str) -> str:
    """Draw words as a QR code out of half blocks, with its quiet zone; dark on light."""
    drawn = io.StringIO()
    _code(words).terminal(out=drawn, compact=True, border=2)
    return drawn.getvalue()


def svg_code(words: str, title: str) -> bytes:
    """Draw words as a QR code in SVG, black on white, with a title for who cannot see it."""
    drawn = io.BytesIO()
    _code(words).save(drawn, kind="svg", scale=4, border=4, light="#fff", title=title, xmldecl=True)
    return drawn.getvalue()


def squares(words: str, border: int = 4) -> tuple[int, str]:
    """Give the side of a QR code in modules, quiet zone and all, and its dark modules as the path of an SVG."""
    code = _code(words)
    rows = enumerate(code.matrix_iter(border=border))
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in rows for x, dark in enumerate(row) if dark)
    return int(code.symbol_size(border=border)[0]), path


def _code(words: str) -> segno.QRCode:
    if len(words.encode()) > MOST_BYTES:
        raise ValueError(f"a QR code here holds {MOST_BYTES} bytes at most")
    return segno.make_qr(words, error="m")
