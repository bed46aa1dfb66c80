"""Decides whether a name, a password and a six-digit code open a session.

Whatever is wrong, the answer is one and takes as long. Only who has the password right learns that a code was used.
"""

import msgspec

from comity.desk.node_type import Node
from comity.desk.secrets import is_password, totp_step, unsealed
from comity.desk.sessions import begin_session, note
from comity.errors import Conflict, Unauthenticated
from comity.stores import accounts
from comity.stores.accounts import AccountRow


class SignInRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a person types."""

    name: str
    password: str
    code: str

    def __repr__(self) -> str:
        return f"SignInRequest(name={self.name!r})"


def sign_in(node: Node, request: SignInRequest, address: str) -> str:
    """Open a session; gives its secret. Both outcomes are in the audit, a refusal only under a name that there is.

    Raises:
        Unauthenticated: something is wrong. Conflict: all is right, but the code was used before.
    """
    with node.store.read() as tx:
        row = accounts.account_named(tx, request.name)
    step = _step(node, row, request)
    if row is None or step is None:
        if row is not None:
            _note_refusal(node, row, address)
        raise Unauthenticated("name, password and code do not go together")
    now = node.clock()
    with node.store.write() as tx:
        row = accounts.account_of(tx, row.no)
        if row is None or row.disabled_ms is not None:
            raise Unauthenticated("name, password and code do not go together")
        if accounts.use_totp(tx, row.no, step):
            return begin_session(node, tx, row, "password", address, now)
    _note_refusal(node, row, address)
    raise Conflict("this code was used already: wait for the next one, at most 30 seconds")


def _step(node: Node, row: AccountRow | None, request: SignInRequest) -> int | None:
    """Give the time step of the code if all is right."""
    right = is_password(None if row is None else row.password, request.password)
    if row is None or not right or row.totp is None or row.disabled_ms is not None:
        return None
    return totp_step(unsealed(node, row.name, row.totp), request.code, node.clock())


def _note_refusal(node: Node, row: AccountRow, address: str) -> None:
    now = node.clock()
    with node.store.write() as tx:
        note(tx, row.name, "account sign-in refused", {"method": "password", "address": address}, now)
