"""Says what `comity mail …` takes and shows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from comity.cli.caller import Caller
from comity.cli.exits import DONE, write_json
from comity.cli.tables import show_sheet, show_table
from comity.desk.intake_tally import Fate, TakenIn
from comity.desk.list_mails import ListMailsRequest, MailList
from comity.desk.mail_intake import EVERY, MailChoice
from comity.desk.poll_mail import MailPolled, PollMailRequest
from comity.desk.read_mail import MailRead, ReadMailRequest
from comity.desk.settings_type import DefaultTlp
from comity.desk.take_in import TakeInRequest
from comity.errors import UsageError
from comity.texts import text

LARGEST_FILE_BYTES = 1 << 30


def add_commands(app: App) -> None:
    """Add the commands on mails."""
    mail = App(name="mail", help=text("Find the indicators in mails, and take them in with the mail."))
    mail.command(read, help=text("Show what a mail consists of and the indicators found in it; nothing is kept."))
    mail.command(take_in, name="import", help=text("Keep mails, and take indicators found in them in."))
    mail.command(poll, help=text("Fetch new mails from the node's mailbox and keep them."))
    mail.command(waiting, name="list", help=text("List mails that are kept and of which nothing was taken yet."))
    app.command(mail)


def read(
    file: Annotated[Path, Parameter(help=text("File of a mail: .eml or .msg."))],
    *,
    source: Annotated[
        str | None, Parameter(name="--from", help=text("Party that it comes from; else one's own."))
    ] = None,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    answer = caller.ask("mail read", ReadMailRequest(body=_body(file), name=file.name, source=source), MailRead)
    if caller.as_json:
        write_json(answer)
        return DONE
    heads = (
        (text("Says it is from"), answer.heads.get("from", "")),
        (text("Signed by"), answer.signer or text("nobody who is known: {seal}", seal=answer.seal or "–")),
        (text("Subject"), answer.heads.get("subject", "")),
        (text("TLP that it names"), answer.tlp or "–"),
    )
    show_sheet(caller.out, heads)
    rows = [(one.choice, one.where or text("body"), ", ".join(one.lists), one.sentence) for one in answer.indicators]
    show_table(caller.out, (text("indicator"), text("where"), text("warning lists"), text("sentence around it")), rows)
    if answer.more:
        caller.err.print(text("The mail names more indicators than are read out of one mail."), markup=False)
    faults = [(one.name, one.fault) for one in answer.attached if one.fault]
    if faults:
        show_table(caller.out, (text("attachment"), text("not read, because")), faults)
    return DONE


def take_in(
    *files: Annotated[Path, Parameter(help=text("Files of mails: .eml or .msg."))],
    take: Annotated[
        list[str] | None,
        Parameter(help=text("Indicator to take, as domain:locker.example; * takes all but the doubtful ones.")),
    ] = None,
    tlp: Annotated[str | None, Parameter(help=text("Their marking; not lower than the mail says."))] = None,
    source: Annotated[
        str | None, Parameter(name="--from", help=text("Party that they come from; else one's own."))
    ] = None,
    default_tlp: Annotated[DefaultTlp | None, Parameter(help=text("Level of objects that carry no marking."))] = None,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    if not files:
        raise UsageError("say which files of mails to take in")
    answers = []
    for file in files:
        request = TakeInRequest(
            body=_body(file),
            name=file.name,
            source=source,
            default_tlp=default_tlp,
            mail=MailChoice(take=tuple(take or ()), tlp=tlp),
        )
        answers.append((file, caller.ask("item take-in", request, TakenIn, title=text("Taking in"))))
    if caller.as_json:
        for _, answer in answers:
            write_json(answer)
        return DONE
    heads = (text("file"), text("new"), text("changed"), text("held already"), text("in quarantine"))
    fates: tuple[Fate, ...] = ("new", "changed", "duplicate", "quarantined")
    rows = [(str(file), *(answer.counts.get(fate, 0) for fate in fates)) for file, answer in answers]
    show_table(caller.out, heads, rows)
    if not take:
        words = text("Only the mail is kept: say which indicators are meant, or --take '{every}'.", every=EVERY)
        caller.err.print(words, markup=False)
    return DONE


def poll(*, caller: Annotated[Caller, Parameter(parse=False)]) -> int:
    answer = caller.ask("mail poll", PollMailRequest(), MailPolled, title=text("Fetching"))
    if caller.as_json:
        write_json(answer)
        return DONE
    left = ", ".join(answer.left) or "–"
    rows = ((text("New"), answer.new), (text("Held already"), answer.held), (text("Too large, left there"), left))
    show_sheet(caller.out, rows)
    return DONE


def waiting(*, caller: Annotated[Caller, Parameter(parse=False)]) -> int:
    answer = caller.ask("mail list", ListMailsRequest(), MailList)
    if caller.as_json:
        write_json(answer)
        return DONE
    heads = (text("id"), text("kept at"), text("says it is from"), text("subject"))
    show_table(caller.out, heads, [(one.id, one.kept_at, one.sender, one.subject) for one in answer.mails])
    return DONE


def _body(file: Path) -> bytes:
    try:
        with file.expanduser().open("rb") as stream:
            return stream.read(LARGEST_FILE_BYTES)
    except OSError as exc:
        raise UsageError("cannot read {path}: {why}", path=file, why=exc.strerror) from exc
