"""Tests passkeys by an authenticator in software, and each way to get in without one."""

import base64
import json

import pytest

from tests.support.authenticator import Authenticator
from tests.support.desk import AT, Office, Visitor

Json = dict[str, object]


def asked(visitor: Visitor, path: str, body: Json, **headers: str) -> Json:
    answer = visitor("POST", path, content=json.dumps(body).encode(), headers=headers)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert isinstance(found, dict)
    return found


def sent(visitor: Visitor, path: str, body: Json, **headers: str) -> int:
    return visitor("POST", path, content=json.dumps(body).encode(), headers=headers).status_code


def with_passkey(visitor: Visitor, device: Authenticator, *, origin: str = AT, verified: bool = True) -> int:
    visitor.get("/account")
    token = visitor.csrf
    made = device.make(asked(visitor, "/passkeys/creation", {}, **{"x-csrf": token}), origin, verified=verified)
    return sent(visitor, "/passkeys", {"name": "Key on the ring", "credential": made}, **{"x-csrf": token})


def test_a_passkey_is_added_and_opens_a_session(office: Office) -> None:
    owner, device = office.signed_in("analyst"), Authenticator()
    assert with_passkey(owner, device) == 200
    assert "Key on the ring" in owner.get("/account").text

    other = office.visitor()
    answer = device.answer(asked(other, "/passkeys/request", {}), AT)
    opened = asked(other, "/passkeys/sign-in", {"next": "/account", "credential": answer})
    assert opened == {"next": "/account"}
    assert "Mara Ellend, analyst" in other.get("/account").text
    assert "passkey" in other.page.text


def test_an_answer_opens_once(office: Office) -> None:
    device = Authenticator()
    with_passkey(office.signed_in(), device)
    visitor, thief = office.visitor(), office.visitor()
    body: Json = {"next": "/", "credential": device.answer(asked(visitor, "/passkeys/request", {}), AT)}
    assert sent(visitor, "/passkeys/sign-in", body) == 200
    assert sent(thief, "/passkeys/sign-in", body) == 401
    assert not thief.cookies


def refused_sign_in(office: Office, device: Authenticator, answer: Json, at: str = AT) -> None:
    visitor = office.visitor(at=at)
    assert sent(visitor, "/passkeys/sign-in", {"next": "/", "credential": answer}) == 401
    assert not visitor.cookies


def test_a_person_who_was_not_verified_does_not_get_in(office: Office) -> None:
    device = Authenticator()
    with_passkey(office.signed_in(), device)
    options = asked(office.visitor(), "/passkeys/request", {})
    refused_sign_in(office, device, device.answer(options, AT, verified=False))


def test_an_answer_made_at_another_place_does_not_open(office: Office) -> None:
    device = Authenticator()
    with_passkey(office.signed_in(), device)
    options = asked(office.visitor(), "/passkeys/request", {})
    refused_sign_in(office, device, device.answer(options, "http://localhost.evil.example"))
    refused_sign_in(office, device, device.answer(options | {"rpId": "evil.example"}, AT))


def test_an_authenticator_that_names_another_account_does_not_open_it(office: Office) -> None:
    mine, theirs = Authenticator(1), Authenticator(2)
    with_passkey(office.signed_in(name="mara.ellend"), mine)
    with_passkey(office.signed_in(name="tomas.weyl"), theirs)
    options = asked(office.visitor(), "/passkeys/request", {})
    refused_sign_in(office, mine, mine.answer(options, AT, handle=theirs.handle))
    refused_sign_in(office, mine, mine.answer(options, AT, handle=b""))


def test_a_device_whose_count_goes_back_is_a_copy_and_refused(office: Office) -> None:
    device = Authenticator()
    with_passkey(office.signed_in(), device)
    device.uses = 8
    visitor = office.visitor()
    asked(
        visitor,
        "/passkeys/sign-in",
        {"next": "/", "credential": device.answer(asked(visitor, "/passkeys/request", {}), AT)},
    )
    device.uses = 3
    refused_sign_in(office, device, device.answer(asked(office.visitor(), "/passkeys/request", {}), AT))


