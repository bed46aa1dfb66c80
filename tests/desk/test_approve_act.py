"""Tests that an act which needs a second person is done once one approves it, and that each way round is closed."""

import base64
import json
from typing import Any

import msgspec
import pytest

from comity.desk.accounts import roles_of
from comity.desk.approve_act import approval_options, approve_by_passkey, approve_by_password
from comity.desk.change_account import ChangeAccountRequest, change_account
from comity.desk.erase_item import EraseItemRequest
from comity.desk.grant_release import GrantReleaseRequest
from comity.desk.registry import VERBS
from comity.errors import AwaitsApproval, ComityError, Conflict, NotFound, NotPermitted, Unauthenticated
from comity.records.kinds import Erasure, ReleaseGrant
from comity.stores import accounts, approving, registers
from tests.support.desk import PASSWORD, Office
from tests.support.nodes import OFFICER, an_id, an_object
from tests.support.two import ASKER_DEVICE, SITE, Officer, asked, last_act

P = "ruritania-csirt"
INDICATOR = an_id("indicator", 1)
GRANT = GrantReleaseRequest(ids=(INDICATOR,), to=(P,), reason="They handle the same case.")


@pytest.fixture
def mara(office: Office) -> Officer:
    office.hub.put(an_object("indicator", 1), tlp="amber")
    return Officer(office, "mara.ellend", "releaser", "duty-officer", number=1)


@pytest.fixture
def tomas(office: Office, mara: Officer) -> Officer:
    return Officer(office, "tomas.weyl", "approver", number=2)


def audit(office: Office) -> list[str]:
    with office.hub.node.store.read() as tx:
        return [f"{row.actor}: {row.verb}" for row in registers.audit_rows(tx)]


def test_nothing_is_done_until_another_person_approves(office: Office, mara: Officer, tomas: Officer) -> None:
    number = asked(office.hub, mara.actor("releaser"), "release grant", GRANT)
    assert not isinstance(last_act(office.hub), ReleaseGrant)
    asked_at = office.hub.clock.now
    office.hub.later(3600)

    answer = tomas.approve(number)

    assert getattr(answer, "versions", 0) == 1
    act = last_act(office.hub)
    assert isinstance(act, ReleaseGrant) and act.to == (P,)
    (approval,) = act.approvals  # type: ignore[union-attr]
    assert (approval.by, approval.role, approval.assertion is not None) == ("passkey", "approver", True)
    assert msgspec.json.decode(f'"{act.at}"') < approval.at and asked_at < office.hub.clock.now
    assert audit(office)[-3:] == ["mara.ellend: act ask", "mara.ellend: release grant", "tomas.weyl: act approve"]


def test_what_is_signed_is_what_was_shown_byte_for_byte(office: Office, mara: Officer, tomas: Officer) -> None:
    number = asked(office.hub, mara.actor("releaser"), "release grant", GRANT)
    shown: Any = VERBS["act show"].run(
        office.hub.node, tomas.actor("approver"), VERBS["act show"].request(number=number)
    )
    (signs,) = shown.signs
    tomas.approve(number)
    act = last_act(office.hub)
    bare = msgspec.structs.replace(act, approvals=msgspec.UNSET)
    assert msgspec.json.encode(bare).decode() == signs.text


def test_an_approval_counts_once(office: Office, mara: Officer, tomas: Officer) -> None:
    number = asked(office.hub, mara.actor("releaser"), "release grant", GRANT)
    answer = tomas.answer(number)
    approve_by_passkey(VERBS, office.hub.node, tomas.approver(), number, SITE, answer)
    before = audit(office).count("mara.ellend: release grant")
    with pytest.raises(Conflict, match="decided already"):
        approve_by_passkey(VERBS, office.hub.node, tomas.approver(), number, SITE, answer)
    assert audit(office).count("mara.ellend: release grant") == before


