"""Says what `comity agreement …` takes and shows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from comity.cli import owed
from comity.cli.asking import confirm
from comity.cli.caller import Caller
from comity.cli.changes import show_changes
from comity.cli.exits import DONE, write_json
from comity.cli.tables import show_sheet, show_table, write_line
from comity.desk.add_agreement import AddAgreementRequest
from comity.desk.adhere_agreement import AdhereAgreementRequest
from comity.desk.agreement_flow import AgreementFlow, AgreementFlowRequest
from comity.desk.agreement_views import AgreementView
from comity.desk.end_agreement import EndAgreementRequest
from comity.desk.leave_agreement import LeaveAgreementRequest
from comity.desk.list_agreements import AgreementList, AgreementText, ListAgreementsRequest, ShowAgreementRequest
from comity.desk.suspend_agreement import ResumeAgreementRequest, SuspendAgreementRequest
from comity.desk.what_if_release import WhatIfAnswer, WhatIfRequest
from comity.errors import UsageError
from comity.records.kinds.adherence import Means
from comity.texts import text


def add_commands(app: App) -> None:
    """Add the commands on agreements."""
    agreement = App(name="agreement", help=text("Hold agreements, adhere to them, end them."))
    agreement.command(flow, help=text("Count what this party gave under each clause since the month began."))
    agreement.command(add, help=text("Lay an agreement's text before the node; nobody is bound by it yet."))
    agreement.command(adhere, help=text("Bind this node's party, or record that another has bound itself."))
    agreement.command(leave, help=text("Give notice: one party's bond ends, between the others it goes on."))
    agreement.command(suspend, help=text("Let an agreement rest; nothing flows under it meanwhile."))
    agreement.command(resume, help=text("Take an agreement up again that rests."))
    agreement.command(end, help=text("End an agreement: nothing is read under it from then on."))
    agreement.command(list_all, name="list", help=text("List the agreements and their standing here."))
    agreement.command(show, help=text("Show an agreement, clause by clause."))
    owed.add_to(agreement)
    app.command(agreement)


def add(
    file: Annotated[Path, Parameter(help=text("The agreement's text, in TOML."))],
    *,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    answer = caller.ask("agreement add", AddAgreementRequest(text=read_file(file)), AgreementView)
    return _shown(caller, answer)


def adhere(
    agreement: Annotated[str, Parameter(help=text("Id of the agreement."))],
    *,
    party: Annotated[str | None, Parameter(help=text("Another party than this node's own; needs --evidence."))] = None,
    evidence: Annotated[str | None, Parameter(help=text("On what the other party's adherence rests."))] = None,
    effective_from: Annotated[str | None, Parameter(help=text("Date, or time with zone; now if not said."))] = None,
    means: Annotated[
        Means | None, Parameter(help=text("How; the next step that the text asks for if not said."))
    ] = None,
    reserve: Annotated[
        tuple[str, ...], Parameter(negative="", help=text("An article whose effect is excluded; once for each."))
    ] = (),
    full_powers: Annotated[str | None, Parameter(help=text("Who acts for the party, by what authority."))] = None,
    provisional: Annotated[
        bool, Parameter(negative="", help=text("With a signature: apply the text until it is ratified."))
    ] = False,
    yes: Annotated[bool, Parameter(negative="", help=text("Do not ask."))] = False,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    if not yes:
        held = caller.ask("agreement show", ShowAgreementRequest(agreement=agreement), AgreementText)
        view = held.agreement
        show_agreement(caller, view)
        show_changes(caller, caller.ask("release what-if", WhatIfRequest(text=held.text.encode()), WhatIfAnswer))
        who = party or text("this node's party")
        confirm(caller, text("Bind {who} to {title}?", who=who, title=view.title), yes=False)
    request = AdhereAgreementRequest(
        agreement=agreement,
        party=party,
        evidence=evidence,
        effective_from=effective_from,
        means=means,
        reservations=reserve,
        full_powers=full_powers,
        provisional=provisional,
    )
    return _shown(caller, caller.ask("agreement adhere", request, AgreementView))


def leave(
    agreement: Annotated[str, Parameter(help=text("Id of the agreement."))],
    *,
    party: Annotated[str | None, Parameter(help=text("Another party than this node's own; needs --evidence."))] = None,
    evidence: Annotated[str | None, Parameter(help=text("On what the other party's notice rests."))] = None,
    at: Annotated[str | None, Parameter(help=text("Date, or time with zone; after the notice if not said."))] = None,
    yes: Annotated[bool, Parameter(negative="", help=text("Do not ask."))] = False,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    confirm(caller, text("Give notice of {agreement}?", agreement=agreement), yes=yes)
    request = LeaveAgreementRequest(agreement=agreement, party=party, at=at, evidence=evidence)
    return _shown(caller, caller.ask("agreement leave", request, AgreementView))


def suspend(
    agreement: Annotated[str, Parameter(help=text("Id of the agreement."))],
    *,
    reason: Annotated[str, Parameter(help=text("Why; the other parties read it."))],
    at: Annotated[str | None, Parameter(help=text("Date, or time with zone; after the notice if not said."))] = None,
    until: Annotated[str | None, Parameter(help=text("Date, or time with zone, at which it ends by itself."))] = None,
    for_all: Annotated[bool, Parameter(negative="", help=text("For all parties, not for this one alone."))] = False,
    yes: Annotated[bool, Parameter(negative="", help=text("Do not ask."))] = False,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    confirm(caller, text("Let {agreement} rest?", agreement=agreement), yes=yes)
    request = SuspendAgreementRequest(agreement=agreement, reason=reason, at=at, until=until, for_all=for_all)
    return _shown(caller, caller.ask("agreement suspend", request, AgreementView))


def resume(
    agreement: Annotated[str, Parameter(help=text("Id of the agreement."))],
    *,
    reason: Annotated[str, Parameter(help=text("Why; the other parties read it."))],
    at: Annotated[str | None, Parameter(help=text("Date, or time with zone; now if not said."))] = None,
    yes: Annotated[bool, Parameter(negative="", help=text("Do not ask."))] = False,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    confirm(caller, text("Take {agreement} up again?", agreement=agreement), yes=yes)
    request = ResumeAgreementRequest(agreement=agreement, reason=reason, at=at)
    return _shown(caller, caller.ask("agreement resume", request, AgreementView))


def end(
    agreement: Annotated[str, Parameter(help=text("Id of the agreement."))],
    *,
    at: Annotated[str | None, Parameter(help=text("Date, or time with zone; now if not said."))] = None,
    reason: Annotated[
        Literal["expiry", "denunciation", "withdrawal"], Parameter(help=text("Why it ends."))
    ] = "denunciation",
    yes: Annotated[bool, Parameter(negative="", help=text("Do not ask."))] = False,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    if not yes:
        view = caller.ask("agreement show", ShowAgreementRequest(agreement=agreement), AgreementText).agreement
        show_agreement(caller, view)
        if view.survival == "keep":
            caller.err.print(text("What was received under it stays with those who received it."), markup=False)
        else:
            words = text("What was received under it has to go from those who received it: see `agreement owed`.")
            caller.err.print(words, markup=False)
        confirm(caller, text("End {title}?", title=view.title), yes=False)
    return _shown(
        caller,
        caller.ask("agreement end", EndAgreementRequest(agreement=agreement, at=at, reason=reason), AgreementView),
    )


def list_all(*, caller: Annotated[Caller, Parameter(parse=False)]) -> int:
    answer = caller.ask("agreement list", ListAgreementsRequest(), AgreementList)
    if caller.as_json:
        write_json(answer)
        return DONE
    heads = (text("id"), text("title"), text("state"), text("parties"), text("adhered"), text("clauses working"))
    rows = [
        (one.id, one.title, one.state, ", ".join(one.parties), ", ".join(one.adhered), _working(one))
        for one in answer.agreements
    ]
    show_table(caller.out, heads, rows)
    return DONE


def show(
    agreement: Annotated[str, Parameter(help=text("Id of the agreement."))],
    *,
    source: Annotated[bool, Parameter(negative="", help=text("The text as received, byte for byte."))] = False,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    answer = caller.ask("agreement show", ShowAgreementRequest(agreement=agreement), AgreementText)
    if caller.as_json:
        write_json(answer)
    elif source:
        caller.out.print(answer.text, markup=False, highlight=False, soft_wrap=True, end="")
    else:
        show_agreement(caller, answer.agreement)
    return DONE


def read_file(file: Path) -> bytes:
    """Read a file that a command names.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        return file.expanduser().read_bytes()
    except OSError as exc:
        raise UsageError("{file} cannot be read: {why}", file=file, why=exc.strerror) from exc


