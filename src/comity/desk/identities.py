"""Decides which account an identity at a provider opens: the one to which its person bound it, and none else.

Bound on issuer and subject. A name or an address that a provider claims binds nothing: others may claim the same.
An identity is bound by who has just signed in another way, or by the one-time code of an account that waits.
"""

import msgspec
from sqlalchemy import Connection

from comity.desk.begin_account import WaitingAccount, waiting_row
from comity.desk.identity_providers import BY_PROVIDER
from comity.desk.node_type import Node
from comity.desk.secrets import code_bytes
from comity.desk.sessions import Method, Person, begin_session, must_be_fresh, note
from comity.errors import Conflict, NotFound, Unauthenticated
from comity.stores import accounts, identities
from comity.stores.accounts import AccountRow
from comity.stores.identities import IdentityRow, ProviderRow
from comity.values import Instant, iso, iso_or_none
from comity.wire.id_token import Identity


class IdentityView(msgspec.Struct, frozen=True, kw_only=True):
    """One of an account's identities."""

    provider: str
    title: str
    added_at: str
    used_at: str | None


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A provider as it is offered to people."""

    name: str
    title: str


def offers(node: Node) -> tuple[Offer, ...]:
    """Give the providers at which people may sign in."""
    with node.store.read() as tx:
        return tuple(Offer(name=row.name, title=row.title) for row in identities.provider_rows(tx))


def identities_of(node: Node, person: Person) -> tuple[IdentityView, ...]:
    """Give a person's own identities."""
    with node.store.read() as tx:
        providers = {row.no: row for row in identities.provider_rows(tx)}
        held = [(one, providers[one.provider_no]) for one in identities.identities_of(tx, person.no)]
    return tuple(
        IdentityView(
            provider=at.name, title=at.title, added_at=iso(Instant(one.added_ms)), used_at=iso_or_none(one.used_ms)
        )
        for one, at in held
    )


def sign_in_by_identity(node: Node, provider: str, identity: Identity, address: str) -> str:
    """Open a session to whom an identity belongs; gives its secret.

    Raises:
        Unauthenticated: it opens no account that is open; the cases are told alike.
    """
    now = node.clock()
    with node.store.write() as tx:
        at, held, row = _holder(tx, provider, identity)
        if at is not None and held is not None and row is not None and row.disabled_ms is None:
            identities.use_identity(tx, held, now)
            return begin_session(node, tx, row, "identity", address, now, _facts(at, identity))
        name = provider if row is None else row.name
        note(tx, name, "account sign-in refused", {"method": "identity", "provider": provider, "address": address}, now)
    raise Unauthenticated("this identity opens nothing here: bind it on the page of your account first")


def bind_identity(node: Node, person: Person, provider: str, identity: Identity) -> None:
    """Let an identity open the person's own account from now on.

    Raises:
        NotPermitted: the person must sign in again first. Conflict: the identity opens an account already, or this one
            has another identity of the provider. Unauthenticated: the provider is gone.
    """
    now = node.clock()
    must_be_fresh(person, now)
    with node.store.write() as tx:
        at = _provider(tx, provider, identity)
        _bind(tx, at, identity, person.no, now)
        note(tx, person.name, "account identity added", {"provider": at.name}, now)


def drop_identity(node: Node, person: Person, provider: str) -> None:
    """Let an identity open the person's own account no longer; the sessions that it opened end.

    Raises:
        NotPermitted: the person must sign in again first. NotFound: there is none. Conflict: nothing else would open
            the account.
    """
    now = node.clock()
    must_be_fresh(person, now)
    with node.store.write() as tx:
        row, at = accounts.account_of(tx, person.no), identities.provider_named(tx, provider)
        if row is None or (row.password is None and not accounts.passkeys_of(tx, row.no)):
            raise Conflict("this is your only way in: add a passkey first")
        if at is None or not identities.drop_identity(tx, person.no, at.no):
            raise NotFound("no identity at {provider}", provider=provider[:40])
        accounts.end_sessions_by(tx, person.no, BY_PROVIDER)
        note(tx, person.name, "account identity removed", {"provider": at.name}, now)


def begin_by_identity(node: Node, code: str, provider: str, identity: Identity, address: str) -> str:
    """Make an account its person's by a one-time code and an identity; gives the secret of a session.

    Raises:
        Unauthenticated: the code or the provider is none, or no longer. Conflict: the identity opens an account.
    """
    now = node.clock()
    with node.store.write() as tx:
        row = waiting_row(tx, code, now)
        if row is None:  # the first account of a node begins without a provider: none is set up yet
            raise Unauthenticated("this code is not, or no longer, good: it holds once and for a time")
        at = _provider(tx, provider, identity)
        _bind(tx, at, identity, row.no, now)
        accounts.spend_code(tx, code_bytes(code))
        note(tx, row.name, "account begin", {"account": row.name, "provider": at.name, "address": address}, now)
        method: Method = "identity+code"
        return begin_session(node, tx, row, method, address, now, _facts(at, identity))


def may_begin_by_identity(waiting: WaitingAccount) -> bool:
    """Tell whether an account may begin by an identity: any but the first of a node."""
    return bool(waiting.name)


def _bind(tx: Connection, at: ProviderRow, identity: Identity, account_no: int, now: Instant) -> None:
    row = IdentityRow(at.no, identity.subject, account_no, int(now), None)
    if not identities.add_identity(tx, row):
        # One sentence for both: whose else it is, is nobody's business.
        raise Conflict("this identity is bound already, or your account has another of {title}", title=at.title)


def _provider(tx: Connection, name: str, identity: Identity) -> ProviderRow:
    at = identities.provider_named(tx, name)
    if at is None or at.issuer != identity.issuer:
        raise Unauthenticated("this sign-in was not begun here, or too long ago: begin again")
    return at


def _holder(
    tx: Connection, name: str, identity: Identity
) -> tuple[ProviderRow | None, IdentityRow | None, AccountRow | None]:
    at = identities.provider_named(tx, name)
    if at is None or at.issuer != identity.issuer:
        return None, None, None
    held = identities.identity(tx, at.no, identity.subject)
    return at, held, None if held is None else accounts.account_of(tx, held.account_no)


def _facts(at: ProviderRow, identity: Identity) -> dict[str, object]:
    """Say in the audit by whose word, and what that says of how; nothing is granted for it."""
    return {"provider": at.name, "acr": identity.acr, "amr": list(identity.amr)}
