"""Tests who is a person with an account, and so bound by what roles open."""

from typing import get_args

import pytest

from comity.desk.actor import Actor, Door


@pytest.mark.parametrize("via", get_args(Door))
def test_people_come_by_pages_and_programs(via: Door) -> None:
    assert Actor(name="mara", role="analyst", via=via).is_person is (via in ("web", "api"))