def show_agreement(caller: Caller, one: AgreementView) -> None:
    """Show an agreement's heads and its clauses."""
    show_sheet(
        caller.out,
        (
            (text("Agreement"), f"{one.title} ({one.id})"),
            (text("State here"), one.state),
            (text("Parties"), ", ".join(one.parties)),
            (text("Adhered"), ", ".join(one.adhered) or text("none")),
            (text("In force from"), one.in_force_from),
            (text("Entry into force"), one.entry or text("waits for {parties}", parties=", ".join(one.waiting_for))),
            (text("In force for"), ", ".join(one.in_force_for) or text("none")),
            *_if_any(text("Signed"), one.signed),
            *_if_any(text("Reservations"), one.reservations),
            *_if_any(text("Left"), one.left),
            (text("Authentic in"), ", ".join(one.languages)),
            (text("Ended"), one.ended or text("no")),
            (text("What was received then"), _survival(one)),
            (text("SHA-256"), one.sha256),
        ),
    )
    heads = (text("article"), text("kind"), text("here"), text("text"))
    show_table(caller.out, heads, [(c.article, c.kind, _standing(c.works, c.operational), c.text) for c in one.clauses])


def _survival(one: AgreementView) -> str:
    if one.survival == "keep":
        return text("is kept on the terms under which it came")
    if one.survival == "return":
        return text("is returned within {days} days", days=one.survival_days)
    return text("is destroyed within {days} days", days=one.survival_days)


def _if_any(name: str, values: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    return ((name, ", ".join(values)),) if values else ()


def _standing(works: bool, operational: bool) -> str:
    if not works:
        return text("carried")
    return text("operational") if operational else text("not operational")


def _working(one: AgreementView) -> str:
    return f"{sum(clause.operational for clause in one.clauses)}/{len(one.clauses)}"


def _shown(caller: Caller, answer: AgreementView) -> int:
    if caller.as_json:
        write_json(answer)
    else:
        show_agreement(caller, answer)
    return DONE


def flow(
    agreement: Annotated[str, Parameter(help=text("Its id."))],
    *,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    answer = caller.ask("agreement flow", AgreementFlowRequest(agreement=agreement), AgreementFlow)
    if caller.as_json:
        write_json(answer)
        return DONE
    heads = (text("clause"), text("items"), text("most in a day"), text("to"))
    show_table(
        caller.out, heads, [(one.article, one.items, max(one.by_day), ", ".join(one.readers)) for one in answer.clauses]
    )
    if not answer.whole:
        write_line(caller.out, text("More went than is counted here: the newest are."))
    if answer.counted_at:
        write_line(caller.out, text("Counted at {moment}.", moment=answer.counted_at))
    return DONE
