"""Which creators and markings come along with what names them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.nodes import (
    Freedonia,
    a_marking,
    agreement,
    an_id,
    an_object,
    clause,
    freedonia,
)

P, OTHER = "ruritania-csirt", "northwind-energy"
INDICATOR = an_id("indicator", 1)
GREEN = agreement(clause("1", "share", tlp_at_most="green"), name="green")


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Freedonia]:
    with freedonia(tmp_path) as made:
        made.reader(P)
        yield made


def test_creators_and_markings_come_with_what_names_them_and_go_with_it(hub: Freedonia) -> None:
    named = agreement(clause("1", "share", types=["indicator"], tlp_at_most="green"), name="narrow")
    hub.put(
        an_object("identity", 1, object_marking_refs=[an_id("marking-definition", 1)]),
        a_marking(1),
        an_object("identity", 2),
        an_object("indicator", 1, created_by_ref=an_id("identity", 1)),
    )
    hub.agree(named)
    assert set(hub.ids(P)) == {INDICATOR, an_id("identity", 1), an_id("marking-definition", 1)}

    hub.end("narrow")
    assert hub.ids(P) == []

    hub.agree(named.replace('"narrow"', '"again"'))
    assert set(hub.ids(P)) == {INDICATOR, an_id("identity", 1), an_id("marking-definition", 1)}


def test_a_creator_that_a_clause_withholds_does_not_come_along(hub: Freedonia) -> None:
    hub.agree(
        agreement(
            clause("1", "share", types=["indicator"], tlp_at_most="green") + clause("2", "withhold", types=["identity"])
        )
    )
    hub.put(an_object("identity", 1), an_object("indicator", 1, created_by_ref=an_id("identity", 1)))

    (got,) = hub.objects(P)
    assert "created_by_ref" not in got


def test_another_sources_identity_does_not_come_along(hub: Freedonia) -> None:
    hub.agree(agreement(clause("1", "share", types=["indicator"], tlp_at_most="green")))
    hub.put(an_object("identity", 1, description="what Northwind says of it"), source=OTHER)

    hub.put(an_object("indicator", 1, created_by_ref=an_id("identity", 1)))

    assert hub.ids(P) == [INDICATOR]


def test_an_object_under_embargo_brings_no_creator(hub: Freedonia) -> None:
    hub.put(
        an_object("indicator", 1, created_by_ref=an_id("identity", 1)), an_object("identity", 1), embargo="2031-04-01"
    )
    hub.put(an_object("identity", 1, name="known already"), an_object("indicator", 2))

    hub.agree(agreement(clause("1", "share", types=["indicator"], tlp_at_most="green")))

    assert hub.ids(P) == [an_id("indicator", 2)]
