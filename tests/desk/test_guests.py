"""Tests that a guest reads as the party of the account, and that nobody else reads so."""

import pytest

from comity.desk.actor import Actor
from comity.desk.change_account import ChangeAccountRequest, change_account
from comity.desk.guests import guest_of
from comity.errors import NotPermitted
from tests.support.guests import NORTH, RURI
from tests.support.guests import guest_of as invited
from tests.support.nodes import OFFICER, Freedonia


def test_a_guest_is_the_reader_that_the_partys_taxii_client_is(hub: Freedonia) -> None:
    actor, reader = invited(hub), hub.reader(NORTH)
    with hub.node.store.read() as tx:
        guest = guest_of(tx, actor)
    mine = guest.reader
    assert (mine.party, mine.reader_no, mine.view_id, mine.inbox_id) == (
        reader.party, reader.reader_no, reader.view_id, reader.inbox_id,
    )  # fmt: skip
    assert (mine.user, mine.via, reader.via) == ("nora.wind", "web", "taxii")


@pytest.mark.parametrize(
    "actor",
    [
        OFFICER,
        Actor(name="nora.wind", role="guest", via="cli"),
        Actor(name="nora.wind", role="analyst", via="web"),
        Actor(name="mara.ellend", role="guest", via="web"),
        Actor(name="nobody", role="guest", via="api"),
        Actor(name="nora\0wind", role="guest", via="web"),
    ],
)
def test_nobody_else_is_one(hub: Freedonia, actor: Actor) -> None:
    invited(hub), invited(hub, RURI, "rosa.uri")
    with hub.node.store.read() as tx, pytest.raises(NotPermitted):
        guest_of(tx, actor)


def test_a_closed_account_reads_nothing(hub: Freedonia) -> None:
    actor = invited(hub)
    change_account(hub.node, OFFICER, ChangeAccountRequest(name="nora.wind", change="disable"))
    with hub.node.store.read() as tx, pytest.raises(NotPermitted):
        guest_of(tx, actor)
