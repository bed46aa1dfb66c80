from collections.abc import Iterator
from pathlib import Path

import pytest

from comity.desk.actor import Actor
from comity.desk.mark_item import MarkItemRequest, mark_item
from comity.errors import NotFound, NotPermitted
from tests.support.nodes import OFFICER, Freedonia, agreement, an_id, an_object, clause, freedonia

P = "ruritania-csirt"
PERSON = an_id("identity", 1)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Freedonia]:
    with freedonia(tmp_path) as made:
        made.reader(P)
        private = clause("2", "withhold", personal_data=True)
        made.agree(agreement(clause("1", "share", tlp_at_most="green") + private))
        yield made


def test_what_is_undetermined_is_released_once_an_officer_has_said_no(hub: Freedonia) -> None:
    hub.put(an_object("identity", 1, identity_class=None))
    assert hub.ids(P) == []

    view = mark_item(hub.node, OFFICER, MarkItemRequest(id=PERSON, personal="no", reason="a role mailbox"))

    assert view.personal_data == "no"
    assert hub.ids(P) == [PERSON]


def test_an_officers_yes_takes_it_away(hub: Freedonia) -> None:
    hub.put(an_object("identity", 1))
    assert hub.ids(P) == [PERSON]

    mark_item(hub.node, OFFICER, MarkItemRequest(id=PERSON, personal="yes", reason="one person's firm"))

    assert hub.ids(P) == []


def test_only_those_who_administer_may_say_so(hub: Freedonia) -> None:
    hub.put(an_object("identity", 1))
    reader = Actor(name="ruritania", role="reader", via="taxii")

    with pytest.raises(NotPermitted):
        mark_item(hub.node, reader, MarkItemRequest(id=PERSON, personal="no", reason="let me"))


def test_what_is_not_held_cannot_be_marked(hub: Freedonia) -> None:
    with pytest.raises(NotFound):
        mark_item(hub.node, OFFICER, MarkItemRequest(id=PERSON, personal="no", reason="r"))
