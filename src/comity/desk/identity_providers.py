"""Decides by whose word else people may sign in: identity providers that an administrator names, each by its issuer.

A provider's word opens a session to people who bound their identity there themselves; it makes no account. Its client
secret lies in a file of the node, in no database. Who removes a provider removes every identity at it.
"""

import re
from typing import Annotated, Final

import msgspec
from msgspec import Meta
from sqlalchemy import Connection

from comity.desk.accounts import desk_url
from comity.desk.actor import Actor
from comity.desk.carry_out import carry_out
from comity.desk.node_type import Node
from comity.desk.peers import outbound
from comity.desk.rights import must_be_present
from comity.errors import Conflict, NotFound, UsageError
from comity.stores import identities
from comity.stores.identities import ProviderRow
from comity.values import Instant, JsonObject, iso
from comity.wire.logins import forget_login, read_login, write_login
from comity.wire.oidc_client import Client, Providers, checked_issuer
from comity.wire.outbound import origin_of
from comity.wire.taxii_client import Login

BY_PROVIDER: Final = ("identity", "identity+code")
MOST_PROVIDERS: Final = 20
_NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST_NAME, _LONGEST_TITLE, _LONGEST_ID = 40, 80, 500

Words = Annotated[str, Meta(max_length=1_000)]


class ProviderView(msgspec.Struct, frozen=True, kw_only=True):
    """An identity provider, without its secret. `returns_to`: the address to register there for its answers."""

    name: str
    title: str
    issuer: str
    client_id: str
    acr: tuple[str, ...]
    origins: tuple[str, ...]
    returns_to: str
    identities: int
    has_secret: bool
    added_at: str


class AddProviderRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A provider by its issuer, and this node as it is registered there.

    `name` stands in addresses, `title` on the sign-in page. `acr`: levels of assurance of which one must be reached.
    `origins`: where its addresses may stand besides the issuer's own origin.
    """

    name: Words
    title: Words
    issuer: Words
    client_id: Words
    secret: Words = ""
    acr: Annotated[tuple[Words, ...], Meta(max_length=10)] = ()
    origins: Annotated[tuple[Words, ...], Meta(max_length=10)] = ()

    def __repr__(self) -> str:
        return f"AddProviderRequest(name={self.name!r}, issuer={self.issuer!r})"


class ChangeProviderRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A new title or a new secret of a provider; empty leaves what there is."""

    name: Words
    title: Words = ""
    secret: Words = ""

    def __repr__(self) -> str:
        return f"ChangeProviderRequest(name={self.name!r})"


class RemoveProviderRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A provider by its name."""

    name: Words


class ProviderRemoved(msgspec.Struct, frozen=True, kw_only=True):
    """What went with a provider."""

    name: str
    identities: int
    sessions_ended: int


class ListProvidersRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing is asked."""


class ProviderList(msgspec.Struct, frozen=True, kw_only=True):
    """Providers by name."""

    providers: tuple[ProviderView, ...]


def add_provider(node: Node, actor: Actor, request: AddProviderRequest) -> ProviderView:
    """Ask a provider what it says of itself, and let people sign in there from now on.

    Raises:
        UsageError: a name, an address or a word that cannot be. Conflict: name or issuer are there already.
        NotPermitted, Unreachable, TooLarge, RecordRejected: what the provider or the way to it says.
    """
    must_be_present(actor)
    asked = _checked(request)
    client = Client(
        issuer=asked.issuer, client_id=asked.client_id, secret=asked.secret, acr=asked.acr, origins=asked.origins
    )

    def work(tx: Connection, now: Instant) -> tuple[ProviderView, JsonObject]:
        held = identities.provider_rows(tx)
        if any(asked.name == row.name or asked.issuer == row.issuer for row in held):
            raise Conflict("there is a provider of this name or issuer already")
        if len(held) >= MOST_PROVIDERS:
            raise Conflict("a node has {most} identity providers at most", most=MOST_PROVIDERS)
        row = identities.add_provider(
            tx, name=asked.name, title=asked.title, issuer=asked.issuer, client_id=asked.client_id,
            acr=" ".join(asked.acr), origins=" ".join(asked.origins), now=now,
        )  # fmt: skip
        write_login(node.folder, secret_name(row.no), Login(password=asked.secret))
        return _view(node, row, 0), {"provider": row.name, "issuer": row.issuer}

    Providers().metadata(outbound(node), client, node.clock())
    told = msgspec.structs.replace(asked, secret="")
    return carry_out(node, actor, "provider add", told, ProviderView, work)


