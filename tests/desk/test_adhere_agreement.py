"""Tests that adherence binds: whose, on what evidence, from when, and only once."""

from pathlib import Path

import pytest

from comity.desk.add_agreement import AddAgreementRequest, add_agreement
from comity.desk.adhere_agreement import AdhereAgreementRequest, adhere_agreement
from comity.desk.end_agreement import EndAgreementRequest, end_agreement
from comity.desk.node_type import Node
from comity.errors import Conflict, NotFound, UsageError
from tests.support.desks import ARRANGEMENT, OFFICER, freedonia


def held(node: Node) -> str:
    return add_agreement(node, OFFICER, AddAgreementRequest(text=ARRANGEMENT.encode())).id


def test_until_all_have_adhered_a_partys_clauses_are_its_unilateral_undertaking(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        agreement = held(node)
        mine = adhere_agreement(node, OFFICER, AdhereAgreementRequest(agreement=agreement))
        note = "Note verbale 12/2031"
        both = adhere_agreement(
            node, OFFICER, AdhereAgreementRequest(agreement=agreement, party="ruritania-csirt", evidence=note)
        )
    assert (mine.state, both.state) == ("unilateral", "operational")


def test_anothers_adherence_needs_evidence(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node, pytest.raises(UsageError, match="evidence"):
        adhere_agreement(node, OFFICER, AdhereAgreementRequest(agreement=held(node), party="ruritania-csirt"))


def test_adherence_from_a_later_day_does_not_bind_yet(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        request = AdhereAgreementRequest(agreement=held(node), effective_from="2031-04-01")
        assert adhere_agreement(node, OFFICER, request).state == "not-adhered"


def test_nobody_adheres_twice_nor_to_what_has_ended_nor_from_outside(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        agreement = held(node)
        adhere_agreement(node, OFFICER, AdhereAgreementRequest(agreement=agreement))
        with pytest.raises(Conflict):
            adhere_agreement(node, OFFICER, AdhereAgreementRequest(agreement=agreement))
        with pytest.raises(UsageError):
            adhere_agreement(
                node, OFFICER, AdhereAgreementRequest(agreement=agreement, party="northwind-energy", evidence="x")
            )
        end_agreement(node, OFFICER, EndAgreementRequest(agreement=agreement))
        with pytest.raises(Conflict):
            adhere_agreement(
                node, OFFICER, AdhereAgreementRequest(agreement=agreement, party="ruritania-csirt", evidence="x")
            )


@pytest.mark.parametrize("moment", ["tomorrow", "2031-13-01", "2031-03-01T12:00:00"])
def test_a_time_without_a_zone_or_on_no_calendar_is_refused(tmp_path: Path, moment: str) -> None:
    with freedonia(tmp_path) as node, pytest.raises(UsageError):
        adhere_agreement(node, OFFICER, AdhereAgreementRequest(agreement=held(node), effective_from=moment))


def test_an_agreement_that_is_not_held_is_not_found(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node, pytest.raises(NotFound):
        adhere_agreement(node, OFFICER, AdhereAgreementRequest(agreement="none"))
