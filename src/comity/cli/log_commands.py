"""Says what `comity log …` takes and shows: the node's log, its checkpoints, and what differs from it."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from comity.cli.asking import confirm
from comity.cli.caller import Caller
from comity.cli.exits import DONE, REFUSED, write_json
from comity.cli.tables import show_sheet, show_table
from comity.desk.renew_log import LogRenewed, RenewLogRequest
from comity.desk.show_log import CheckpointMade, CheckpointRequest, LogShown, ShowLogRequest
from comity.desk.verify_log import LogVerified, VerifyLogRequest
from comity.texts import counted, text


def add_commands(app: App) -> None:
    """Add the commands on the log."""
    log = App(name="log", help=text("See and verify the log that shows whether history was changed."))
    log.command(show, help=text("Say how far the log goes, what was signed, and with which key."))
    log.command(verify, help=text("Compare all that is held with the log; exit 1 if something differs."))
    log.command(checkpoint, help=text("Sign the log as it is now, and show the checkpoint."))
    log.command(renew, help=text("Give the log up and begin the next one, when the newer database is lost."))
    app.command(log)


def show(*, caller: Annotated[Caller, Parameter(parse=False)]) -> int:
    answer = caller.ask("log show", ShowLogRequest(), LogShown)
    if caller.as_json:
        write_json(answer)
        return DONE
    rows = (
        (text("Log"), answer.origin),
        (text("Key"), answer.key),
        (text("Entries"), answer.size),
        (text("Signed"), counted("{count} entry", "{count} entries", answer.checkpoint_size)),
        (text("Signed at"), answer.checkpoint_at or text("never")),
        (text("Root"), answer.checkpoint_root or ""),
        (text("Lock store"), text("missing") if answer.locked_size is None else answer.locked_size),
    )
    show_sheet(caller.out, [row for row in rows if row[1] != ""])
    return DONE


def verify(*, caller: Annotated[Caller, Parameter(parse=False)]) -> int:
    answer = caller.ask("log verify", VerifyLogRequest(), LogVerified, title=text("Verifying"))
    if caller.as_json:
        write_json(answer)
        return DONE if answer.sound else REFUSED
    if answer.differences:
        heads = (text("table"), text("row"), text("column"), text("what differs"))
        show_table(caller.out, heads, [(one.table, one.row, one.column, one.how) for one in answer.differences])
    show_sheet(
        caller.out,
        (
            (text("Log"), answer.origin),
            (text("Entries"), answer.size),
            (text("Signed"), counted("{count} entry", "{count} entries", answer.checkpoint_size)),
            (text("Records compared"), answer.records),
            (text("Erased, with the act of it"), answer.erased - answer.erased_before_log),
            (text("Erased before there was a log"), answer.erased_before_log),
            (text("Waiting for the sequencer"), answer.waiting),
            (text("Verdict"), text("all agrees") if answer.sound else text("DIFFERS: {n}", n=answer.differing)),
        ),
    )
    return DONE if answer.sound else REFUSED


def checkpoint(*, caller: Annotated[Caller, Parameter(parse=False)]) -> int:
    answer = caller.ask("log checkpoint", CheckpointRequest(), CheckpointMade)
    if caller.as_json:
        write_json(answer)
    else:
        caller.out.print(answer.note, markup=False, highlight=False, soft_wrap=True, end="")
    return DONE


def renew(
    *,
    reason: Annotated[str, Parameter(help=text("Why the log is given up; kept in the audit."))],
    yes: Annotated[bool, Parameter(negative="", help=text("Do not ask."))] = False,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    confirm(caller, text("Give the log up? What was signed and is not in this database is lost."), yes=yes)
    answer = caller.ask("log renew", RenewLogRequest(reason=reason), LogRenewed)
    if caller.as_json:
        write_json(answer)
        return DONE
    signed = text("unknown") if answer.signed_size is None else answer.signed_size
    show_sheet(
        caller.out,
        (
            (text("Given up"), answer.before),
            (text("Entries signed in it"), signed),
            (text("Goes on as"), answer.after),
            (text("Entries"), answer.size),
        ),
    )
    caller.err.print(text("Tell your peers, in another way than through this node, that the log was given up and why."))
    return DONE
