"""Tests what a notice says to a person: each kind in words, where to look, and that an exercise says so first."""

from typing import get_args

import pytest

from comity.cli.notice_words import headline, worded
from comity.desk.needing import Kind
from comity.desk.notice_brief import Brief, Part


@pytest.mark.parametrize("kind", get_args(Kind))
def test_each_kind_has_words_for_one_and_for_many(kind: Kind) -> None:
    assert headline(kind, 1).endswith(".") and "3" in headline(kind, 3)


def test_an_exercise_is_marked_in_subject_and_text() -> None:
    part = Part("alarm", 2, "/", ("rollback, ruritania-csirt",))
    said = worded(Brief("https://desk.example", True, False, (part,)))
    assert said.subject.startswith("EXERCISE") and said.body.startswith("EXERCISE")
    assert "2 alarms stand. https://desk.example/\n  - rollback, ruritania-csirt\n" in said.body
    assert "EXERCISE" not in str(worded(Brief("https://desk.example", False, True, ())))
