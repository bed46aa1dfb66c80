"""Decides whether a passkey is added to an account, and whether one opens a session; the person must be verified.

WebAuthn Level 3. A passkey is found again by its credential id; the account is the one that holds it, and the handle
which the authenticator gives must be that account's. Attestation is not asked for: any authenticator is good that
verifies its user.
"""

from typing import NamedTuple

import msgspec
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    base64url_to_bytes,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from comity.desk.node_type import Node
from comity.desk.sessions import Person, begin_session, must_be_fresh, note
from comity.errors import Conflict, Unauthenticated, UsageError
from comity.stores import accounts
from comity.stores.accounts import PasskeyRow
from comity.values import Instant, iso, iso_or_none

MOST_PASSKEYS = 20
LONGEST_CREDENTIAL, LONGEST_PASSKEY_NAME = 1023, 80
_NO_ANSWER = (WebAuthnException, ValueError, RecursionError)  # what the library says of bytes that are none
_REQUIRED = UserVerificationRequirement.REQUIRED


class Site(NamedTuple):
    """The place that a passkey is for: the name in the browser's address, and the whole origin."""

    name: str
    origin: str


class PasskeyView(msgspec.Struct, frozen=True, kw_only=True):
    """One of an account's passkeys."""

    name: str
    added_at: str
    used_at: str | None


def passkeys_of(node: Node, person: Person) -> tuple[PasskeyView, ...]:
    """Give a person's own passkeys, oldest first."""
    with node.store.read() as tx:
        rows = accounts.passkeys_of(tx, person.no)
    return tuple(
        PasskeyView(
            name=row.name,
            added_at=iso(Instant(row.added_ms)),
            used_at=iso_or_none(row.used_ms),
        )
        for row in rows
    )


def creation_options(node: Node, person: Person, site: Site, challenge: bytes) -> str:
    """Say in JSON what the browser must ask an authenticator for to make a passkey.

    Raises:
        Conflict: the account has as many as it may.
    """
    with node.store.read() as tx:
        row = accounts.account_of(tx, person.no)
        held = accounts.passkeys_of(tx, person.no)
    if row is None or len(held) >= MOST_PASSKEYS:
        raise Conflict("an account has {most} passkeys at most", most=MOST_PASSKEYS)
    options = generate_registration_options(
        rp_id=site.name,
        rp_name=node.settings.title,
        user_id=row.handle,
        user_name=row.name,
        user_display_name=row.title,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one.credential) for one in held],
    )
    return options_to_json(options)


def request_options(site: Site, challenge: bytes) -> str:
    """Say in JSON what the browser must ask an authenticator for to sign in; the person chooses the passkey there."""
    options = generate_authentication_options(rp_id=site.name, challenge=challenge, user_verification=_REQUIRED)
    return options_to_json(options)


def challenge_in(credential: bytes) -> bytes:
    """Give the challenge that an answer says it answers; whether it was ours is for the caller to tell.

    Raises:
        UsageError: it is no answer of an authenticator.
    """
    try:
        said = msgspec.json.decode(credential, type=_Answer)
        return parse_client_data_json(base64url_to_bytes(said.response.clientDataJSON)).challenge
    except (msgspec.DecodeError, *_NO_ANSWER) as exc:
        raise UsageError("this is no answer of a passkey") from exc


def add_passkey(node: Node, person: Person, site: Site, challenge: bytes, credential: bytes, name: str) -> None:
    """Add a passkey to the person's own account.

    Raises:
        NotPermitted: the person must sign in again first.
        UsageError: the answer is not one to this challenge and place, its user was not verified, or the name cannot be.
        Conflict: the passkey is there already.
    """
    must_be_fresh(person, node.clock())
    plain = " ".join(name.split())
    if not plain or len(plain) > LONGEST_PASSKEY_NAME or not plain.isprintable():
        raise UsageError("a passkey's name has 1 to {longest} printable characters", longest=LONGEST_PASSKEY_NAME)
    try:
        verified = verify_registration_response(
            credential=parse_registration_credential_json(credential.decode()),
            expected_challenge=challenge,
            expected_rp_id=site.name,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except _NO_ANSWER as exc:
        raise UsageError("this passkey cannot be added: {why}", why=exc) from exc
    if len(verified.credential_id) > LONGEST_CREDENTIAL:
        raise UsageError("this passkey cannot be added: {why}", why="its id is too long")
    now = node.clock()
    row = PasskeyRow(
        verified.credential_id, person.no, verified.credential_public_key, verified.sign_count, plain, int(now), None
    )
    with node.store.write() as tx:
        if not accounts.add_passkey(tx, row):
            raise Conflict("this passkey is there already")
        note(tx, person.name, "account passkey added", {"passkey": plain}, now)


def sign_in_by_passkey(node: Node, site: Site, challenge: bytes, credential: bytes, address: str) -> str:
    """Open a session; gives its secret.

    Raises:
        Unauthenticated: the answer is not one to this challenge and place by a passkey that an open account holds.
    """
    try:
        answer = parse_authentication_credential_json(credential.decode())
    except _NO_ANSWER as exc:
        raise Unauthenticated("this passkey opens nothing here") from exc
    with node.store.read() as tx:
        held = accounts.passkey(tx, answer.raw_id)
        row = None if held is None else accounts.account_of(tx, held.account_no)
    if held is None or row is None or row.disabled_ms is not None or answer.response.user_handle != row.handle:
        raise Unauthenticated("this passkey opens nothing here")
    try:
        verified = verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.name,
            expected_origin=site.origin,
            credential_public_key=held.public,
            credential_current_sign_count=held.uses,
            require_user_verification=True,
        )
    except _NO_ANSWER as exc:
        _note_refusal(node, row.name, address)
        raise Unauthenticated("this passkey opens nothing here") from exc
    now = node.clock()
    with node.store.write() as tx:
        row = accounts.account_of(tx, held.account_no)
        if row is None or row.disabled_ms is not None or accounts.passkey(tx, held.credential) is None:
            raise Unauthenticated("this passkey opens nothing here")
        accounts.use_passkey(tx, held.credential, verified.new_sign_count, now)
        return begin_session(node, tx, row, "passkey", address, now)


def _note_refusal(node: Node, name: str, address: str) -> None:
    now = node.clock()
    with node.store.write() as tx:
        note(tx, name, "account sign-in refused", {"method": "passkey", "address": address}, now)


class _Response(msgspec.Struct, frozen=True):
    clientDataJSON: str  # WebAuthn's own name


class _Answer(msgspec.Struct, frozen=True):
    response: _Response
