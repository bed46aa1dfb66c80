"""Says what `comity provider …` takes and shows: the identity providers by whose word people may sign in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from comity.cli.asking import confirm
from comity.cli.caller import Caller
from comity.cli.exits import DONE, write_json
from comity.cli.secrets import read_secret
from comity.cli.tables import show_sheet, show_table
from comity.desk.identity_providers import (
    AddProviderRequest,
    ChangeProviderRequest,
    ListProvidersRequest,
    ProviderList,
    ProviderRemoved,
    ProviderView,
    RemoveProviderRequest,
)
from comity.texts import text


def add_commands(app: App) -> None:
    """Add the commands on identity providers."""
    provider = App(name="provider", help=text("Let people sign in to the desk by an identity provider."))
    provider.command(add, help=text("Let people sign in by a provider from now on."))
    provider.command(list_all, name="list", help=text("List the providers, never a secret."))
    provider.command(change, help=text("Give a provider another title or a new secret."))
    provider.command(remove, help=text("Take a provider away, with every identity there and its sessions."))
    app.command(provider)


def add(
    name: Annotated[str, Parameter(help=text("Short name; it stands in the address to register there."))],
    *,
    title: Annotated[str, Parameter(help=text("Name shown on the sign-in page."))],
    issuer: Annotated[str, Parameter(help=text("Issuer, exactly as the provider writes it."))],
    client_id: Annotated[str, Parameter(help=text("Id of this node there."))],
    secret_file: Annotated[Path | None, Parameter(help=text("File that holds the client secret alone."))] = None,
    acr: Annotated[list[str] | None, Parameter(negative="", help=text("A level of assurance asked for."))] = None,
    origin: Annotated[
        list[str] | None, Parameter(negative="", help=text("Where its addresses may stand besides the issuer's own."))
    ] = None,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    request = AddProviderRequest(
        name=name,
        title=title,
        issuer=issuer,
        client_id=client_id,
        secret=read_secret(secret_file),
        acr=tuple(acr or ()),
        origins=tuple(origin or ()),
    )
    return _show(caller, caller.ask("provider add", request, ProviderView))


def list_all(*, caller: Annotated[Caller, Parameter(parse=False)]) -> int:
    answer = caller.ask("provider list", ListProvidersRequest(), ProviderList)
    if caller.as_json:
        write_json(answer)
        return DONE
    heads = (text("name"), text("title"), text("issuer"), text("identities"))
    show_table(caller.out, heads, [(one.name, one.title, one.issuer, one.identities) for one in answer.providers])
    return DONE


def change(
    name: Annotated[str, Parameter(help=text("Short name of the provider."))],
    *,
    title: Annotated[str, Parameter(help=text("Name shown on the sign-in page."))] = "",
    secret_file: Annotated[Path | None, Parameter(help=text("File that holds the client secret alone."))] = None,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    request = ChangeProviderRequest(name=name, title=title, secret=read_secret(secret_file))
    return _show(caller, caller.ask("provider change", request, ProviderView))


def remove(
    name: Annotated[str, Parameter(help=text("Short name of the provider."))],
    *,
    yes: Annotated[bool, Parameter(negative="", help=text("Do not ask."))] = False,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    confirm(caller, text("Take {name} away, with every identity there?", name=name), yes=yes)
    answer = caller.ask("provider remove", RemoveProviderRequest(name=name), ProviderRemoved)
    if caller.as_json:
        write_json(answer)
        return DONE
    show_sheet(
        caller.out,
        (
            (text("Provider"), answer.name),
            (text("Identities"), answer.identities),
            (text("Sessions ended"), answer.sessions_ended),
        ),
    )
    return DONE


def _show(caller: Caller, answer: ProviderView) -> int:
    if caller.as_json:
        write_json(answer)
        return DONE
    rows = (
        (text("Provider"), f"{answer.name} ({answer.title})"),
        (text("Issuer"), answer.issuer),
        (text("Answers come to"), answer.returns_to),
        (text("Client secret"), text("kept in a file") if answer.has_secret else text("none")),
    )
    show_sheet(caller.out, rows)
    return DONE
