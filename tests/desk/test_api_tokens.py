"""Tests tokens: what they open, for whom, until when, and that no secret of one is kept."""

from pathlib import Path

import msgspec
import pytest

from comity.desk.actor import Actor, PersonRole
from comity.desk.add_account import AddAccountRequest, add_account
from comity.desk.api_tokens import (
    MOST_TOKENS,
    AddTokenRequest,
    Bearer,
    ListTokensRequest,
    RevokeTokenRequest,
    TokenAdded,
    add_token,
    bearer_of,
    checked_scopes,
    list_tokens,
    revoke_token,
)
from comity.desk.change_account import ChangeAccountRequest, change_account
from comity.errors import Conflict, NotFound, NotPermitted, Unauthenticated, UsageError
from tests.support.nodes import OFFICER, Freedonia, freedonia

MARA = Actor(name="mara", role="analyst", via="web")


def account(hub: Freedonia, name: str, *roles: PersonRole) -> None:
    add_account(hub.node, OFFICER, AddAccountRequest(name=name, title=name, roles=roles or ("analyst",)))


def made(hub: Freedonia, actor: Actor = MARA, **said: object) -> TokenAdded:
    request = AddTokenRequest(**({"name": "night report", "scopes": ("item:read",)} | said))  # type: ignore[arg-type]
    return add_token(hub.node, actor, request)


def test_a_token_acts_for_its_person_and_its_secret_is_kept_nowhere(tmp_path: Path) -> None:
    with freedonia(tmp_path, in_memory=False) as hub:
        account(hub, "mara")
        added = made(hub, scopes=("item:read", "release:read"))
        bearer = bearer_of(hub.node, added.secret)
        assert (bearer.account, bearer.roles) == ("mara", ("analyst",))
        assert bearer.scopes == {"item:read", "release:read"}
        assert list_tokens(hub.node, MARA, ListTokensRequest()).tokens[0].used_at is not None
        kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
        assert added.secret.encode() not in kept and added.secret.removeprefix("comity-").encode() not in kept


@pytest.mark.parametrize("change", ["disable", "invite"])
def test_a_closed_account_or_a_new_way_in_closes_its_tokens(tmp_path: Path, change: str) -> None:
    with freedonia(tmp_path) as hub:
        account(hub, "mara")
        added = made(hub)
        change_account(hub.node, OFFICER, msgspec.convert({"name": "mara", "change": change}, ChangeAccountRequest))
        with pytest.raises(Unauthenticated):
            bearer_of(hub.node, added.secret)


def test_a_role_that_is_taken_away_is_taken_from_the_token(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        account(hub, "mara", "analyst", "releaser")
        added = made(hub)
        change_account(hub.node, OFFICER, ChangeAccountRequest(name="mara", change="roles", roles=("auditor",)))
        assert bearer_of(hub.node, added.secret).roles == ("auditor",)


def test_a_token_ends_at_its_time_and_when_it_is_revoked(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        account(hub, "mara")
        short, long = made(hub, days=1), made(hub, days=90)
        hub.later(86_400 - 1)
        assert bearer_of(hub.node, short.secret)
        hub.later(1)
        with pytest.raises(Unauthenticated):
            bearer_of(hub.node, short.secret)
        revoke_token(hub.node, MARA, RevokeTokenRequest(number=long.token.number))
        with pytest.raises(Unauthenticated):
            bearer_of(hub.node, long.secret)


@pytest.mark.parametrize("secret", ["", "comity-", "x" * 5_000, "\x00", "\ud800", "comity-" + "A" * 43])
def test_what_is_no_token_opens_nothing(tmp_path: Path, secret: str) -> None:
    with freedonia(tmp_path) as hub:
        account(hub, "mara")
        made(hub)
        with pytest.raises(Unauthenticated):
            bearer_of(hub.node, secret)


def test_nobody_has_to_do_with_another_persons_tokens(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        account(hub, "mara")
        account(hub, "tomas")
        theirs = made(hub, Actor(name="tomas", role="analyst", via="web"))
        with pytest.raises(NotPermitted):
            made(hub, account="tomas")
        with pytest.raises(NotPermitted):
            list_tokens(hub.node, MARA, ListTokensRequest(account="tomas"))
        for number in (theirs.token.number, 99):
            with pytest.raises(NotFound):
                revoke_token(hub.node, MARA, RevokeTokenRequest(number=number))
        assert list_tokens(hub.node, MARA, ListTokensRequest()).tokens == ()
        # Whoever runs the node's own machine sees and ends all.
        assert [one.account for one in list_tokens(hub.node, OFFICER, ListTokensRequest()).tokens] == ["tomas"]
        revoke_token(hub.node, OFFICER, RevokeTokenRequest(number=theirs.token.number))
        assert list_tokens(hub.node, OFFICER, ListTokensRequest(account="tomas")).tokens == ()


def test_a_token_makes_no_other_and_an_account_has_not_too_many(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        account(hub, "mara")
        with pytest.raises(NotPermitted):
            made(hub, Actor(name="mara", role="analyst", via="api"))
        with pytest.raises(UsageError):
            made(hub, OFFICER)
        for _ in range(MOST_TOKENS):
            made(hub, days=1)
        with pytest.raises(Conflict):
            made(hub)
        hub.later(86_400)
        assert made(hub)  # those that have ended make room


@pytest.mark.parametrize(
    "said",
    [
        {"name": ""},
        {"name": "x" * 81},
        {"name": "a\x07b"},
        {"days": 0},
        {"days": 91},
        {"scopes": ()},
        {"scopes": ("x",)},
    ],
)
def test_a_token_that_does_not_hold_is_refused(tmp_path: Path, said: dict[str, object]) -> None:
    with freedonia(tmp_path) as hub:
        account(hub, "mara")
        with pytest.raises(UsageError):
            made(hub, **said)


@pytest.mark.parametrize(
    "scope", ["item", "item:", ":read", "item:all", "Item:read", "item:read:x", "nothing:read", "*"]
)
def test_a_scope_has_one_form(scope: str) -> None:
    with pytest.raises(UsageError):
        checked_scopes([scope])


@pytest.mark.parametrize(
    ("scopes", "verb", "writes", "covered"),
    [
        (("item:read",), "item search", False, True),
        (("item:read",), "item take-in", True, False),
        (("item:write",), "item take-in", True, True),
        (("item:write",), "item search", False, True),
        (("item:write",), "release explain", False, False),
        (("*:read",), "doctor", False, True),
        (("*:read",), "peer clear", True, False),
        (("*:write",), "peer clear", True, True),
    ],
)
def test_scopes_cover_their_noun_and_reading_under_writing(
    scopes: tuple[str, ...], verb: str, writes: bool, covered: bool
) -> None:
    bearer = Bearer(number=1, token="t", account="mara", roles=(), scopes=frozenset(checked_scopes(scopes)))
    assert bearer.covers(verb, writes=writes) is covered
