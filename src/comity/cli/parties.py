"""Says what `comity party …` and `comity reader …` take and show."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from comity.cli.caller import Caller
from comity.cli.exits import DONE, write_json
from comity.cli.tables import show_sheet, show_table
from comity.desk.add_party import AddPartyRequest, PartyView
from comity.desk.add_reader import AddReaderRequest, ReaderAdded
from comity.desk.list_parties import ListPartiesRequest, PartyList
from comity.desk.list_readers import ListReadersRequest, ReaderList
from comity.desk.revoke_reader import ReaderRevoked, RevokeReaderRequest
from comity.desk.settings_type import DefaultTlp, PartyKind
from comity.errors import UsageError
from comity.texts import text
from comity.values import party_name


def add_commands(app: App) -> None:
    """Add the commands on parties and their readers."""
    party = App(name="party", help=text("Know the parties you share with."))
    party.command(add, help=text("Enter a party into the node's directory."))
    party.command(list_all, name="list", help=text("List the parties the node knows."))
    app.command(party)
    reader = App(name="reader", help=text("Let a party read what is released to it."))
    reader.command(add_reader, name="add", help=text("Make TAXII credentials for a party; shown once."))
    reader.command(list_readers, name="list", help=text("List the credentials that were made, with their state."))
    reader.command(revoke_reader, name="revoke", help=text("Revoke credentials; they open nothing from now on."))
    app.command(reader)


def add(
    party: Annotated[str, Parameter(help=text("Name of the party; its short name is made of it."))],
    *,
    kind: Annotated[PartyKind, Parameter(help=text("What the party is."))],
    acts_for: Annotated[str | None, Parameter(help=text("State that an authority acts for."))] = None,
    default_tlp: Annotated[
        DefaultTlp | None, Parameter(help=text("Level of the party's objects that carry no marking."))
    ] = None,
    reason: Annotated[str, Parameter(help=text("Why; the second person reads it, where one is needed."))] = "",
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    request = AddPartyRequest(title=party, kind=kind, acts_for=acts_for, default_tlp=default_tlp, reason=reason)
    answer = caller.ask("party add", request, PartyView)
    if caller.as_json:
        write_json(answer)
    else:
        show_sheet(caller.out, ((text("Party"), f"{answer.title} ({answer.kind})"), (text("Short name"), answer.name)))
    return DONE


def list_all(*, caller: Annotated[Caller, Parameter(parse=False)]) -> int:
    answer = caller.ask("party list", ListPartiesRequest(), PartyList)
    if caller.as_json:
        write_json(answer)
        return DONE
    heads = (text("name"), text("title"), text("kind"), text("acts for"), text("unmarked is"), text("here as"))
    show_table(caller.out, heads, [_row(one) for one in answer.parties])
    return DONE


def _row(one: PartyView) -> tuple[str, ...]:
    here = text("this node") if one.is_self else text("reader") if one.reads else ""
    return one.name, one.title, one.kind, one.acts_for or "", one.default_tlp or "", here


def add_reader(
    party: Annotated[str, Parameter(help=text("Name of the party, short or as entered."))],
    *,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    answer = caller.ask("reader add", AddReaderRequest(party=_short(party)), ReaderAdded)
    if caller.as_json:
        write_json(answer)
        return DONE
    show_sheet(
        caller.out,
        (
            (text("Address"), answer.url),
            (text("User"), answer.user),
            (text("Password"), answer.password),
            (text("Collection to read"), answer.collection),
            (text("Collection to submit to"), answer.inbox),
        ),
    )
    caller.err.print(text("The password is shown this once; hand it over by a safe way."), markup=False)
    return DONE


def list_readers(
    *,
    party: Annotated[str | None, Parameter(help=text("Only those of this party, short name or as entered."))] = None,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    request = ListReadersRequest(party=None if party is None else _short(party))
    answer = caller.ask("reader list", request, ReaderList)
    if caller.as_json:
        write_json(answer)
        return DONE
    heads = (text("user"), text("party"), text("collection"), text("added"), text("revoked"))
    rows = [(one.user, one.party, one.collection, one.added_at, one.revoked_at or "") for one in answer.readers]
    show_table(caller.out, heads, rows)
    return DONE


def revoke_reader(
    *,
    user: Annotated[str | None, Parameter(help=text("User name whose credentials go."))] = None,
    party: Annotated[str | None, Parameter(help=text("Party all of whose credentials go."))] = None,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    request = RevokeReaderRequest(user=user, party=None if party is None else _short(party))
    answer = caller.ask("reader revoke", request, ReaderRevoked)
    if caller.as_json:
        write_json(answer)
        return DONE
    show_sheet(
        caller.out,
        (
            (text("Party"), answer.party),
            (text("Revoked"), ", ".join(answer.users)),
            (text("Still in force"), answer.left),
        ),
    )
    return DONE


def _short(party: str) -> str:
    try:
        return party_name(party)
    except ValueError as exc:
        raise UsageError(str(exc)) from exc
