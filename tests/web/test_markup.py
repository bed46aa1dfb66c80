"""Tests that sentences put into pages are text, whatever is put into them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from comity.texts import speaking
from comity.values import Instant
from comity.web.markup import direction, marked, minute, qr_code


def test_what_was_made_as_markup_stays_and_all_else_is_text() -> None:
    told = marked("{who} & {what}", who=Markup("<b>Mara</b>"), what="<script>alert(1)</script>")
    assert told == "<b>Mara</b> &amp; &lt;script&gt;alert(1)&lt;/script&gt;"


@given(st.text(), st.text())
def test_no_fact_becomes_markup_or_takes_anothers_place(one: str, two: str) -> None:
    told = marked("{one}|{two}", one=one, two=two)
    assert "<" not in told and '"' not in told
    assert Markup(told).unescape() == f"{one}|{two}"


def test_a_sentence_is_told_in_the_language_of_the_door() -> None:
    with speaking("en_XA"):
        assert marked("Stops with {what}", what=Markup("<b>x</b>")) == "⟦Šţöþš ŵîţĥ <b>x</b>·····⟧"


def test_a_picture_for_an_authenticator_has_no_style_and_does_not_hold_the_words() -> None:
    drawn = qr_code("otpauth://totp/x?secret=JBSWY3DP")
    assert drawn.startswith('<svg role="img"') and "style" not in drawn and "JBSWY3DP" not in drawn
    assert 'aria-label="QR code' in drawn


def test_a_minute_is_written_with_its_zone() -> None:
    assert minute(Instant(0)) == "1970-01-01 00:00 UTC"
    assert minute("2031-04-24T09:42:59.999Z") == "2031-04-24 09:42 UTC"


@pytest.mark.parametrize(
    ("language", "way"), [("en", "ltr"), ("ar", "rtl"), ("ar_XB", "rtl"), ("he", "rtl"), ("arn", "ltr")]
)
def test_a_language_is_read_in_its_direction(language: str, way: str) -> None:
    assert direction(language) == way
