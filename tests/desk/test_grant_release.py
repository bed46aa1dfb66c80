from collections.abc import Iterator
from pathlib import Path

import pytest

from comity.desk.grant_release import GrantReleaseRequest, grant_release
from comity.errors import Conflict, NotFound, NotPermitted
from tests.support.nodes import OFFICER, Freedonia, agreement, an_id, an_object, clause, freedonia

P, OTHER = "ruritania-csirt", "northwind-energy"
INDICATOR = an_id("indicator", 1)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Freedonia]:
    with freedonia(tmp_path) as made:
        made.reader(P)
        yield made


def test_a_grant_opens_nothing_without_a_clause(hub: Freedonia) -> None:
    hub.put(an_object("indicator", 1))

    grant_release(hub.node, OFFICER, GrantReleaseRequest(ids=(INDICATOR,), to=(P,)))

    assert hub.ids(P) == []


def test_only_the_originator_consents(hub: Freedonia) -> None:
    hub.put(an_object("indicator", 1), source=OTHER)

    with pytest.raises(NotPermitted):
        grant_release(hub.node, OFFICER, GrantReleaseRequest(ids=(INDICATOR,), to=(P,)))


def test_anothers_object_under_the_same_id_does_not_stop_the_own_grant(hub: Freedonia) -> None:
    hub.put(an_object("indicator", 1))
    hub.put(an_object("indicator", 1, description="theirs"), source=OTHER)

    granted = grant_release(hub.node, OFFICER, GrantReleaseRequest(ids=(INDICATOR,), to=(P,)))

    assert granted.versions == 1


def test_a_request_repeated_under_its_key_has_one_effect_and_one_answer(hub: Freedonia) -> None:
    hub.agree(agreement(clause("1", "share", tlp_at_most="green")))
    hub.put(an_object("indicator", 1))
    request = GrantReleaseRequest(ids=(INDICATOR,), to=(P,), idempotency_key="once")

    assert grant_release(hub.node, OFFICER, request) == grant_release(hub.node, OFFICER, request)
    with pytest.raises(Conflict):
        other = GrantReleaseRequest(ids=(INDICATOR,), to=(OTHER,), idempotency_key="once")
        grant_release(hub.node, OFFICER, other)


def test_unknown_items_and_parties_are_not_found(hub: Freedonia) -> None:
    hub.put(an_object("indicator", 1))

    for request in (
        GrantReleaseRequest(ids=(an_id("indicator", 9),), to=(P,)),
        GrantReleaseRequest(ids=(INDICATOR,), to=("nobody",)),
    ):
        with pytest.raises(NotFound):
            grant_release(hub.node, OFFICER, request)