def change_provider(node: Node, actor: Actor, request: ChangeProviderRequest) -> ProviderView:
    """Give a provider another title, or keep a new secret for it.

    Raises:
        NotFound: no such provider. UsageError: words that cannot be.
    """
    must_be_present(actor)
    title, secret = request.title and _title(request.title), _secret(request.secret)

    def work(tx: Connection, now: Instant) -> tuple[ProviderView, JsonObject]:
        row = must_be_provider(tx, request.name)
        if title:
            identities.set_title(tx, row.no, title)
        if secret:
            write_login(node.folder, secret_name(row.no), Login(password=secret))
        count = identities.identity_counts(tx).get(row.no, 0)
        changed = [word for word, said in (("title", title), ("secret", secret)) if said]
        after = must_be_provider(tx, row.name)
        return _view(node, after, count), {"provider": row.name, "changed": " ".join(changed)}

    told = msgspec.structs.replace(request, secret="")
    return carry_out(node, actor, "provider change", told, ProviderView, work)


def remove_provider(node: Node, actor: Actor, request: RemoveProviderRequest) -> ProviderRemoved:
    """Take a provider away, with every identity there and the sessions that it opened.

    Raises:
        NotFound: no such provider.
    """
    must_be_present(actor)
    gone: list[int] = []

    def work(tx: Connection, now: Instant) -> tuple[ProviderRemoved, JsonObject]:
        row = must_be_provider(tx, request.name)
        ended = identities.end_sessions_by(tx, row.no, BY_PROVIDER)
        count = identities.drop_provider(tx, row.no)
        gone.append(row.no)
        answer = ProviderRemoved(name=row.name, identities=count, sessions_ended=ended)
        return answer, {"provider": row.name, "identities": count}

    answer = carry_out(node, actor, "provider remove", request, ProviderRemoved, work)
    for number in gone:
        forget_login(node.folder, secret_name(number))
    return answer


def list_providers(node: Node, actor: Actor, request: ListProvidersRequest) -> ProviderList:
    """List the providers, never a secret."""
    with node.store.read() as tx:
        rows, counts = identities.provider_rows(tx), identities.identity_counts(tx)
    return ProviderList(providers=tuple(_view(node, row, counts.get(row.no, 0)) for row in rows))


def must_be_provider(tx: Connection, name: str) -> ProviderRow:
    """Give the provider of this name.

    Raises:
        NotFound: there is none.
    """
    row = identities.provider_named(tx, name)
    if row is None:
        raise NotFound("no identity provider {name}", name=name[:_LONGEST_NAME])
    return row


def client_of(node: Node, row: ProviderRow) -> Client:
    """Give this node as a provider knows it, with the secret.

    Raises:
        NodeError: the file with the secret cannot be read.
    """
    return Client(
        issuer=row.issuer,
        client_id=row.client_id,
        secret=read_login(node.folder, secret_name(row.no)).password,
        acr=tuple(row.acr.split()),
        origins=tuple(row.origins.split()),
    )


def secret_name(number: int) -> str:
    """Give the name under which a provider's secret is kept, apart from the logins at peers and outlets."""
    return f"provider-{number}"


def return_path(name: str) -> str:
    """Give the path to which a provider's answers come: each has its own (RFC 9700 §4.4.2.2)."""
    return f"/sign-in/from/{name}"


def _view(node: Node, row: ProviderRow, count: int) -> ProviderView:
    return ProviderView(
        name=row.name,
        title=row.title,
        issuer=row.issuer,
        client_id=row.client_id,
        acr=tuple(row.acr.split()),
        origins=tuple(row.origins.split()),
        returns_to=desk_url(node) + return_path(row.name),
        identities=count,
        has_secret=bool(read_login(node.folder, secret_name(row.no)).password),
        added_at=iso(Instant(row.added_ms)),
    )


def _checked(request: AddProviderRequest) -> AddProviderRequest:
    if not _NAME.fullmatch(request.name) or len(request.name) > _LONGEST_NAME:
        raise UsageError("a provider's name is of small letters and digits, with hyphens between: foreign-ministry")
    if not request.client_id.isascii() or not request.client_id.isprintable() or not request.client_id.strip():
        raise UsageError("a client id has 1 to {longest} printable ASCII characters", longest=_LONGEST_ID)
    for one in request.origins:
        if _beyond_origin(one):
            raise UsageError("an origin is scheme, host and port alone: https://keys.example")
    for one in request.acr:
        if not one.isascii() or not one.isprintable() or " " in one or not one:
            raise UsageError("a level of assurance is one word of ASCII characters")
    return msgspec.structs.replace(
        request, title=_title(request.title), issuer=checked_issuer(request.issuer), secret=_secret(request.secret)
    )


def _beyond_origin(url: str) -> str:
    origin_of(url)
    return url.partition("://")[2].partition("/")[2] + url.partition("?")[2] + url.partition("#")[2]


def _title(title: str) -> str:
    plain = " ".join(title.split())
    if not plain or len(plain) > _LONGEST_TITLE or not plain.isprintable():
        raise UsageError("a provider's title has 1 to {longest} printable characters", longest=_LONGEST_TITLE)
    return plain


def _secret(secret: str) -> str:
    if secret and (not secret.isascii() or not secret.isprintable()):
        raise UsageError("a client secret has printable ASCII characters alone")
    return secret
