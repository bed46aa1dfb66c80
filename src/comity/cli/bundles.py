"""Says what `comity bundle …` takes and shows: exchange with a node that is reached by disk or diode alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from comity.cli.caller import Caller
from comity.cli.exits import DONE, REFUSED, write_json
from comity.cli.tables import show_sheet
from comity.desk.export_bundle import BundleExported, ExportBundleRequest
from comity.desk.import_bundle import BundleImported, ImportBundleRequest
from comity.texts import counted, text


def add_commands(app: App) -> None:
    """Add the commands on bundle files."""
    bundle = App(name="bundle", help=text("Exchange signed files with a node that no network reaches."))
    bundle.command(export, help=text("Write what waits for a party into a file, with receipts for what came from it."))
    bundle.command(take_in, name="import", help=text("Take in a file that a party's node wrote for this one."))
    app.command(bundle)


def export(
    file: Annotated[Path, Parameter(help=text("File to write."))],
    *,
    to: Annotated[str, Parameter(help=text("Short name of the party."))],
    since: Annotated[
        int | None, Parameter(help=text("Number of the first statement; the first not acknowledged if not said."))
    ] = None,
    yes: Annotated[bool, Parameter(negative="", help=text("Replace the file if it is there."))] = False,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    request = ExportBundleRequest(path=str(file.expanduser().absolute()), to=to, since=since, overwrite=yes)
    answer = caller.ask("bundle export", request, BundleExported, title=text("Writing"))
    if caller.as_json:
        write_json(answer)
        return DONE
    show_sheet(
        caller.out,
        (
            (text("File"), answer.path),
            (text("For"), answer.to),
            (text("Statements"), _numbers(answer.first, answer.last)),
            (text("Objects"), answer.objects),
            (text("Acts"), answer.acts),
            (text("Receipts"), answer.receipts),
            (text("Bytes"), answer.size_bytes),
        ),
    )
    caller.err.print(
        text(
            "The file is signed, not encrypted: whoever has it can read it. What is in it waits until receipts return."
        ),
        markup=False,
    )
    return DONE


def take_in(
    file: Annotated[Path, Parameter(help=text("File that the party's node wrote."))],
    *,
    new_stream: Annotated[
        bool, Parameter(negative="", help=text("Take another stream than so far: the party's node began anew."))
    ] = False,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    request = ImportBundleRequest(path=str(file.expanduser().absolute()), new_stream=new_stream)
    answer = caller.ask("bundle import", request, BundleImported, title=text("Taking in"))
    if caller.as_json:
        write_json(answer)
    else:
        _show(caller, answer)
    return REFUSED if answer.refused or answer.missing else DONE


def _show(caller: Caller, answer: BundleImported) -> None:
    show_sheet(
        caller.out,
        (
            (text("From"), answer.giver),
            (text("Made"), answer.made_at),
            (text("Statements"), _numbers(answer.first, answer.last)),
            (text("New statements"), answer.statements),
            (text("Seen before"), answer.seen),
            (text("Objects"), answer.objects),
            (text("New"), answer.new),
            (text("Upgraded from STIX 2.0"), answer.upgraded),
            (text("Held already"), answer.duplicate),
            (text("In quarantine"), answer.quarantined),
            (text("New acts"), answer.acts - answer.receipts),
            (text("New receipts"), answer.receipts),
        ),
    )
    if answer.missing:
        caller.err.print(
            counted(
                "{count} object is listed in a statement and was not in the file: ask the party for a new file.",
                "{count} objects are listed in statements and were not in the file: ask the party for a new file.",
                answer.missing,
            ),
            markup=False,
        )
    if answer.refused:
        caller.err.print(
            counted(
                "{count} act was refused: it is not signed by the party, or contradicts what is known.",
                "{count} acts were refused: they are not signed by the party, or contradict what is known.",
                answer.refused,
            ),
            markup=False,
        )


def _numbers(first: int | None, last: int | None) -> str:
    return text("none") if first is None else text("{first} to {last}", first=first, last=last)
