"""Decides who a reader is by the secret it shows."""

import hashlib
import hmac

from comity.desk.node_type import Node
from comity.desk.views import ReaderActor
from comity.errors import Unauthenticated
from comity.stores import directory
from comity.stores.directory import CredentialRow


def authenticate_reader(node: Node, user: str, password: str) -> ReaderActor:
    """Give the reader that this user name and password belong to.

    Raises:
        Unauthenticated: they belong to nobody.
    """
    found = _owner(node, password)
    if found is None or not hmac.compare_digest(found.user.encode(), user.encode("utf-8", "replace")):
        raise Unauthenticated("no such user, or another password")
    return _actor(found)


def authenticate_bearer(node: Node, token: str) -> ReaderActor:
    """Give the reader that this token belongs to.

    Raises:
        Unauthenticated: it belongs to nobody.
    """
    found = _owner(node, token)
    if found is None:
        raise Unauthenticated("no such token")
    return _actor(found)


def _owner(node: Node, secret: str) -> CredentialRow | None:
    # The secret is 256 random bits: looked up by its hash, there is nothing to slow down or to compare in steps.
    with node.store.read() as tx:
        return directory.credential_of(tx, hashlib.sha256(secret.encode("utf-8", "replace")).digest())


def _actor(found: CredentialRow) -> ReaderActor:
    return ReaderActor(
        party=found.party,
        user=found.user,
        reader_no=found.reader_no,
        view_id=found.view_id,
        inbox_id=found.inbox_id,
    )
