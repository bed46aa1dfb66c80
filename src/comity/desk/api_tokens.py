"""Decides what a program may do with a token: what its person may, within the token's scopes, until it ends.

A token is 256 random bits of which the node keeps the hash. It opens nothing that its person's roles do not open at
that moment; a disabled account, a new way in and the token's own end close it at once.
"""

import base64
from collections.abc import Iterable

import msgspec
from sqlalchemy import Connection

from comity.desk.accounts import must_be_there, roles_of
from comity.desk.actor import Actor, PersonRole
from comity.desk.carry_out import carry_out
from comity.desk.node_type import Node
from comity.desk.roles import OPENED
from comity.errors import Conflict, NotFound, NotPermitted, Unauthenticated, UsageError
from comity.stores import accounts, api_tokens
from comity.stores.accounts import AccountRow
from comity.stores.api_tokens import TokenRow
from comity.values import Instant, JsonObject, iso, iso_or_none

PREFIX = "comity-"
MOST_DAYS, DAY_MS = 90, 86_400_000
MOST_TOKENS = 50  # of one account
LONGEST_NAME = 80
READ, WRITE, ALL = "read", "write", "*"
NOUNS = tuple(sorted({verb.partition(" ")[0] for verb in OPENED}))
_SECRET_BYTES = 32
_NOTED_EVERY_MS = 60_000


class TokenView(msgspec.Struct, frozen=True, kw_only=True):
    """A token without its secret. `scopes` are of the form `item:read`, `item:write`, `*:read`."""

    number: int
    account: str
    name: str
    scopes: tuple[str, ...]
    added_at: str
    until: str
    used_at: str | None


class AddTokenRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A token for an account; on a page or by the API always for one's own. `days`: until it ends."""

    name: str
    scopes: tuple[str, ...]
    days: int = 90
    account: str | None = None


class TokenAdded(msgspec.Struct, frozen=True, kw_only=True):
    """The token, shown this once."""

    token: TokenView
    secret: str


class ListTokensRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens of one account; without one, of the person who asks, or at the node's own machine of all."""

    account: str | None = None