@pytest.mark.parametrize("minutes", [5, 600])
def test_a_challenge_holds_for_five_minutes(office: Office, minutes: int) -> None:
    device = Authenticator()
    with_passkey(office.signed_in(), device)
    answer = device.answer(asked(office.visitor(), "/passkeys/request", {}), AT)
    office.hub.later(60 * minutes)
    refused_sign_in(office, device, answer)


def test_a_challenge_of_our_making_is_needed(office: Office) -> None:
    device = Authenticator()
    with_passkey(office.signed_in(), device)
    options = asked(office.visitor(), "/passkeys/request", {})
    ours = base64.urlsafe_b64decode(str(options["challenge"]) + "==")
    for made_up in (
        bytes(len(ours)),
        ours[:-1] + bytes([ours[-1] ^ 1]),
    ):  # the second is of the right time, without our seal
        text = base64.urlsafe_b64encode(made_up).decode().rstrip("=")
        refused_sign_in(office, device, device.answer(options | {"challenge": text}, AT))


def test_a_passkey_of_a_closed_account_opens_nothing(office: Office) -> None:
    device = Authenticator()
    owner = office.signed_in("analyst")
    with_passkey(owner, device)
    office.close("mara.ellend")
    assert owner.get("/").status_code == 303
    refused_sign_in(office, device, device.answer(asked(office.visitor(), "/passkeys/request", {}), AT))


def test_a_passkey_is_added_by_its_owner_alone(office: Office) -> None:
    owner, device = office.signed_in("analyst"), Authenticator()
    owner.get("/account")
    token = owner.csrf
    assert sent(office.visitor(), "/passkeys/creation", {}) == 401
    assert sent(owner, "/passkeys/creation", {}) == 403
    made = device.make(asked(owner, "/passkeys/creation", {}, **{"x-csrf": token}), AT)
    other = office.signed_in("analyst", name="tomas.weyl")
    other.get("/account")
    body: Json = {"name": "x", "credential": made}
    assert sent(other, "/passkeys", body, **{"x-csrf": other.csrf}) == 401
    assert sent(owner, "/passkeys", body, **{"x-csrf": token, "sec-fetch-site": "cross-site"}) == 403


@pytest.mark.parametrize(
    ("origin", "verified", "status"), [(AT, False, 400), ("http://evil.example", True, 400), (AT, True, 200)]
)
def test_a_passkey_is_made_here_by_a_verified_person(office: Office, origin: str, verified: bool, status: int) -> None:
    assert with_passkey(office.signed_in(), Authenticator(), origin=origin, verified=verified) == status


def test_one_passkey_is_not_added_twice(office: Office) -> None:
    device = Authenticator()
    assert with_passkey(office.signed_in(name="mara.ellend"), device) == 200
    assert with_passkey(office.signed_in(name="tomas.weyl"), device) == 409


NO_ANSWERS = (
    b"",
    b"{}",
    b"[1]",
    b"\xff",
    b'{"next":1,"credential":{}}',
    b'{"next":"/","credential":{"response":{"clientDataJSON":"e30"}}}',
    b'{"next":"/","credential":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    b'{"next":"/","credential":{"response":{"clientDataJSON":"' + base64.urlsafe_b64encode(b"[" * 30_000) + b'"}}}',
)


@pytest.mark.parametrize("body", NO_ANSWERS)
def test_what_is_no_answer_is_refused_as_that(office: Office, body: bytes) -> None:
    assert office.visitor()("POST", "/passkeys/sign-in", content=body).status_code == 400
    owner = office.signed_in()
    owner.get("/account")
    assert owner("POST", "/passkeys", content=body, headers={"x-csrf": owner.csrf}).status_code == 400


def test_without_a_name_in_the_address_the_page_says_so(office: Office) -> None:
    by_number = office.visitor(at="http://127.0.0.1:8700").get("/sign-in").text
    assert "Passkeys need the node" in by_number and "passkeys.js" not in by_number
    assert "passkeys.js" in office.visitor().get("/sign-in").text
