"""Says what `comity token …` takes and shows: the tokens by which programs act for people."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from comity.cli.caller import Caller
from comity.cli.exits import DONE, write_json
from comity.cli.tables import show_sheet, show_table, write_line
from comity.desk.api_tokens import (
    AddTokenRequest,
    ListTokensRequest,
    RevokeTokenRequest,
    TokenAdded,
    TokenList,
    TokenView,
)
from comity.texts import text


def add_commands(app: App) -> None:
    """Add the commands on tokens."""
    token = App(name="token", help=text("Let programs act for a person, by the API."))
    token.command(add, help=text("Make a token for an account; it is shown once."))
    token.command(list_all, name="list", help=text("List the tokens, with their scopes and ends."))
    token.command(revoke, help=text("Take a token away; it opens nothing from the next call on."))
    app.command(token)


def add(
    account: Annotated[str, Parameter(help=text("Name of the account."))],
    *,
    name: Annotated[str, Parameter(help=text("What its person knows the token by."))],
    scope: Annotated[list[str], Parameter(negative="", help=text("As item:read or *:read; say it again for more."))],
    days: Annotated[int, Parameter(help=text("Days until it ends."))] = 90,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    request = AddTokenRequest(account=account, name=name, scopes=tuple(scope), days=days)
    answer = caller.ask("token add", request, TokenAdded)
    if caller.as_json:
        write_json(answer)
        return DONE
    show_sheet(caller.out, (*_sheet(answer.token), (text("Token"), answer.secret)))
    write_line(caller.err, text("The token is shown this once; hand it over by a safe way."))
    return DONE


def list_all(
    account: Annotated[str | None, Parameter(help=text("Name of the account; all without it."))] = None,
    *,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    answer = caller.ask("token list", ListTokensRequest(account=account), TokenList)
    if caller.as_json:
        write_json(answer)
        return DONE
    heads = (
        text("number"),
        text("account"),
        text("name"),
        text("scopes"),
        text("made"),
        text("last used"),
        text("ends"),
    )
    rows = [
        (one.number, one.account, one.name, " ".join(one.scopes), one.added_at, one.used_at or "–", one.until)
        for one in answer.tokens
    ]
    show_table(caller.out, heads, rows)
    return DONE


def revoke(
    number: Annotated[int, Parameter(help=text("Number of the token."))],
    *,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    answer = caller.ask("token revoke", RevokeTokenRequest(number=number), TokenView)
    if caller.as_json:
        write_json(answer)
        return DONE
    show_sheet(caller.out, _sheet(answer))
    return DONE


def _sheet(one: TokenView) -> tuple[tuple[str, object], ...]:
    return (
        (text("Number"), one.number),
        (text("Account"), one.account),
        (text("Name"), one.name),
        (text("Scopes"), " ".join(one.scopes)),
        (text("Ends"), one.until),
    )
