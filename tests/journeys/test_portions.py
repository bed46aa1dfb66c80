"""What stands in a portion that a reader may not have, or not whole, reaches it by no way round."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.nodes import TLP, Freedonia, Object, a_relationship, agreement, an_id, an_object, clause, freedonia

P = "ruritania-csirt"
NEWER = "2031-02-09T00:00:00.000Z"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Freedonia]:
    with freedonia(tmp_path) as made:
        made.reader(P)
        yield made


def a_place(marking: str, **more: str | bool | list[str]) -> Object:
    """A location with its country for everyone and its region under a marking."""
    granular = [{"marking_ref": TLP[marking], "selectors": ["region"]}]
    return an_object("location", 1, country="FR", region="the secret one", granular_markings=granular, **more)


def test_what_a_clause_drops_from_its_level_on_it_drops_from_a_portion_of_that_level(hub: Freedonia) -> None:
    amber = clause("2", "redact", properties=["region"], tlp_at_least="amber")
    hub.agree(agreement(clause("1", "share", tlp_at_most="amber") + amber))

    hub.put(a_place("amber"))

    (got,) = hub.objects(P)
    assert (got["country"], got.get("region")) == ("FR", None)


def test_news_of_a_revocation_does_not_tell_the_portion_that_was_hidden(hub: Freedonia) -> None:
    hub.agree(agreement(clause("1", "share", tlp_at_most="green")))
    hub.put(a_place("red"))
    assert "region" not in hub.objects(P)[0]

    hub.put(a_place("red", modified=NEWER, revoked=True, object_marking_refs=[TLP["red"]]))

    (got,) = hub.objects(P)
    assert (got["revoked"], got["country"], got.get("region")) == (True, "FR", None)


def test_news_of_a_revocation_does_not_tell_what_a_clause_drops(hub: Freedonia) -> None:
    hub.agree(agreement(clause("1", "share", tlp_at_most="green") + clause("2", "redact", properties=["region"])))
    hub.put(an_object("location", 1, country="FR", region="the secret one"))

    revoked = {"modified": NEWER, "revoked": True, "object_marking_refs": [TLP["red"]]}
    hub.put(an_object("location", 1, country="FR", region="the secret one", **revoked))

    (got,) = hub.objects(P)
    assert (got["revoked"], got["country"], got.get("region")) == (True, "FR", None)


def test_news_of_a_revocation_tells_a_portion_that_was_served(hub: Freedonia) -> None:
    hub.agree(agreement(clause("1", "share", tlp_at_most="amber")))
    granular = [{"marking_ref": TLP["amber"], "selectors": ["pattern"]}]
    hub.put(an_object("indicator", 1, granular_markings=granular))

    hub.put(an_object("indicator", 1, modified=NEWER, revoked=True, object_marking_refs=[TLP["red"]]))

    assert [(got["id"], got["revoked"]) for got in hub.objects(P)] == [(an_id("indicator", 1), True)]


def a_spot(number: int = 1) -> Object:
    """A location that is somewhere by its country or by its region: each may go, not both."""
    granular = [{"marking_ref": TLP[level], "selectors": [name]} for level, name in SPOT]
    return an_object("location", number, name=None, country="FR", region="there", granular_markings=granular)


SPOT = (("red", "region"), ("amber+strict", "country"))
SPOT_ID = an_id("location", 1)


def _around_the_spot() -> list[Object]:
    return [
        an_object("malware", 1),
        an_object("malware", 2),
        a_relationship(1, an_id("malware", 1), SPOT_ID),
        an_object("report", 1, object_refs=[SPOT_ID, an_id("malware", 1)]),
        an_object("note", 1, object_refs=[SPOT_ID]),
        an_object("x-case", 1, x_about_ref=SPOT_ID),
    ]


@pytest.mark.parametrize("together", [True, False])
def test_what_is_nothing_without_two_hidden_portions_is_named_nowhere(hub: Freedonia, together: bool) -> None:
    hub.agree(agreement(clause("1", "share", tlp_at_most="green")))
    hub.put(a_spot(), *(_around_the_spot() if together else ()))
    if not together:
        hub.put(*_around_the_spot())

    assert hub.ids(P) == [an_id("malware", 1), an_id("malware", 2), an_id("report", 1), an_id("x-case", 1)]
    assert SPOT_ID not in str(hub.objects(P))
    told = hub.explain(SPOT_ID, P)
    assert (told.released, [found.by for found in told.hindered]) == (False, ["portion"])


def test_it_is_named_while_one_of_the_portions_may_be_had(hub: Freedonia) -> None:
    hub.agree(agreement(clause("1", "share", tlp_at_most="green")))
    hub.put(a_spot(), *_around_the_spot())
    without = hub.ids(P)

    hub.agree(agreement(clause("1", "share", tlp_at_most="amber+strict"), name="strict"))

    shown = {str(obj["id"]): obj for obj in hub.objects(P)}
    assert {SPOT_ID, an_id("relationship", 1), an_id("note", 1)} == shown.keys() - set(without)
    assert (shown[SPOT_ID].get("country"), shown[SPOT_ID].get("region")) == ("FR", None)
    assert shown[an_id("x-case", 1)]["x_about_ref"] == SPOT_ID
    assert hub.explain(SPOT_ID, P).released

    hub.end("strict")

    assert (sorted(hub.ids(P)), SPOT_ID in str(hub.objects(P))) == (sorted(without), False)


def test_a_clause_that_drops_what_the_hidden_portion_left_takes_the_object_away(hub: Freedonia) -> None:
    hub.agree(agreement(clause("1", "share", tlp_at_most="amber+strict")))
    hub.put(a_spot(), *_around_the_spot())
    assert SPOT_ID in hub.ids(P)

    hub.agree(agreement(clause("1", "redact", properties=["country"]), name="redact"))

    assert SPOT_ID not in str(hub.objects(P))


def test_a_relationship_to_what_lacks_a_required_portion_is_withheld(hub: Freedonia) -> None:
    hub.agree(agreement(clause("1", "share", tlp_at_most="green")))
    granular = [{"marking_ref": TLP["red"], "selectors": ["pattern"]}]
    hub.put(an_object("indicator", 1, granular_markings=granular), an_object("malware", 1))
    hub.put(a_relationship(1, an_id("indicator", 1), an_id("malware", 1)))

    assert hub.ids(P) == [an_id("malware", 1)]


def test_a_marking_or_a_hash_with_a_nul_in_it_is_kept_and_hidden(hub: Freedonia) -> None:
    hub.agree(agreement(clause("1", "share", tlp_at_most="green")))
    granular = [{"marking_ref": "marking-definition--\0", "selectors": ["description"]}]
    odd = an_object("file", 1, hashes={"MD5\0": "d41d8cd98f00b204e9800998ecf8427e"})

    answer = hub.put(an_object("malware", 1, description="for few", granular_markings=granular), odd)

    assert (answer.new, answer.quarantined) == (2, 0)
    with hub.node.store.read() as tx:
        stored = tx.exec_driver_sql("select kind from search_values").all()
        marked = tx.exec_driver_sql("select marking_id from portions").all()
    assert not any("\0" in word for (word,) in [*stored, *marked])
    assert "description" not in next(got for got in hub.objects(P) if got["id"] == an_id("malware", 1))
