"""Tests that nobody acts on an account with more rights, nor gives more than they have."""

import pytest

from comity.desk.actor import Actor
from comity.desk.change_account import ChangeAccountRequest
from comity.desk.recover_account import RecoverAccountRequest
from comity.desk.registry import VERBS
from comity.desk.rights import must_be_present, must_not_be_above, must_not_give_more, opened_by
from comity.errors import NotPermitted
from comity.stores import accounts
from tests.support.desk import Office
from tests.support.nodes import OFFICER

ADA = Actor(name="ada.min", role="administrator", via="web")


def test_more_is_all_that_one_has_and_something_beside(office: Office) -> None:
    office.account("ada.min", "administrator")
    office.account("mara.ellend", "analyst")
    office.account("otto.ran", "administrator")
    office.account("ruth.vale", "administrator", "operator", "duty-officer")
    with office.hub.node.store.read() as tx:
        rows = {row.name: row for row in accounts.account_rows(tx)}
        for name in ("mara.ellend", "otto.ran"):
            must_not_be_above(tx, ADA, rows[name])
        must_not_be_above(tx, OFFICER, rows["ruth.vale"])
        with pytest.raises(NotPermitted, match="more rights"):
            must_not_be_above(tx, ADA, rows["ruth.vale"])
        with pytest.raises(NotPermitted):
            must_not_be_above(tx, Actor(name="nobody", role="administrator", via="web"), rows["mara.ellend"])


def test_nobody_gives_more_than_they_have(office: Office) -> None:
    office.account("ada.min", "administrator")
    with office.hub.node.store.read() as tx:
        must_not_give_more(tx, ADA, ("analyst", "releaser"))
        must_not_give_more(tx, OFFICER, ("administrator", "duty-officer"))
        with pytest.raises(NotPermitted):
            must_not_give_more(tx, ADA, ("administrator", "duty-officer"))


def test_rights_are_the_verbs_that_roles_open_together() -> None:
    both = opened_by(("analyst", "administrator"))
    assert both == opened_by(("analyst",)) | opened_by(("administrator",)) and "item show" in both
    assert opened_by(()) == frozenset()


def test_a_program_with_a_token_is_nobody_who_is_there() -> None:
    must_be_present(ADA)
    must_be_present(OFFICER)
    with pytest.raises(NotPermitted, match="no program"):
        must_be_present(Actor(name="ada.min", role="administrator", via="api"))


def test_administrators_act_on_guests_and_guests_on_nobody(office: Office) -> None:
    office.account("ada.min", "administrator")
    office.account("nora.wind", "guest")
    office.account("otto.wind", "guest")
    guest = Actor(name="nora.wind", role="guest", via="web")
    with office.hub.node.store.read() as tx:
        rows = {row.name: row for row in accounts.account_rows(tx)}
        must_not_be_above(tx, ADA, rows["nora.wind"])
        must_not_give_more(tx, ADA, ("guest",))
    for name in ("ada.min", "otto.wind"):
        for verb, request in (
            ("account change", ChangeAccountRequest(name=name, change="disable")),
            ("account recover", RecoverAccountRequest(name=name, step="ask", reason="x")),
        ):
            with pytest.raises(NotPermitted):
                VERBS[verb].run(office.hub.node, guest, request)
