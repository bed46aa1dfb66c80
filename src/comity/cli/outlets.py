"""Says what `comity outlet …` takes and shows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from comity.cli.asking import confirm
from comity.cli.caller import Caller
from comity.cli.exits import DONE, NETWORK, REFUSED, write_json
from comity.cli.secrets import read_secret
from comity.cli.tables import show_table, write_line
from comity.desk.add_outlet import AddOutletRequest
from comity.desk.change_outlet import ChangeOutletRequest, OutletsChanged
from comity.desk.list_outlet_items import ListOutletItemsRequest, OutletItems, State
from comity.desk.list_peers import ListPeersRequest, PeerList
from comity.desk.outlets import OutletView
from comity.desk.preview_release import PreviewReleaseRequest, ReleasePreview
from comity.desk.submit_to_outlets import Submissions, SubmitRequest
from comity.errors import Unreachable, UsageError, WrongTlsKey
from comity.texts import counted, text


def add_commands(app: App) -> None:
    """Add the commands on outlets."""
    outlet = App(name="outlet", help=text("Submit to other parties' TAXII servers what those parties may have."))
    outlet.command(add, help=text("Submit to a collection of a party's server from now on."))
    outlet.command(submit, help=text("Submit what is new now, and ask what became of what went."))
    outlet.command(items, help=text("List what was submitted to a party, and what became of it."))
    outlet.command(pause, help=text("Let nothing go to a party's server."))
    outlet.command(resume, help=text("Submit to a party again; what was not taken is in line again."))
    outlet.command(drop, help=text("Submit no more to a party; what went stays there."))
    app.command(outlet)


def add(
    url: Annotated[str, Parameter(help=text("URL of the server's discovery, an API root, or the collection."))],
    *,
    party: Annotated[str, Parameter(help=text("Short name of the party whose server it is."))],
    user: Annotated[str, Parameter(help=text("User to sign in as; needs --password-file."))] = "",
    password_file: Annotated[Path | None, Parameter(help=text("File that holds the password alone."))] = None,
    token_file: Annotated[Path | None, Parameter(help=text("File that holds a bearer token alone."))] = None,
    reason: Annotated[str, Parameter(help=text("Why; the second person reads it, where one is needed."))] = "",
    yes: Annotated[bool, Parameter(negative="", help=text("Do not ask."))] = False,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    if bool(user) != bool(password_file):
        raise UsageError(text("--user and --password-file go together"))
    if not yes:
        _show_what_would_go(caller, party)
        confirm(caller, text("Submit this to {url}, and what follows?", url=url), yes=False)
    request = AddOutletRequest(
        party=party,
        url=url,
        user=user,
        password=read_secret(password_file),
        token=read_secret(token_file),
        reason=reason,
    )
    return _shown(caller, (caller.ask("outlet add", request, OutletView),))


def submit(
    *,
    party: Annotated[str | None, Parameter(help=text("Short name of the party; all if not said."))] = None,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    answer = caller.ask("outlet submit", SubmitRequest(party=party), Submissions, title=text("Submitting"))
    if caller.as_json:
        write_json(answer)
    else:
        heads = (
            text("party"), text("collection"), text("sent"), text("taken"), text("not taken"), text("pending"),
            text("nobody knows"), text("said"),
        )  # fmt: skip
        rows = [
            (one.party, one.url, one.sent, one.taken, one.failed, one.pending, one.unknown, one.error)
            for one in answer.outlets
        ]
        show_table(caller.out, heads, rows)
    failed = [one for one in answer.outlets if one.error]
    if any(one.code in (Unreachable.code, WrongTlsKey.code) for one in failed):
        return NETWORK
    return REFUSED if failed or any(one.failed or one.unknown for one in answer.outlets) else DONE


def items(
    party: Annotated[str, Parameter(help=text("Short name of the party."))],
    *,
    state: Annotated[State | None, Parameter(help=text("Only objects in this state."))] = None,
    ended: Annotated[
        bool, Parameter(negative="", help=text("Only what may lie there and the party may no longer have."))
    ] = False,
    after: Annotated[int, Parameter(help=text("Go on after this, as an earlier answer said."))] = 0,
    limit: Annotated[int, Parameter(help=text("Most objects to show."))] = 100,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    request = ListOutletItemsRequest(party=party, state=state, ended=ended, after=after, limit=limit)
    answer = caller.ask("outlet items", request, OutletItems)
    if caller.as_json:
        write_json(answer)
        return DONE
    heads = (text("id"), text("version"), text("state"), text("since"), text("said"))
    for url in dict.fromkeys(one.url for one in answer.items):
        write_line(caller.out, url)
        here = [one for one in answer.items if one.url == url]
        rows = [(one.id or text("erased"), one.version, one.state, one.at, one.said) for one in here]
        show_table(caller.out, heads, rows)
    found = counted("{count} object", "{count} objects", len(answer.items))
    more = found if answer.after is None else text("{found}; more with --after {no}", found=found, no=answer.after)
    caller.err.print(more, markup=False)
    return DONE


def pause(
    party: Annotated[str, Parameter(help=text("Short name of the party."))],
    *,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    return _changed(caller, ChangeOutletRequest(party=party, what="pause"))


def resume(
    party: Annotated[str, Parameter(help=text("Short name of the party."))],
    *,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    return _changed(caller, ChangeOutletRequest(party=party, what="resume"))


def drop(
    party: Annotated[str, Parameter(help=text("Short name of the party."))],
    *,
    yes: Annotated[bool, Parameter(negative="", help=text("Do not ask."))] = False,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    if not yes:
        there = caller.ask("peer list", ListPeersRequest(party=party), PeerList).outlets
        for one in there:
            went = one.taken + one.pending + one.unknown
            words = text("{count} objects lie or may lie at {url}. They stay there.", count=went, url=one.url)
            write_line(caller.err, words)
    confirm(caller, text("Submit no more to {party}?", party=party), yes=yes)
    return _changed(caller, ChangeOutletRequest(party=party, what="drop"))


def show_outlets(caller: Caller, outlets: Sequence[OutletView]) -> None:
    """Show outlets, and warn of what a server holds that its party may no longer have."""
    heads = (
        text("submitted to"), text("collection"), text("state"), text("in line"), text("pending"), text("taken"),
        text("not taken"), text("nobody knows"), text("said"),
    )  # fmt: skip
    rows = [
        (one.party, one.url, one.state, one.waiting, one.pending, one.taken, one.failed, one.unknown, one.said)
        for one in outlets
    ]
    show_table(caller.out, heads, rows)
    for one in outlets:
        if one.ended:
            words = text(
                "{count} objects at {url} may no longer be had by {party}. That server gives nothing back: see "
                "`comity outlet items {party} --ended`, and ask {party} to remove them.",
                count=one.ended,
                url=one.url,
                party=one.party,
            )
            write_line(caller.err, words)
        if one.differing:
            words = text(
                "{count} objects at {url} would go otherwise now; that server keeps what came first.",
                count=one.differing,
                url=one.url,
            )
            write_line(caller.err, words)


def _show_what_would_go(caller: Caller, party: str) -> None:
    preview = caller.ask("release preview", PreviewReleaseRequest(to=party), ReleasePreview)
    for one in preview.parties:
        heads = (text("would go"), text("types"), text("by"))
        rows = [(group.count, ", ".join(group.types), group.sentence) for group in one.groups if group.released]
        show_table(caller.err, heads, rows)
    words = text("What is submitted to a plain server cannot be taken back from it.")
    write_line(caller.err, words)


def _changed(caller: Caller, request: ChangeOutletRequest) -> int:
    return _shown(caller, caller.ask("outlet change", request, OutletsChanged).outlets)


def _shown(caller: Caller, outlets: tuple[OutletView, ...]) -> int:
    if caller.as_json:
        write_json(OutletsChanged(outlets=outlets))
    else:
        show_outlets(caller, outlets)
    return DONE