class TokenList(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens by number."""

    tokens: tuple[TokenView, ...]


class RevokeTokenRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A token by its number."""

    number: int


class Bearer(msgspec.Struct, frozen=True, kw_only=True):
    """For whom a program acts, and within which scopes."""

    number: int
    token: str
    account: str
    roles: tuple[PersonRole, ...]
    scopes: frozenset[str]

    def covers(self, verb: str, *, writes: bool) -> bool:
        """Tell whether the scopes let a verb be asked for; a scope to write covers reading too."""
        noun, words = verb.partition(" ")[0], (WRITE,) if writes else (READ, WRITE)
        return any(f"{about}:{word}" in self.scopes for about in (noun, ALL) for word in words)


def add_token(node: Node, actor: Actor, request: AddTokenRequest) -> TokenAdded:
    """Make a token.

    Raises:
        NotFound: no such account. NotPermitted: it is another person's, or a token asks for a token.
        UsageError: a name, a scope or a time that does not hold. Conflict: the account has too many, or is disabled.
    """
    name = " ".join(request.name.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise UsageError("a token's name has 1 to {longest} printable characters", longest=LONGEST_NAME)
    if not 1 <= request.days <= MOST_DAYS:
        raise UsageError("a token holds for 1 to {most} days", most=MOST_DAYS)
    scopes = checked_scopes(request.scopes)
    if actor.via == "api":
        raise NotPermitted("a token makes no other token: sign in for that")
    secret = PREFIX + base64.urlsafe_b64encode(node.entropy(_SECRET_BYTES)).decode().rstrip("=")

    def work(tx: Connection, now: Instant) -> tuple[TokenAdded, JsonObject]:
        row = _account_asked(tx, actor, request.account)
        if row.disabled_ms is not None:
            raise Conflict("account {name} is disabled: enable it first", name=row.name)
        _drop_ended(tx, row.no, now)
        if len(api_tokens.tokens_of(tx, row.no)) >= MOST_TOKENS:
            raise Conflict("an account has at most {most} tokens: revoke one first", most=MOST_TOKENS)
        until = Instant(now + request.days * DAY_MS)
        held = api_tokens.add_token(tx, secret.encode(), row.no, name, " ".join(scopes), now, until)
        view = _view(held, row.name)
        return TokenAdded(token=view, secret=secret), {
            "account": row.name,
            "token": held.no,
            "scopes": " ".join(scopes),
        }

    return carry_out(node, actor, "token add", request, TokenAdded, work)


def list_tokens(node: Node, actor: Actor, request: ListTokensRequest) -> TokenList:
    """List tokens, never a secret.

    Raises:
        NotFound: no such account. NotPermitted: it is another person's.
    """
    with node.store.read() as tx:
        if request.account is None and not actor.is_person:
            names = {row.no: row.name for row in accounts.account_rows(tx)}
            return TokenList(tokens=tuple(_view(one, names[one.account_no]) for one in api_tokens.tokens_of(tx)))
        row = _account_asked(tx, actor, request.account)
        return TokenList(tokens=tuple(_view(one, row.name) for one in api_tokens.tokens_of(tx, row.no)))


def revoke_token(node: Node, actor: Actor, request: RevokeTokenRequest) -> TokenView:
    """Take a token away; it opens nothing from the next call on.

    Raises:
        NotFound: no such token, or it is another person's.
    """

    def work(tx: Connection, now: Instant) -> tuple[TokenView, JsonObject]:
        names = {row.no: row.name for row in accounts.account_rows(tx)}
        held = next((one for one in api_tokens.tokens_of(tx) if one.no == request.number), None)
        if held is None or (actor.is_person and names[held.account_no] != actor.name):
            raise NotFound("no token {number}", number=request.number)
        api_tokens.drop_token(tx, held.no)
        return _view(held, names[held.account_no]), {"account": names[held.account_no], "token": held.no}

    return carry_out(node, actor, "token revoke", request, TokenView, work)


def bearer_of(node: Node, secret: str) -> Bearer:
    """Give for whom the bearer of a token acts, and note that it is in use.

    Raises:
        Unauthenticated: it is no token, or no longer, or its account is closed; the cases are told alike.
    """
    now = node.clock()
    with node.store.read() as tx:
        held = api_tokens.token_by_secret(tx, secret.encode("utf-8", "replace"))
        row = None if held is None else accounts.account_of(tx, held.account_no)
    if held is None or row is None or row.disabled_ms is not None or held.until_ms <= now:
        raise Unauthenticated("this token is not, or no longer, good")
    if now - (held.used_ms or 0) >= _NOTED_EVERY_MS and not node.store.read_only:
        with node.store.write() as tx:
            api_tokens.use_token(tx, held.no, now)
    return Bearer(
        number=held.no,
        token=held.name,
        account=row.name,
        roles=roles_of(row),
        scopes=frozenset(held.scopes.split()),
    )


def checked_scopes(scopes: Iterable[str]) -> tuple[str, ...]:
    """Give scopes as they are kept, each once.

    Raises:
        UsageError: there is none, or one of another form.
    """
    wanted = tuple(sorted(set(scopes)))
    for one in wanted:
        noun, _, word = one.partition(":")
        if noun not in (*NOUNS, ALL) or word not in (READ, WRITE):
            raise UsageError(
                "no scope {scope}: one is of the form item:read, item:write or *:read, about {nouns}",
                scope=one[:LONGEST_NAME],
                nouns=", ".join(NOUNS),
            )
    if not wanted:
        raise UsageError("a token has at least one scope, as item:read")
    return wanted


def _account_asked(tx: Connection, actor: Actor, name: str | None) -> AccountRow:
    """Give the account that is meant: a person's own, at the node's own machine any."""
    if not actor.is_person:
        if name is None:
            raise UsageError("say for whose account the token is")
        return must_be_there(tx, name)
    if name not in (None, actor.name):
        raise NotPermitted("nobody makes or sees another person's tokens")
    return must_be_there(tx, actor.name)


def _drop_ended(tx: Connection, account_no: int, now: Instant) -> None:
    for one in api_tokens.tokens_of(tx, account_no):
        if one.until_ms <= now:
            api_tokens.drop_token(tx, one.no)


def _view(row: TokenRow, account: str) -> TokenView:
    return TokenView(
        number=row.no,
        account=account,
        name=row.name,
        scopes=tuple(row.scopes.split()),
        added_at=iso(Instant(row.added_ms)),
        until=iso(Instant(row.until_ms)),
        used_at=iso_or_none(row.used_ms),
    )
