"""An Information Exchange Policy's dates as a partner meets them: nothing before its start, nothing after its end.

A partner reads over a socket with an unmodified client. The dates are those of IEP 2.0, in a marking definition that
comes with the object or later.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from taxii2client.v21 import Collection, as_pages

from comity.desk.explain_release import ExplainReleaseRequest, explain_release
from comity.desk.sequence import settle
from comity.taxii.app import create_app
from comity.values import Json, iso
from tests.support.taxii import OWNER, Hub, Object, indicator, served

IEP = "extension-definition--762e2e97-ee51-43e5-a9ea-165fbb862c4a"
# The hub's clock begins on 2030-06-01 at noon.
START, END = "2030-06-03T12:00:00Z", "2030-06-05T12:00:00Z"


class Partner:
    """Ruritania's client, and the node that it reads from."""

    def __init__(self, hub: Hub, url: str) -> None:
        self.hub, reader = hub, hub.ruritania
        self._view = Collection(f"{url}{reader.view}", user=reader.user, password=reader.password)

    def ids(self, **query: str) -> set[str]:
        """Everything it is given, page by page."""
        pages = as_pages(self._view.get_objects, per_request=2, **query)
        return {one["id"] for page in pages for one in page.get("objects", [])}

    def manifest(self) -> set[str]:
        """Everything it is told of."""
        return {entry["id"] for entry in self._view.get_manifest().get("objects", [])}

    def pass_days(self, days: int) -> None:
        """Let days go by, and the sequencer do what has come due."""
        self.hub.pass_hours(24 * days)
        settle(self.hub.node)


@pytest.fixture
def partner(tmp_path: Path) -> Iterator[Partner]:
    with Hub(tmp_path / "node") as hub, served(create_app(hub.node)) as url:
        yield Partner(hub, url)


def a_policy(**dates: Json) -> Object:
    """A marking definition whose policy has these dates and asks for nothing else."""
    policy: Json = {
        "extension_type": "property-extension",
        "iep_version": 2.0,
        "name": "A window",
        "tlp": "green",
        **dates,
    }
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": "marking-definition--5a1b2c3d-0000-4000-8000-000000000001",
        "created": "2030-01-01T00:00:00.000Z",
        "name": "IEP",
        "extensions": {IEP: policy},
    }


def under(policy: Object, number: int = 1) -> Object:
    return indicator(number, object_marking_refs=[policy["id"]])


def id_of(obj: Object) -> str:
    return str(obj["id"])


def test_before_its_start_a_policy_gives_nothing_and_then_it_appears_as_new(partner: Partner) -> None:
    policy = a_policy(start_date=START)
    marked, free = under(policy), indicator(2)
    partner.hub.deliver(policy, marked, free)
    assert id_of(free) in partner.ids()
    assert id_of(marked) not in partner.ids() | partner.manifest()

    partner.pass_days(1)
    last_poll = iso(partner.hub.now)
    assert partner.ids(added_after=last_poll) == set()

    partner.pass_days(2)

    assert id_of(marked) in partner.ids(added_after=last_poll)
    assert id_of(free) not in partner.ids(added_after=last_poll)
    assert id_of(marked) in partner.manifest()


def test_after_its_end_a_policy_gives_nothing_any_more(partner: Partner) -> None:
    policy = a_policy(end_date=END)
    marked, free = under(policy), indicator(2)
    partner.hub.deliver(policy, marked, free)
    assert {id_of(marked), id_of(free)} <= partner.ids()

    partner.hub.pass_hours(24 * 5)  # at the instant itself, whether or not anything has been sequenced since

    assert id_of(free) in partner.ids()
    assert id_of(marked) not in partner.ids() | partner.manifest()
    told = explain_release(partner.hub.node, OWNER, ExplainReleaseRequest(id=id_of(marked), to="ruritania"))
    assert (told.released, [one.by for one in told.hindered]) == (False, ["expired"])

    partner.pass_days(1)
    assert id_of(marked) not in partner.ids() | partner.manifest()


def test_a_policy_has_its_window(partner: Partner) -> None:
    policy = a_policy(start_date=START, end_date=END)
    marked = under(policy)
    partner.hub.deliver(policy, marked)

    seen = []
    for _ in range(6):
        seen.append(id_of(marked) in partner.ids())
        partner.pass_days(1)

    # On 1 and 2 June not yet, from the 3rd at noon on, no more from the 5th at noon on.
    assert seen == [False, False, True, True, False, False]


@pytest.mark.parametrize("dates", [{"start_date": START}, {"end_date": END}])
def test_dates_that_come_late_bind_what_came_before_them(partner: Partner, dates: dict[str, Json]) -> None:
    policy = a_policy(**dates)
    marked = under(policy)
    partner.hub.deliver(marked)
    assert id_of(marked) not in partner.ids(), "an unknown marking is the most restrictive"

    partner.hub.deliver(policy)

    seen = []
    for _ in range(3):
        seen.append(id_of(marked) in partner.ids())
        partner.pass_days(2)
    # On 1, 3 and 5 June.
    assert seen == ([False, True, True] if "start_date" in dates else [True, True, False])


def test_an_end_before_the_start_gives_nothing_ever(partner: Partner) -> None:
    policy = a_policy(start_date=END, end_date=START)
    partner.hub.deliver(policy, under(policy))

    for _ in range(4):
        assert id_of(under(policy)) not in partner.ids()
        partner.pass_days(2)


def test_a_date_that_cannot_be_read_refuses(partner: Partner) -> None:
    policy = a_policy(end_date="the day after tomorrow")
    partner.hub.deliver(policy, under(policy))

    assert id_of(under(policy)) not in partner.ids()