def test_an_approval_of_one_act_is_none_of_the_next(office: Office, mara: Officer, tomas: Officer) -> None:
    first = asked(office.hub, mara.actor("releaser"), "release grant", GRANT)
    answer = tomas.answer(first)
    other = msgspec.structs.replace(GRANT, to=("northwind-energy",))
    second = asked(office.hub, mara.actor("releaser"), "release grant", other)
    with pytest.raises(Unauthenticated):
        approve_by_passkey(VERBS, office.hub.node, tomas.approver(), second, SITE, answer)
    assert "tomas.weyl: act approval refused" in audit(office)


def test_the_same_request_waits_once(office: Office, mara: Officer, tomas: Officer) -> None:
    numbers = {asked(office.hub, mara.actor("releaser"), "release grant", GRANT) for _ in range(3)}
    assert len(numbers) == 1


def test_nobody_approves_their_own(office: Office, mara: Officer, tomas: Officer) -> None:
    both = Officer(office, "ines.korr", "releaser", "approver", number=3)
    number = asked(office.hub, both.actor("releaser"), "release grant", GRANT)
    with pytest.raises(NotPermitted, match="themselves"):
        both.answer(number)
    with pytest.raises(NotPermitted, match="themselves"):
        approve_by_password(VERBS, office.hub.node, both.approver(), number, PASSWORD, both.account.next_code())
    office.hub.later(30)
    assert tomas.approve(number)


def test_nobody_approves_on_the_device_that_asked(office: Office, mara: Officer, tomas: Officer) -> None:
    number = asked(office.hub, mara.actor("releaser"), "release grant", GRANT)
    answer = tomas.answer(number)
    for device in (ASKER_DEVICE, ""):
        with pytest.raises(NotPermitted, match="another device"):
            approve_by_passkey(VERBS, office.hub.node, tomas.approver(device), number, SITE, answer)


def test_a_passkey_of_who_asked_approves_nothing(office: Office, mara: Officer, tomas: Officer) -> None:
    number = asked(office.hub, mara.actor("releaser"), "release grant", GRANT)
    options = json.loads(approval_options(office.hub.node, tomas.approver(), number, SITE))
    answer = json.dumps(mara.device.answer(options, SITE.origin)).encode()
    with pytest.raises(Unauthenticated):
        approve_by_passkey(VERBS, office.hub.node, tomas.approver(), number, SITE, answer)


@pytest.mark.parametrize("said", [{"verified": False}, {"kind": "webauthn.create"}], ids=str)
def test_a_person_who_was_not_verified_approves_nothing(
    office: Office, mara: Officer, tomas: Officer, said: dict[str, Any]
) -> None:
    number = asked(office.hub, mara.actor("releaser"), "release grant", GRANT)
    with pytest.raises(Unauthenticated):
        approve_by_passkey(VERBS, office.hub.node, tomas.approver(), number, SITE, tomas.answer(number, **said))


@pytest.mark.parametrize("body", [b"", b"{}", b"[", b'{"id":"x"}', b"\xff"])
def test_what_is_no_answer_approves_nothing(office: Office, mara: Officer, tomas: Officer, body: bytes) -> None:
    number = asked(office.hub, mara.actor("releaser"), "release grant", GRANT)
    with pytest.raises(Unauthenticated):
        approve_by_passkey(VERBS, office.hub.node, tomas.approver(), number, SITE, body)


def test_a_changed_signature_approves_nothing(office: Office, mara: Officer, tomas: Officer) -> None:
    number = asked(office.hub, mara.actor("releaser"), "release grant", GRANT)
    answer = json.loads(tomas.answer(number))
    raw = base64.urlsafe_b64decode(answer["response"]["signature"] + "==")
    changed = raw[:-1] + bytes([raw[-1] ^ 1])
    answer["response"]["signature"] = base64.urlsafe_b64encode(changed).decode().rstrip("=")
    with pytest.raises(Unauthenticated):
        approve_by_passkey(VERBS, office.hub.node, tomas.approver(), number, SITE, json.dumps(answer).encode())


