"""Gives a party credentials to read what is released to it; the secret is shown once and only its hash kept."""

import base64
import hashlib

import msgspec
from sqlalchemy import Connection

from comity.desk.actor import Actor
from comity.desk.carry_out import carry_out
from comity.desk.node_type import Node
from comity.desk.open_view import open_view
from comity.desk.sequence import settle
from comity.errors import NotFound, UsageError
from comity.stores import directory
from comity.values import Instant, JsonObject

SECRET_BYTES = 32


class AddReaderRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A reader for a party known to the node, under its short name."""

    party: str


class ReaderAdded(msgspec.Struct, frozen=True, kw_only=True):
    """The credentials, shown this once. The password is a bearer token as well."""

    url: str
    user: str
    password: str
    collection: str
    inbox: str


def add_reader(node: Node, actor: Actor, request: AddReaderRequest) -> ReaderAdded:
    """Make credentials; the party's first reader also opens its view.

    Raises:
        NotFound: no such party. UsageError: it is the node's own party.
    """
    password = base64.urlsafe_b64encode(node.entropy(SECRET_BYTES)).decode().rstrip("=")
    suffix = node.entropy(4).hex()

    def work(tx: Connection, now: Instant) -> tuple[ReaderAdded, JsonObject]:
        party = directory.party_named(tx, request.party)
        if party is None:
            raise NotFound("no party {party}: add it first", party=request.party)
        if party.is_self:
            raise UsageError("a node's own party reads with the commands, not over TAXII")
        ids = open_view(node, tx, party.no, now)
        user = f"{party.name}-{suffix}"
        directory.add_credential(tx, user, party.no, hashlib.sha256(password.encode()).digest(), now)
        answer = ReaderAdded(url=_url(node), user=user, password=password, collection=ids[0], inbox=ids[1])
        return answer, {"party": party.name, "user": user}

    # The answer holds the secret, so it is never kept for a repeated request.
    answer = carry_out(node, actor, "reader add", request, ReaderAdded, work)
    settle(node)
    return answer


def _url(node: Node) -> str:
    settings = node.settings
    if settings.public_url:
        return settings.public_url.rstrip("/") + "/taxii2/"
    scheme = "https" if settings.tls_certificate else "http"
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{scheme}://{host}:{settings.port}/taxii2/"
