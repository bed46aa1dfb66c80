from collections.abc import Iterator
from pathlib import Path

import pytest

from comity.desk.explain_release import ExplainReleaseRequest, ReleaseExplained, explain_release
from comity.desk.grant_release import GrantReleaseRequest, grant_release
from comity.errors import Conflict, NotFound, NotPermitted
from tests.support.nodes import OFFICER, Freedonia, a_marking, agreement, an_id, an_object, clause, freedonia

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


def test_a_later_version_needs_a_grant_of_its_own_and_explain_names_what_was_granted(hub: Freedonia) -> None:
    hub.agree(agreement(clause("1", "share", tlp_at_most="green")))
    reserved = {"object_marking_refs": [an_id("marking-definition", 1)]}
    orcon = a_marking(1, definition_type="statement", definition={"statement": "ORCON"})
    hub.put(orcon, an_object("indicator", 1, **reserved))
    first = explained(hub)
    assert (first.released, first.granted_before) == (False, ())
    grant_release(hub.node, OFFICER, GrantReleaseRequest(ids=(INDICATOR,), to=(P,)))
    assert explained(hub).released

    later = {"modified": "2031-02-20T00:00:00.000Z", "description": "with the name of a victim", **reserved}
    hub.put(an_object("indicator", 1, **later))

    told = explained(hub)
    assert (told.released, told.granted) == (False, ())
    assert told.granted_before == (str(an_object("indicator", 1)["modified"]),)
    assert INDICATOR in hub.ids(P), "the granted version goes on being shown"
    grant_release(hub.node, OFFICER, GrantReleaseRequest(ids=(INDICATOR,), to=(P,)))
    assert (explained(hub).released, explained(hub).granted_before) == (True, ())


def test_a_revocation_of_a_granted_item_needs_none(hub: Freedonia) -> None:
    hub.agree(agreement(clause("1", "share", tlp_at_most="green")))
    reserved = {"object_marking_refs": [an_id("marking-definition", 1)]}
    orcon = a_marking(1, definition_type="statement", definition={"statement": "ORCON"})
    hub.put(orcon, an_object("indicator", 1, **reserved))
    grant_release(hub.node, OFFICER, GrantReleaseRequest(ids=(INDICATOR,), to=(P,)))
    assert INDICATOR in hub.ids(P)

    hub.put(an_object("indicator", 1, modified="2031-02-20T00:00:00.000Z", revoked=True, **reserved))

    (shown,) = [one for one in hub.objects(P) if one["id"] == INDICATOR]
    assert shown["revoked"] is True


def explained(hub: Freedonia) -> ReleaseExplained:
    return explain_release(hub.node, OFFICER, ExplainReleaseRequest(id=INDICATOR, to=P))
