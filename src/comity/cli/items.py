"""Says what `comity item …` takes and shows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from comity.cli.asking import confirm
from comity.cli.caller import Caller
from comity.cli.columns import columns_of
from comity.cli.exits import DONE, write_json
from comity.cli.owed import after_end_words
from comity.cli.receipts import show_receipts
from comity.cli.tables import show_sheet, show_table, write_line
from comity.desk.erase_item import EraseItemRequest, ItemErased
from comity.desk.export_items import ExportAnswer, ExportItemsRequest
from comity.desk.import_items import ImportAnswer, ImportItemsRequest
from comity.desk.item_views import ItemView
from comity.desk.mark_item import MarkItemRequest
from comity.desk.retract import ItemRetracted, RetractRequest
from comity.desk.search_items import ItemsFound, SearchItemsRequest
from comity.desk.settings_type import DefaultTlp
from comity.desk.show_item import ItemShown, ShowItemRequest
from comity.errors import NotFound, UsageError
from comity.texts import counted, text


def add_commands(app: App) -> None:
    """Add the commands on items."""
    item = App(name="item", help=text("Take items in, find them, write them out, erase them."))
    item.command(
        take_in, name="import", help=text("Take in files of STIX, MISP or CSV; what cannot be read waits apart.")
    )
    item.command(show, help=text("Show an item: its versions, its handling, who has it."))
    item.command(search, help=text("Find items by a value in them: an address, a hash, a name, an external id."))
    item.command(export, help=text("Write items out: all that is held, or what a party may have."))
    item.command(mark, help=text("Say, as an officer, whether an item holds personal data."))
    item.command(retract, help=text("Take an own item back from everyone who was served it."))
    item.command(erase, help=text("Erase an item from every table and file of the node."))
    app.command(item)


def take_in(
    *paths: Annotated[Path, Parameter(help=text("Files or folders."))],
    default_tlp: Annotated[DefaultTlp | None, Parameter(help=text("Level of objects that carry no marking."))] = None,
    source: Annotated[
        str | None, Parameter(name="--from", help=text("Party that they come from; else one's own."))
    ] = None,
    embargo_until: Annotated[
        str | None, Parameter(help=text("Date, or time with zone, before which none is released."))
    ] = None,
    columns: Annotated[
        str | None, Parameter(help=text("Columns of .csv files: value=NAME,type=#2 and so on, or a .toml file."))
    ] = None,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    if not paths:
        raise UsageError("say which files or folders to take in")
    request = ImportItemsRequest(
        paths=tuple(str(path.expanduser().absolute()) for path in paths),
        default_tlp=default_tlp,
        source=source,
        embargo_until=embargo_until,
        columns=None if columns is None else columns_of(columns),
    )
    answer = caller.ask("item import", request, ImportAnswer, title=text("Taking in"))
    if caller.as_json:
        write_json(answer)
    else:
        show_import(caller, answer)
    return DONE


def show_import(caller: Caller, answer: ImportAnswer) -> None:
    """Show what became of an import."""
    show_sheet(
        caller.out,
        (
            (text("Objects"), answer.objects),
            (text("New"), answer.new),
            (text("Upgraded from STIX 2.0"), answer.upgraded),
            (text("Held already"), answer.duplicate),
            (text("In quarantine"), answer.quarantined),
            (text("Kept through record"), answer.kept_through),
        ),
    )
    if answer.misp_events:
        counts = ((text("MISP events"), answer.misp_events), (text("Not said in STIX"), answer.losses))
        show_sheet(caller.out, counts)
    if answer.left_out:
        show_sheet(caller.out, ((text("Columns not taken"), ", ".join(answer.left_out)),))
    if answer.flags:
        heads = (text("id"), text("on these warning lists, likely a false positive"))
        show_table(caller.out, heads, [(one.id, ", ".join(one.lists)) for one in answer.flags])
    if answer.quarantine:
        rows = [(one.file, one.path, one.id, one.reason) for one in answer.quarantine]
        show_table(caller.out, (text("file"), text("where"), text("id"), text("why in quarantine")), rows)


def show(
    id: Annotated[str, Parameter(help=text("STIX id."))],
    *,
    source: Annotated[str | None, Parameter(name="--from", help=text("Only as this party gave it."))] = None,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    answer = caller.ask("item show", ShowItemRequest(id=id, source=source), ItemShown)
    if caller.as_json:
        write_json(answer)
        return DONE
    show_table(caller.out, _heads(), [_row(one) for one in answer.versions])
    visible = ", ".join(answer.visible_to) or text("nobody")
    ended = () if answer.after_end is None else ((text("Since the end"), after_end_words(answer.after_end)),)
    show_sheet(caller.out, ((text("Released to"), visible), *ended))
    if answer.receipts:
        show_receipts(caller, answer.receipts)
    for name in answer.warnings:
        write_line(caller.out, text("On the warning list {name}: likely a false positive.", name=name))
    if answer.losses:
        heads = (text("MISP"), text("field"), text("said there"), text("said here"), text("given back to MISP"))
        rows = [(o.what, o.field, o.before, o.after, text("yes") if o.kept else text("no")) for o in answer.losses]
        show_table(caller.out, heads, rows)
    caller.out.print(answer.body, markup=False, highlight=False, soft_wrap=True)
    return DONE


def search(
    value: Annotated[str, Parameter(help=text("What to find; with * at its end, how it begins."))] = "",
    *,
    type: Annotated[str | None, Parameter(help=text("Only objects of this STIX type."))] = None,
    tlp: Annotated[str | None, Parameter(help=text("Only what bears this level, as amber+strict."))] = None,
    source: Annotated[str | None, Parameter(help=text("Only what came from this party."))] = None,
    since: Annotated[str | None, Parameter(help=text("Only what was kept at this time or later."))] = None,
    until: Annotated[str | None, Parameter(help=text("Only what was kept before this time."))] = None,
    newest: Annotated[bool, Parameter(negative="", help=text("The newest first, where no value is given."))] = False,
    after: Annotated[int, Parameter(help=text("Go on after this, as an earlier answer said."))] = 0,
    limit: Annotated[int, Parameter(help=text("Most items to show."))] = 100,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    request = SearchItemsRequest(
        value=value,
        type=type,
        tlp=tlp,
        source=source,
        since=since,
        until=until,
        newest=newest,
        after=after,
        limit=limit,
    )
    answer = caller.ask("item search", request, ItemsFound)
    if caller.as_json:
        write_json(answer)
        return DONE
    show_table(caller.out, _heads(), [_row(one) for one in answer.items])
    found = counted("{count} item", "{count} items", len(answer.items))
    caller.err.print(
        found if answer.after is None else text("{found}; more with --after {no}", found=found, no=answer.after)
    )
    return DONE


def export(
    file: Annotated[Path, Parameter(help=text("File to write; of a feed the folder."))],
    *,
    format: Annotated[
        Literal["stix", "misp", "misp-feed"],
        Parameter(help=text("A bundle, a file of MISP events, or the folder of a MISP feed.")),
    ] = "stix",
    to: Annotated[str | None, Parameter(help=text("Only what this party may have, as it may have it."))] = None,
    yes: Annotated[bool, Parameter(negative="", help=text("Replace the file if it is there."))] = False,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    path = str(file.expanduser().absolute())
    request = ExportItemsRequest(path=path, format=format, to=to, overwrite=yes)
    answer = caller.ask("item export", request, ExportAnswer, title=text("Writing"))
    if caller.as_json:
        write_json(answer)
        return DONE
    show_sheet(caller.out, ((text("File"), answer.path), (text("Objects"), answer.objects)))
    if format != "stix":
        rows = ((text("MISP events"), answer.events), (text("Left out: their part is not given"), answer.stray))
        show_sheet(caller.out, rows)
    if to is None:
        caller.err.print(text("All that is held: no agreement and no marking was applied."), markup=False)
    return DONE


def mark(
    id: Annotated[str, Parameter(help=text("STIX id."))],
    *,
    personal: Annotated[
        Literal["no", "yes", "as-ruled"],
        Parameter(help=text("Whether it holds personal data; as-ruled takes an earlier word back.")),
    ],
    reason: Annotated[str, Parameter(help=text("Why; kept in the audit."))],
    source: Annotated[str | None, Parameter(name="--from", help=text("The item as this party gave it."))] = None,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    request = MarkItemRequest(id=id, personal=personal, reason=reason, source=source)
    answer = caller.ask("item mark", request, ItemView)
    if caller.as_json:
        write_json(answer)
    else:
        show_table(caller.out, _heads(), [_row(answer)])
    return DONE


def retract(
    item: Annotated[str, Parameter(help=text("STIX id of the item."))],
    *,
    reason: Annotated[str, Parameter(help=text("Why; those who were served read it."))],
    deadline: Annotated[str | None, Parameter(help=text("By when they answer: date, or time with zone."))] = None,
    yes: Annotated[bool, Parameter(negative="", help=text("Do not ask."))] = False,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    confirm(caller, text("Take {item} back?", item=item), yes=yes)
    request = RetractRequest(id=item, reason=reason, deadline=deadline)
    answer = caller.ask("item retract", request, ItemRetracted)
    if caller.as_json:
        write_json(answer)
    else:
        served = ", ".join(answer.served_to) or text("nobody")
        show_sheet(caller.out, ((text("Versions"), answer.versions), (text("Goes to"), served)))
        for place in answer.lies_at:
            words = text("It lies at {place}. That server gives nothing back: ask its party to remove it.", place=place)
            write_line(caller.err, words)
    return DONE


def erase(
    id: Annotated[str, Parameter(help=text("STIX id."))],
    *,
    reason: Annotated[str, Parameter(help=text("Why it goes; never what it says."))],
    ordered_by: Annotated[str, Parameter(help=text("Who ordered it."))],
    source: Annotated[str | None, Parameter(name="--from", help=text("Only as this party gave it."))] = None,
    deadline: Annotated[str | None, Parameter(help=text("By when they answer: date, or time with zone."))] = None,
    yes: Annotated[bool, Parameter(negative="", help=text("Do not ask."))] = False,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    if not yes:
        try:
            shown = caller.ask("item show", ShowItemRequest(id=id, source=source), ItemShown).versions
        except NotFound:  # it may stand in quarantine all the same
            shown = ()
        show_table(caller.err, _heads(), [_row(one) for one in shown])
        confirm(caller, text("Erase all of this for ever?"), yes=False)
    request = EraseItemRequest(id=id, reason=reason, ordered_by=ordered_by, source=source, deadline=deadline)
    answer = caller.ask("item erase", request, ItemErased)
    if caller.as_json:
        write_json(answer)
        return DONE
    show_sheet(
        caller.out,
        (
            (text("Versions erased"), answer.versions),
            (text("Gone from quarantine"), answer.quarantined),
            (text("Parties that were served one"), answer.served_to),
            (text("Asked to erase their copies"), ", ".join(answer.told) or text("nobody")),
            (text("Served, and to be asked otherwise"), ", ".join(answer.untold) or text("nobody")),
            (text("Remains in"), "; ".join(answer.remains)),
        ),
    )
    return DONE


def _heads() -> tuple[str, ...]:
    return (
        text("id"),
        text("version"),
        text("STIX"),
        text("source"),
        text("TLP"),
        text("personal data"),
        text("state"),
        text("vouched for"),
    )


def _row(one: ItemView) -> tuple[str, ...]:
    return one.id, one.version, one.spec_version, one.source, one.tlp, one.personal_data, one.state, _vouched(one)


def _relayed(one: ItemView) -> str:
    if one.originator is None:
        return text("relayed, statement {no}", no=one.statement)
    return text("relayed, statement {no}; {party} signed it", no=one.statement, party=one.originator)


def _vouched(one: ItemView) -> str:
    words = {
        "signed": text("signed, statement {no}", no=one.statement),
        "rendition": text("rendition, statement {no}", no=one.statement),
        "relayed": _relayed(one),
        "unsigned": text("unsigned"),
    }
    return words.get(one.vouched, "")
