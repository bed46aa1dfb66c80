"""Tests that templates escape all, pass nothing over, and have no way around either."""

from pathlib import Path

import pytest
from jinja2 import UndefinedError

from comity.web.addresses import Base
from comity.web.pages import Pages
from comity.web.static_files import StaticFiles
from comity.web.visit import Visit
from tests.support.desk import Office

TEMPLATES = Path(__file__).parents[2] / "src/comity/web/templates"


def stranger(office: Office) -> Visit:
    return Visit(office.site.desk.state["door"], Base("http://localhost", ""), "", "en", None)


def test_what_is_shown_is_escaped(office: Office) -> None:
    facts: dict[str, object] = {"title": "<script>x</script>", "said": '"><img src=x onerror=y>', "error_id": "'"}
    page = Pages(StaticFiles()).render("problem.html", stranger(office), "", facts).decode()
    assert "<script>x" not in page and "<img" not in page
    assert "&lt;script&gt;" in page


def test_a_fact_that_is_not_there_fails_the_page(office: Office) -> None:
    with pytest.raises(UndefinedError):
        Pages(StaticFiles()).render("problem.html", stranger(office), "", {})


def test_no_template_marks_text_as_safe_or_leaves_escaping_off() -> None:
    for path in TEMPLATES.rglob("*.html"):
        source = path.read_text(encoding="utf-8")
        assert "|safe" not in source.replace(" ", "") and "autoescape" not in source
        assert "style=" not in source and "<style" not in source and " on" + "click" not in source