def test_an_approval_comes_within_a_day(office: Office, mara: Officer, tomas: Officer) -> None:
    number = asked(office.hub, mara.actor("releaser"), "release grant", GRANT)
    answer = tomas.answer(number)
    office.hub.later(24 * 3600)
    with pytest.raises(Conflict, match="waited longer"):
        approve_by_passkey(VERBS, office.hub.node, tomas.approver(), number, SITE, answer)
    assert asked(office.hub, mara.actor("releaser"), "release grant", GRANT) == number + 1
    with office.hub.node.store.read() as tx:
        late = approving.pending(tx, number)
    assert late is not None and (late.state, late.sealed) == ("expired", None)


def test_who_lost_the_role_approves_nothing(office: Office, mara: Officer, tomas: Officer) -> None:
    number = asked(office.hub, mara.actor("releaser"), "release grant", GRANT)
    answer, before = tomas.answer(number), tomas.approver()
    changed = ChangeAccountRequest(name=tomas.name, change="roles", roles=("analyst",))
    change_account(office.hub.node, OFFICER, changed)
    with pytest.raises(NotFound):  # also with what an earlier session said of the roles
        approve_by_passkey(VERBS, office.hub.node, before, number, SITE, answer)
    change_account(office.hub.node, OFFICER, ChangeAccountRequest(name=tomas.name, change="disable"))
    with pytest.raises(NotFound):
        approve_by_passkey(VERBS, office.hub.node, before, number, SITE, answer)
    assert not isinstance(last_act(office.hub), ReleaseGrant)


def test_what_somebody_asked_who_may_not_ask_any_more_is_not_done(
    office: Office, mara: Officer, tomas: Officer
) -> None:
    number = asked(office.hub, mara.actor("releaser"), "release grant", GRANT)
    change_account(office.hub.node, OFFICER, ChangeAccountRequest(name=mara.name, change="roles", roles=("analyst",)))
    with pytest.raises(Conflict, match="may not ask"):
        tomas.approve(number)
    assert not isinstance(last_act(office.hub), ReleaseGrant)


def test_what_would_be_signed_otherwise_now_is_not_signed(office: Office, mara: Officer, tomas: Officer) -> None:
    request = EraseItemRequest(id=INDICATOR, reason="A bystander's address.", ordered_by="Data protection officer")
    number = asked(office.hub, mara.actor("duty-officer"), "item erase", request)
    office.hub.put(an_object("indicator", 1, modified="2031-02-02T00:00:00Z"), tlp="amber")
    with pytest.raises(Conflict, match="ask for it again"):
        tomas.approve(number)
    assert not isinstance(last_act(office.hub), Erasure)
    again = asked(office.hub, mara.actor("duty-officer"), "item erase", msgspec.structs.replace(request, reason="B"))
    tomas.approve(again)
    act = last_act(office.hub)
    assert isinstance(act, Erasure) and len(act.items) == 2 and act.approvals


def test_what_was_asked_for_is_gone_once_it_is_decided(office: Office, mara: Officer, tomas: Officer) -> None:
    request = EraseItemRequest(id=INDICATOR, reason="A bystander's address.", ordered_by="Data protection officer")
    number = asked(office.hub, mara.actor("duty-officer"), "item erase", request)
    with office.hub.node.store.read() as tx:
        waiting = approving.pending(tx, number)
    assert waiting is not None and waiting.sealed is not None and INDICATOR.encode() not in waiting.sealed
    tomas.approve(number)
    with office.hub.node.store.read() as tx:
        done = approving.pending(tx, number)
    assert done is not None and (done.state, done.sealed, done.method) == ("done", None, "passkey")


def test_without_a_passkey_password_and_code_approve_and_the_act_says_so(
    office: Office, mara: Officer, tomas: Officer
) -> None:
    number = asked(office.hub, mara.actor("releaser"), "release grant", GRANT)
    node, code = office.hub.node, tomas.account.next_code()
    for password, digits in (("wrong", code), (PASSWORD, "000000"), (PASSWORD, "")):
        with pytest.raises(Unauthenticated):
            approve_by_password(VERBS, node, tomas.approver(), number, password, digits)
    approve_by_password(VERBS, node, tomas.approver(), number, PASSWORD, code)
    (approval,) = last_act(office.hub).approvals
    assert (approval.by, approval.assertion) == ("password", None)


