"""Says what `comity account …` takes and shows: the people who sign in to the desk in a browser."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from comity.cli.asking import confirm
from comity.cli.caller import Caller
from comity.cli.exits import DONE, write_json
from comity.cli.tables import show_sheet, show_table, write_line
from comity.desk.accounts import AccountInvited, AccountView
from comity.desk.actor import PersonRole
from comity.desk.add_account import AddAccountRequest
from comity.desk.change_account import AccountChanged, ChangeAccountRequest
from comity.desk.list_accounts import AccountList, ListAccountsRequest
from comity.texts import text


def add_commands(app: App) -> None:
    """Add the commands on accounts."""
    account = App(name="account", help=text("Let people sign in to the desk in a browser."))
    account.command(add, help=text("Make an account; gives the one-time code that makes it its person's."))
    account.command(list_all, name="list", help=text("List the accounts, with their roles and state."))
    account.command(roles, help=text("Set the roles of an account; ends its sessions."))
    account.command(disable, help=text("Close an account and end its sessions."))
    account.command(enable, help=text("Open a closed account again."))
    account.command(invite, help=text("Take an account's ways in away and give a one-time code to make new ones."))
    app.command(account)


def add(
    name: Annotated[str, Parameter(help=text("Name to sign in with, as mara.ellend."))],
    *,
    title: Annotated[str, Parameter(help=text("The person's name as colleagues know it."))],
    role: Annotated[list[PersonRole], Parameter(negative="", help=text("A role; say it again for more."))],
    party: Annotated[
        str | None, Parameter(help=text("With --role guest: the party without a node whose guest the person is."))
    ] = None,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    request = AddAccountRequest(name=name, title=title, roles=tuple(role), party=party)
    answer = caller.ask("account add", request, AccountInvited)
    return _show_invitation(caller, answer)


def list_all(*, caller: Annotated[Caller, Parameter(parse=False)]) -> int:
    answer = caller.ask("account list", ListAccountsRequest(), AccountList)
    if caller.as_json:
        write_json(answer)
        return DONE
    heads = (text("name"), text("person"), text("roles"), text("state"), text("password"), text("passkeys"))
    show_table(caller.out, heads, [_row(one) for one in answer.accounts])
    return DONE


def roles(
    name: Annotated[str, Parameter(help=text("Name of the account."))],
    *,
    role: Annotated[list[PersonRole], Parameter(negative="", help=text("A role; say it again for more."))],
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    return _change(caller, ChangeAccountRequest(name=name, change="roles", roles=tuple(role)))


def disable(
    name: Annotated[str, Parameter(help=text("Name of the account."))],
    *,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    return _change(caller, ChangeAccountRequest(name=name, change="disable"))


def enable(
    name: Annotated[str, Parameter(help=text("Name of the account."))],
    *,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    return _change(caller, ChangeAccountRequest(name=name, change="enable"))


def invite(
    name: Annotated[str, Parameter(help=text("Name of the account."))],
    *,
    yes: Annotated[bool, Parameter(negative="", help=text("Do not ask."))] = False,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    question = text("Take password, codes and passkeys of {name} away?", name=name)
    confirm(caller, question, yes=yes)
    return _change(caller, ChangeAccountRequest(name=name, change="invite"))


def _change(caller: Caller, request: ChangeAccountRequest) -> int:
    answer = caller.ask("account change", request, AccountChanged)
    if answer.invitation is not None and not caller.as_json:
        return _show_invitation(caller, answer.invitation)
    if caller.as_json:
        write_json(answer)
        return DONE
    rows = (*_sheet(answer.account), (text("Sessions ended"), answer.sessions_ended))
    show_sheet(caller.out, rows)
    return DONE


def _show_invitation(caller: Caller, answer: AccountInvited) -> int:
    if caller.as_json:
        write_json(answer)
        return DONE
    rows = (
        *_sheet(answer.account),
        (text("Address"), answer.url),
        (text("One-time code"), answer.code),
        (text("Good until"), answer.until),
    )
    show_sheet(caller.out, rows)
    write_line(caller.err, text("The code is shown this once; hand it over by a safe way."))
    return DONE


def _sheet(one: AccountView) -> tuple[tuple[str, object], ...]:
    return (
        (text("Account"), f"{one.name} ({one.title})"),
        (text("Roles"), ", ".join(one.roles)),
        *(((text("Guest of"), one.party),) if one.party else ()),
        (text("State"), _state(one.state)),
    )


def _row(one: AccountView) -> tuple[object, ...]:
    password = text("yes") if one.password else text("no")
    return one.name, one.title, ", ".join(one.roles), _state(one.state), password, one.passkeys


def _state(state: str) -> str:
    return {
        "active": text("active"),
        "invited": text("invited"),
        "disabled": text("disabled"),
        "no way in": text("no way in"),
    }[state]
