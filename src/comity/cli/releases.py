"""Says what `comity release …` takes and shows: why, what would leave, what a draft would change."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from comity.cli.agreements import read_file
from comity.cli.asking import confirm
from comity.cli.caller import Caller
from comity.cli.changes import show_changes
from comity.cli.exits import DONE, write_json
from comity.cli.owed import after_end_words
from comity.cli.tables import show_sheet, show_table, write_line
from comity.desk.ask_originator import AskOriginatorRequest, OriginatorAsked
from comity.desk.decline_release import DeclineReleaseRequest, ReleaseDeclined
from comity.desk.explain_release import ExplainReleaseRequest, ReleaseExplained
from comity.desk.grant_release import GrantReleaseRequest, ReleaseGranted
from comity.desk.preview_release import PartyPreview, PreviewReleaseRequest, ReleasePreview
from comity.desk.release_requests import ListRequestsRequest, RequestList
from comity.desk.what_if_release import WhatIfAnswer, WhatIfRequest
from comity.rooms.release.flips import Flip
from comity.texts import text


def add_commands(app: App) -> None:
    """Add the commands on release."""
    release = App(name="release", help=text("See what leaves the node, to whom, and by which clause."))
    release.command(explain, help=text("Say why a party may have an item, or what stands against it."))
    release.command(preview, help=text("Show what each party may have now, and what not."))
    release.command(what_if, name="what-if", help=text("Show what a draft agreement would change; nothing is changed."))
    release.command(
        grant, help=text("Consent, as originator, that own items go to a party; a clause must still permit it.")
    )
    release.command(ask, help=text("Ask the originator of an item to let it go on to a party."))
    release.command(requests, help=text("Show what was asked of originators, and what became of it."))
    release.command(decline, help=text("Decline what another party asked of this one as originator."))
    app.command(release)


def explain(
    item: Annotated[str, Parameter(help=text("STIX id."))],
    *,
    to: Annotated[str, Parameter(help=text("Short name of the party."))],
    source: Annotated[str | None, Parameter(name="--from", help=text("The item as this party gave it."))] = None,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    answer = caller.ask("release explain", ExplainReleaseRequest(id=item, to=to, source=source), ReleaseExplained)
    if caller.as_json:
        write_json(answer)
        return DONE
    write_line(caller.out, answer.sentence)
    _show_facts(caller, answer)
    return DONE


def _show_facts(caller: Caller, answer: ReleaseExplained) -> None:
    decision, step = answer.explanation.decision, answer.explanation.next_step
    missing = "; ".join(_flip(flip) for flip in answer.explanation.missing)
    rows = (
        (text("Decided by"), ", ".join(decision.clauses)),
        (text("Stated by"), _stated_by(answer)),
        (text("Chain"), _chain(answer)),
        (text("Granted by"), ", ".join(answer.granted)),
        (text("Granted for other versions only"), ", ".join(answer.granted_before)),
        (text("Not in force here"), ", ".join(answer.apart)),
        (text("Since the end"), after_end_words(answer.after_end) if answer.after_end else ""),
        (text("Nearest clause"), ", ".join(answer.explanation.nearest)),
        (text("Would have to change"), missing),
        (text("Held back by"), "; ".join(one.sentence or one.what or one.by for one in answer.hindered)),
        (text("Left out"), ", ".join(answer.redacted)),
        (text("Obligations"), "; ".join(answer.obligations)),
        (text("You can"), _step(step) if step else ""),
    )
    show_sheet(caller.out, [row for row in rows if row[1]])


def _stated_by(answer: ReleaseExplained) -> str:
    if answer.stated_by is None:
        return ""
    return text("{party}, statement {number}", party=answer.stated_by, number=answer.statement)


def _chain(answer: ReleaseExplained) -> str:
    if not answer.relayed:
        return ""
    if answer.originator is None:
        return text("relayed by {party}; whose it is, {party} alone says", party=answer.stated_by)
    return text(
        "{originator} (proved by its signed set), relayed by {party}",
        originator=answer.originator,
        party=answer.stated_by,
    )


def _flip(flip: Flip) -> str:
    of = f" ({flip.subject})" if flip.subject else ""
    return f"{flip.fact}{of}: {flip.is_now} → {flip.would_be or text('none')}"


def _step(step: str) -> str:
    words = {
        "ask-originator": text("ask the originator"),
        "send-redacted": text("release the redacted version"),
        "draft-tear-line": text("draft a version that may be released"),
        "get-adherence": text("get the adherence that is missing"),
        "wait-until": text("wait until the date"),
        "negotiate": text("negotiate a clause"),
        "mark-personal-data": text("say whether it holds personal data"),
    }
    return words.get(step, step)


def preview(
    *,
    to: Annotated[str | None, Parameter(help=text("Short name of one party; all if not said."))] = None,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    answer = caller.ask("release preview", PreviewReleaseRequest(to=to), ReleasePreview)
    if caller.as_json:
        write_json(answer)
        return DONE
    heads = (text("party"), text("reads"), text("may have"), text("may not have"), text("sees now"))
    show_table(caller.out, heads, [_line(one) for one in answer.parties])
    for one in answer.parties:
        write_line(caller.out, f"\n{one.party}")
        rows = [
            (_released(group.released), group.count, ", ".join(group.types), group.sentence) for group in one.groups
        ]
        show_table(caller.out, (text("released"), text("items"), text("types"), text("why")), rows)
    return DONE


def _line(one: PartyPreview) -> tuple[object, ...]:
    return one.party, _released(one.reads), one.permitted, one.refused, one.visible


def _released(yes: bool) -> str:
    return text("yes") if yes else text("no")


def what_if(
    file: Annotated[Path, Parameter(help=text("The draft, in TOML."))],
    *,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    answer = caller.ask("release what-if", WhatIfRequest(text=read_file(file)), WhatIfAnswer, title=text("Comparing"))
    if caller.as_json:
        write_json(answer)
        return DONE
    show_changes(caller, answer)
    return DONE


def grant(
    *items: Annotated[str, Parameter(help=text("STIX ids of own items."))],
    to: Annotated[list[str], Parameter(help=text("Short name of a party; may be given more than once."))],
    through: Annotated[
        list[str] | None,
        Parameter(help=text("A party that has them and may pass them on to these; it is told so.")),
    ] = None,
    reason: Annotated[str, Parameter(help=text("Why; the second person reads it, where one is needed."))] = "",
    yes: Annotated[bool, Parameter(negative="", help=text("Do not ask."))] = False,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    question = text("Consent that {ids} go to {names}?", ids=", ".join(items), names=", ".join(to))
    confirm(caller, question, yes=yes)
    request = GrantReleaseRequest(ids=tuple(items), to=tuple(to), through=tuple(through or ()), reason=reason)
    answer = caller.ask("release grant", request, ReleaseGranted)
    if caller.as_json:
        write_json(answer)
    else:
        rows = ((text("Act"), answer.act), (text("Versions"), answer.versions), (text("Told"), ", ".join(answer.told)))
        show_sheet(caller.out, rows)
    return DONE


def ask(
    item: Annotated[str, Parameter(help=text("STIX id."))],
    *,
    to: Annotated[str, Parameter(help=text("Short name of the party that it would go on to."))],
    reason: Annotated[str, Parameter(help=text("Why; the originator reads it."))],
    source: Annotated[str | None, Parameter(name="--from", help=text("The item as this party gave it."))] = None,
    yes: Annotated[bool, Parameter(negative="", help=text("Do not ask."))] = False,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    confirm(caller, text("Tell the originator of {id} that it would go on to {name}?", id=item, name=to), yes=yes)
    request = AskOriginatorRequest(id=item, to=to, reason=reason, source=source)
    answer = caller.ask("release ask", request, OriginatorAsked)
    if caller.as_json:
        write_json(answer)
        return DONE
    if answer.again:
        write_line(caller.out, text("It was asked before, and is not answered yet."))
    show_sheet(caller.out, ((text("Asked"), answer.of), (text("Act"), answer.act)))
    return DONE


def requests(
    *,
    item: Annotated[str | None, Parameter(help=text("STIX id; all if not said."))] = None,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    answer = caller.ask("release requests", ListRequestsRequest(id=item), RequestList)
    if caller.as_json:
        write_json(answer)
        return DONE
    heads = (text("asked by"), text("of"), text("item"), text("to"), text("state"), text("reason"), text("act"))
    rows = [
        (one.by, one.of, one.item, one.to, _state(one.state), one.reason, one.act)
        for one in (*answer.received, *answer.made)
    ]
    show_table(caller.out, heads, rows)
    return DONE


def _state(state: str) -> str:
    return {"asked": text("asked"), "granted": text("granted"), "declined": text("declined")}[state]


def decline(
    act: Annotated[str, Parameter(help=text("STIX id of the act by which it was asked."))],
    *,
    by: Annotated[str, Parameter(help=text("Which office declines."))],
    reason: Annotated[str, Parameter(help=text("Why; the asker reads it."))],
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    request = DeclineReleaseRequest(act=act, by=by, reason=reason)
    answer = caller.ask("release decline", request, ReleaseDeclined)
    if caller.as_json:
        write_json(answer)
    else:
        show_sheet(caller.out, ((text("Told"), answer.to), (text("Act"), answer.act)))
    return DONE