def test_a_code_that_was_used_approves_nothing(office: Office, mara: Officer, tomas: Officer) -> None:
    first = asked(office.hub, mara.actor("releaser"), "release grant", GRANT)
    other = msgspec.structs.replace(GRANT, to=("northwind-energy",))
    second = asked(office.hub, mara.actor("releaser"), "release grant", other)
    code = tomas.account.next_code()
    approve_by_password(VERBS, office.hub.node, tomas.approver(), first, PASSWORD, code)
    with pytest.raises(Conflict, match="used already"):
        approve_by_password(VERBS, office.hub.node, tomas.approver(), second, PASSWORD, code)
    with office.hub.node.store.read() as tx:
        row = approving.pending(tx, second)
    assert row is not None and row.state == "open"


def test_who_may_not_approve_finds_no_such_act(office: Office, mara: Officer, tomas: Officer) -> None:
    analyst = Officer(office, "ines.korr", "analyst", number=3)
    number = asked(office.hub, mara.actor("releaser"), "release grant", GRANT)
    said = set()
    for no in (number, 999):
        with pytest.raises((NotFound, Conflict)) as refused:
            approval_options(office.hub.node, analyst.approver(), no, SITE)
        error: ComityError = refused.value
        said.add(error.message)
    assert said == {"no act {number} waits"}


def test_a_command_asks_as_pages_do(office: Office, mara: Officer, tomas: Officer) -> None:
    number = asked(office.hub, OFFICER, "release grant", GRANT)
    assert tomas.approve(number)
    with office.hub.node.store.read() as tx:
        row = accounts.account_named(tx, "tomas.weyl")
    assert row is not None and roles_of(row) == ("approver",)


def test_a_key_that_is_revoked_by_two_persons_carries_both(office: Office, mara: Officer, tomas: Officer) -> None:
    node = office.hub.node
    keys: Any = VERBS["key show"].run(node, OFFICER, VERBS["key show"].request())
    (record,) = [key for key in keys.keys if key.use == "record"]
    request = VERBS["key revoke"].request(key=record.key_id, suspect_from="2031-03-01T11:00:00Z", reason="A lost disk.")
    number = asked(office.hub, OFFICER, "key revoke", request)
    office.hub.later(600)
    tomas.approve(number)
    after: Any = VERBS["key show"].run(node, OFFICER, VERBS["key show"].request())
    assert after.serial > keys.serial
    assert [key.state for key in after.keys if key.key_id == record.key_id] == ["suspect"]


def test_what_is_refused_at_once_waits_for_nobody(office: Office, mara: Officer, tomas: Officer) -> None:
    for ids in ((an_id("indicator", 9),), (INDICATOR,)):
        request = GrantReleaseRequest(ids=ids, to=("nobody",))
        with pytest.raises(NotFound):
            VERBS["release grant"].run(office.hub.node, mara.actor("releaser"), request)
    with pytest.raises(NotPermitted):
        VERBS["release grant"].run(office.hub.node, mara.actor("duty-officer"), GRANT)
    with office.hub.node.store.read() as tx:
        assert approving.open_pendings(tx, office.hub.clock.now) == []


def test_a_request_done_under_its_key_is_not_asked_for_again(office: Office, mara: Officer, tomas: Officer) -> None:
    request = msgspec.structs.replace(GRANT, idempotency_key="once")
    first = tomas.approve(asked(office.hub, mara.actor("releaser"), "release grant", request))
    again = VERBS["release grant"].run(office.hub.node, mara.actor("releaser"), request)
    assert msgspec.to_builtins(again) == msgspec.to_builtins(first)
    with pytest.raises(AwaitsApproval):
        VERBS["release grant"].run(office.hub.node, mara.actor("releaser"), GRANT)
