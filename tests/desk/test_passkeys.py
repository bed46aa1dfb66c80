"""Tests what the desk asks an authenticator for; what it takes from one is tested at the door."""

import json

import pytest

from comity.desk.passkeys import (
    MOST_PASSKEYS,
    Site,
    add_passkey,
    challenge_in,
    creation_options,
    passkeys_of,
    request_options,
)
from comity.desk.sessions import Person
from comity.errors import Conflict, UsageError
from comity.stores import accounts
from comity.values import Instant
from tests.support.authenticator import Authenticator
from tests.support.desk import AT, Office

SITE = Site("localhost", AT)


def a_person(office: Office) -> Person:
    office.account("mara.ellend", "analyst")
    return Person(
        no=1,
        name="mara.ellend",
        title="Mara Ellend",
        roles=("analyst",),
        method="password",
        since=office.hub.clock.now,
        until=Instant(0),
        session=b"",
    )


def added(office: Office, person: Person, number: int, name: str = "key") -> None:
    options = json.loads(creation_options(office.hub.node, person, SITE, b"challenge"))
    answer = json.dumps(Authenticator(number).make(options, AT)).encode()
    assert challenge_in(answer) == b"challenge"
    add_passkey(office.hub.node, person, SITE, b"challenge", answer, name)


def test_the_person_must_be_verified_and_the_passkey_live_in_the_device(office: Office) -> None:
    options = json.loads(creation_options(office.hub.node, a_person(office), SITE, b"x"))
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["attestation"] == "none"
    assert json.loads(request_options(SITE, b"x"))["userVerification"] == "required"


def test_a_request_tells_no_stranger_which_passkeys_there_are(office: Office) -> None:
    added(office, a_person(office), 1)
    assert not json.loads(request_options(SITE, b"x"))["allowCredentials"]


def test_a_device_that_has_one_is_told_so(office: Office) -> None:
    person = a_person(office)
    added(office, person, 1)
    assert len(json.loads(creation_options(office.hub.node, person, SITE, b"x"))["excludeCredentials"]) == 1


def test_an_account_has_only_so_many(office: Office) -> None:
    person = a_person(office)
    for number in range(MOST_PASSKEYS):
        added(office, person, number, f"key {number}")
    assert len(passkeys_of(office.hub.node, person)) == MOST_PASSKEYS
    with pytest.raises(Conflict):
        creation_options(office.hub.node, person, SITE, b"x")


@pytest.mark.parametrize("name", ["", " ", "x" * 81, "a\u202eb"])
def test_a_passkeys_name_can_be_seen(office: Office, name: str) -> None:
    with pytest.raises(UsageError):
        added(office, a_person(office), 1, name)


def test_the_public_key_alone_is_kept(office: Office) -> None:
    added(office, a_person(office), 1)
    with office.hub.node.store.read() as tx:
        (held,) = accounts.passkeys_of(tx, 1)
    assert (held.uses, held.used_ms, len(held.credential)) == (0, None, 32)
