"""Tests that what stands in the database as a statement is read as one, or refused."""

import pytest

from comity.desk.held_deliveries import delivery_in
from comity.errors import StoreError
from comity.records.kinds import RetractedItem, Retraction
from comity.values import Instant, iso
from tests.support.acts import PARTIES, signed


def test_another_act_in_the_place_of_a_statement_is_a_damaged_database() -> None:
    item = RetractedItem(id="indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f")
    act = Retraction(
        rid="0194e2e2-17d4-7cbf-938f-98ee46b3cd3f",
        issuer=PARTIES[0],
        at=iso(Instant(1)),
        exercise=True,
        items=(item,),
        reason="x",
    )
    with pytest.raises(StoreError, match="restore"):
        delivery_in(signed(act))
