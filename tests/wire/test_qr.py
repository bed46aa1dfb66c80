import xml.etree.ElementTree as ElementTree

import pytest
import segno

from comity.wire.qr import MOST_BYTES, squares, svg_code, terminal_code

WORDS = "COMITY EXERCISE freedonia-csirt\n" + " ".join(["12345"] * 12) + "\nhttps://hub.freedonia.example/taxii2/"


def test_the_terminal_shows_a_square_with_its_three_corners() -> None:
    lines = terminal_code(WORDS).rstrip("\n").split("\n")
    assert {len(line) for line in lines} == {len(lines[0])}
    assert len(lines) in (len(lines[0]) // 2, len(lines[0]) // 2 + 1)
    corner = "█ ▄▄▄▄▄ █"
    assert lines[1].count(corner) == 2
    assert corner in lines[-4] or corner in lines[-5] or any(corner in line for line in lines[-6:])
    assert terminal_code(WORDS) != terminal_code(WORDS[:-1])


def test_the_drawing_is_svg_with_a_title() -> None:
    root = ElementTree.fromstring(svg_code(WORDS, "Root key of <freedonia>"))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.findtext("{http://www.w3.org/2000/svg}title") == "Root key of <freedonia>"


def test_more_than_a_code_holds_is_refused() -> None:
    with pytest.raises(ValueError, match="1500 bytes"):
        terminal_code("x" * (MOST_BYTES + 1))


def test_bare_squares_are_those_of_the_drawing() -> None:
    side, path = squares("otpauth://totp/x", border=0)
    code = segno.make_qr("otpauth://totp/x", error="m")
    assert side == code.symbol_size(border=0)[0]
    assert path.count("M") == sum(map(sum, code.matrix))
    assert path.startswith("M0 0h1v1h-1z")
