"""Tests that adherence binds: whose, on what evidence, from when, and only once."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from comity.desk.add_agreement import AddAgreementRequest, add_agreement
from comity.desk.adhere_agreement import AdhereAgreementRequest, adhere_agreement
from comity.desk.agreement_views import AgreementView
from comity.desk.end_agreement import EndAgreementRequest, end_agreement
from comity.desk.node_type import Node
from comity.errors import Conflict, NotFound, RecordRejected, UsageError
from comity.values import Instant, iso
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


TREATY = """
id = "treaty-2031"
title.en = "Treaty"
title.fr = "Traité"
form = "treaty"
parties = ["freedonia-csirt", "ruritania-csirt", "northwind-energy"]
in_force_from = 2031-01-01
binding = "ratification"
depositary = "northwind-energy"
languages = ["en", "fr"]
reservable = ["2"]
[entry_into_force]
consents = 2
days = 30
provisional = true
[[clause]]
article = "1"
kind = "share"
tlp_at_most = "amber"
[[clause]]
article = "2"
kind = "share"
tlp_at_most = "green"
"""


def a_treaty(node: Node, text: str = TREATY) -> Callable[..., AgreementView]:
    add_agreement(node, OFFICER, AddAgreementRequest(text=text.encode()))

    def consent(**said: object) -> AgreementView:
        request = {"agreement": "treaty-2031", "full_powers": "The Foreign Minister", **said}
        if "party" in said:
            request["evidence"] = "Depositary notification 3/2031"
        return adhere_agreement(node, OFFICER, msgspec.convert(request, AdhereAgreementRequest))

    return consent


def test_a_treaty_is_signed_then_ratified_and_enters_into_force_by_its_own_rule(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        consent = a_treaty(node)
        signed = consent()
        assert (signed.state, signed.signed, signed.entry) == ("signed", ("freedonia-csirt",), None)
        ratified = consent()
        assert (ratified.state, ratified.signed) == ("unilateral", ())
        assert ratified.waiting_for == ("ruritania-csirt", "northwind-energy")
        acceded = consent(party="ruritania-csirt", means="accession")
        assert acceded.state == "unilateral", "thirty days are to pass"
        assert acceded.entry == iso(Instant(int(node.clock()) + 30 * 86_400_000))
        assert acceded.waiting_for == ()


def test_a_signatory_may_apply_a_treaty_provisionally_where_it_says_so(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        consent = a_treaty(node)
        consent(party="ruritania-csirt", provisional=True)
        mine = consent(provisional=True)
        assert mine.state == "provisional"
        assert mine.in_force_for == ("freedonia-csirt", "ruritania-csirt")


def test_a_reservation_stands_from_signature_to_ratification_unless_said_otherwise(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        consent = a_treaty(node)
        assert consent(reservations=["2"]).reservations == ("freedonia-csirt: 2",)
        assert consent().reservations == ("freedonia-csirt: 2",)


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"full_powers": None}, UsageError),
        ({"means": "adherence"}, UsageError),
        ({"means": "ratification"}, UsageError),
        ({"reservations": ["1"]}, UsageError),
        ({"means": "accession", "provisional": True}, UsageError),
        ({"reservations": ["2", "2"]}, RecordRejected),
    ],
)
def test_what_the_text_does_not_allow_is_refused(
    tmp_path: Path, said: dict[str, object], error: type[Exception]
) -> None:
    with freedonia(tmp_path) as node, pytest.raises(error):
        a_treaty(node)(**said)


def test_a_text_without_ratification_asks_for_none(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node, pytest.raises(UsageError, match="no ratification"):
        request = AdhereAgreementRequest(agreement=held(node), means="ratification")
        adhere_agreement(node, OFFICER, request)
