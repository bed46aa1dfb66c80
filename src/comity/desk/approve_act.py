"""Decides whether a second person approves an act: another one, on another device, in a role that may, verified now.

By a passkey of their own, which signs the challenge that follows from all that is asked for; else by password and a
six-digit code. Of the second way others see that the node's word stands for it: nothing is signed by the person.
"""

import base64
from collections.abc import Mapping

import msgspec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import Connection
from webauthn import generate_authentication_options, options_to_json, verify_authentication_response
from webauthn.helpers import (
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    parse_authentication_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticationCredential,
    PublicKeyCredentialDescriptor,
    UserVerificationRequirement,
)

from comity.desk.actor import Actor
from comity.desk.auditing import note
from comity.desk.carry_approved import Word, carry_approved, must_wait
from comity.desk.node_type import Node
from comity.desk.passkeys import Site
from comity.desk.secrets import is_password, totp_step, unsealed
from comity.desk.sessions import Person
from comity.desk.two_persons import approving_role, may_approve
from comity.desk.verb import Verb
from comity.errors import Conflict, NotFound, NotPermitted, Unauthenticated
from comity.records.approvals import Assertion
from comity.stores import accounts
from comity.stores.accounts import PasskeyRow
from comity.stores.approving import PendingRow
from comity.values import Instant

_NO_ANSWER = (WebAuthnException, ValueError, RecursionError)


class Approver(msgspec.Struct, frozen=True, kw_only=True):
    """Who would approve, and the hash of the mark that their browser carries."""

    person: Person
    device: str


def approval_options(node: Node, approver: Approver, number: int, site: Site) -> str:
    """Say in JSON what the browser must ask an authenticator for to approve an act.

    Raises:
        NotFound, NotPermitted, Conflict: as approving would. Conflict: no passkey is there.
    """
    with node.store.read() as tx:
        row = _must_be_theirs(tx, approver, number, node.clock())
        held = accounts.passkeys_of(tx, approver.person.no)
    if not held:
        raise Conflict("your account has no passkey: add one, or approve by password and code")
    options = generate_authentication_options(
        rp_id=site.name,
        challenge=row.challenge,
        allow_credentials=[PublicKeyCredentialDescriptor(id=one.credential) for one in held],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options)


def approve_by_passkey(
    verbs: Mapping[str, Verb], node: Node, approver: Approver, number: int, site: Site, credential: bytes
) -> msgspec.Struct:
    """Approve an act by a passkey over the challenge of that very act, and carry it out.

    Raises:
        NotFound: no such act for this person. NotPermitted: it is their own, or was asked for on this device.
        Unauthenticated: the answer is not one to this challenge by a passkey of this account.
        Conflict: what `carry_approved` refuses.
    """
    with node.store.read() as tx:
        row = _must_be_theirs(tx, approver, number, node.clock())
    try:
        answer = parse_authentication_credential_json(credential.decode())
        with node.store.read() as tx:
            held = accounts.passkey(tx, answer.raw_id)
        if held is None or held.account_no != approver.person.no:
            raise Unauthenticated("this passkey approves nothing here")
        verified = verify_authentication_response(
            credential=answer,
            expected_challenge=row.challenge,
            expected_rp_id=site.name,
            expected_origin=site.origin,
            credential_public_key=held.public,
            credential_current_sign_count=held.uses,
            require_user_verification=True,
        )
        assertion = _assertion(held, answer)
    except (*_NO_ANSWER, Unauthenticated) as exc:
        _note_refusal(node, approver, row, "passkey")
        raise Unauthenticated("this passkey approves nothing here") from exc

    def still_may(tx: Connection, now: Instant) -> None:
        there = accounts.passkey(tx, held.credential)
        if there is None or there.account_no != approver.person.no:
            raise Unauthenticated("this passkey approves nothing here")
        _must_be_theirs(tx, approver, number, now)
        accounts.use_passkey(tx, held.credential, verified.new_sign_count, now)

    word = Word(actor=_actor(approver, row), by="passkey", role=_actor(approver, row).role, assertion=assertion)
    return carry_approved(verbs, node, row, word, still_may)


def approve_by_password(
    verbs: Mapping[str, Verb], node: Node, approver: Approver, number: int, password: str, code: str
) -> msgspec.Struct:
    """Approve an act by password and a code that was not used yet, and carry it out.

    Raises:
        NotFound, NotPermitted, Conflict: as by passkey. Unauthenticated: password and code do not go together.
    """
    with node.store.read() as tx:
        row = _must_be_theirs(tx, approver, number, node.clock())
        account = accounts.account_of(tx, approver.person.no)
    right = is_password(None if account is None else account.password, password)
    step = None
    if account is not None and right and account.totp is not None:
        step = totp_step(unsealed(node, account.name, account.totp), code, node.clock())
    if account is None or step is None:
        _note_refusal(node, approver, row, "password")
        raise Unauthenticated("password and code do not go together")

    def still_may(tx: Connection, now: Instant) -> None:
        _must_be_theirs(tx, approver, number, now)
        if not accounts.use_totp(tx, account.no, step):
            raise Conflict("this code was used already: wait for the next one, at most 30 seconds")

    word = Word(actor=_actor(approver, row), by="password", role=_actor(approver, row).role)
    return carry_approved(verbs, node, row, word, still_may)


def _must_be_theirs(tx: Connection, approver: Approver, number: int, now: Instant) -> PendingRow:
    """Give an act that this person may approve, by the roles that they have in this very transaction."""
    row = must_wait(tx, number, now)
    account = accounts.account_of(tx, approver.person.no)
    if may_approve(account, row.verb) is None:
        raise NotFound("no act {number} waits", number=number)
    if row.asked_by == approver.person.name:
        raise NotPermitted("nobody approves what they asked for themselves")
    if row.device is not None and approver.device in ("", row.device.hex()):
        raise NotPermitted("this was asked for in this very browser: approve it on another device")
    return row


def _actor(approver: Approver, row: PendingRow) -> Actor:
    role = approving_role(approver.person.roles, row.verb)
    if role is None:
        raise NotFound("no act {number} waits", number=row.no)
    return Actor(name=approver.person.name, role=role, via="web")


def _assertion(held: PasskeyRow, answer: AuthenticationCredential) -> Assertion:
    """Write an authenticator's answer so that others can verify it without us."""
    key = decoded_public_key_to_cryptography(decode_credential_public_key(held.public))
    return Assertion(
        public_key=_text(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)),
        client_data=_text(answer.response.client_data_json),
        authenticator_data=_text(answer.response.authenticator_data),
        signature=_text(answer.response.signature),
    )


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _note_refusal(node: Node, approver: Approver, row: PendingRow, method: str) -> None:
    now = node.clock()
    with node.store.write() as tx:
        facts = {"act": row.no, "method": method}
        note(tx, Actor(name=approver.person.name, role="approver", via="web"), "act approval refused", facts, now)
