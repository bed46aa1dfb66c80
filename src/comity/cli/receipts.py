"""Says what `comity receipt …` takes and shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from cyclopts import App, Parameter

from comity.cli.caller import Caller
from comity.cli.exits import DONE, write_json
from comity.cli.tables import show_sheet, show_table
from comity.desk.give_receipt import GiveReceiptRequest, ReceiptGiven
from comity.desk.list_receipts import ListReceiptsRequest, ReceiptList
from comity.desk.receipt_views import ReceiptView
from comity.texts import text


def add_commands(app: App) -> None:
    """Add the commands on receipts."""
    receipt = App(name="receipt", help=text("Acknowledge, as an officer, what came from others; see who has."))
    receipt.command(seen, help=text("State that this party's officers have seen an item or an act."))
    receipt.command(accept, help=text("State that it is accepted."))
    receipt.command(decline, help=text("State that it is declined, and why."))
    receipt.command(need_time, name="need-time", help=text("State until when an answer follows."))
    receipt.command(list_all, name="list", help=text("List what officers said, here and elsewhere, and what waits."))
    app.command(receipt)


def seen(
    id: Annotated[str, Parameter(help=text("STIX id of the item or act."))],
    *,
    by: Annotated[str, Parameter(help=text("The office that says so, as its receiver reads it."))],
    reason: Annotated[str | None, Parameter(help=text("Words to it."))] = None,
    source: Annotated[str | None, Parameter(name="--from", help=text("The item as this party gave it."))] = None,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    return _give(caller, GiveReceiptRequest(id=id, level="seen", by=by, reason=reason, source=source))


def accept(
    id: Annotated[str, Parameter(help=text("STIX id of the item or act."))],
    *,
    by: Annotated[str, Parameter(help=text("The office that says so, as its receiver reads it."))],
    reason: Annotated[str | None, Parameter(help=text("Words to it."))] = None,
    source: Annotated[str | None, Parameter(name="--from", help=text("The item as this party gave it."))] = None,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    return _give(caller, GiveReceiptRequest(id=id, level="accepted", by=by, reason=reason, source=source))


def decline(
    id: Annotated[str, Parameter(help=text("STIX id of the item or act."))],
    *,
    by: Annotated[str, Parameter(help=text("The office that says so, as its receiver reads it."))],
    reason: Annotated[str, Parameter(help=text("Why; its receiver reads it."))],
    source: Annotated[str | None, Parameter(name="--from", help=text("The item as this party gave it."))] = None,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    return _give(caller, GiveReceiptRequest(id=id, level="declined", by=by, reason=reason, source=source))


def need_time(
    id: Annotated[str, Parameter(help=text("STIX id of the item or act."))],
    *,
    by: Annotated[str, Parameter(help=text("The office that says so, as its receiver reads it."))],
    until: Annotated[str, Parameter(help=text("Date, or time with zone, by which an answer follows."))],
    reason: Annotated[str | None, Parameter(help=text("Words to it."))] = None,
    source: Annotated[str | None, Parameter(name="--from", help=text("The item as this party gave it."))] = None,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    request = GiveReceiptRequest(id=id, level="need-time", by=by, reason=reason, until=until, source=source)
    return _give(caller, request)


def list_all(
    *,
    party: Annotated[str | None, Parameter(help=text("Short name of the party; all if not said."))] = None,
    limit: Annotated[int, Parameter(help=text("Most receipts to show."))] = 100,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    answer = caller.ask("receipt list", ListReceiptsRequest(party=party, limit=limit), ReceiptList)
    if caller.as_json:
        write_json(answer)
        return DONE
    show_receipts(caller, answer.receipts)
    if answer.unanswered:
        caller.out.print()
        heads = (text("waits for a word"), text("party"), text("why it is taken back"), text("by"), text("since"))
        rows = [(one.act, one.party, one.reason, one.deadline or "", one.kept_at) for one in answer.unanswered]
        show_table(caller.out, heads, rows)
    if answer.erasures:
        caller.out.print()
        heads = (text("erasure asked for"), text("party"), text("by"), text("since"), text("done at"))
        asked = [(one.act, one.party, one.deadline or "", one.kept_at, one.done_at or "") for one in answer.erasures]
        show_table(caller.out, heads, asked)
    return DONE


def show_receipts(caller: Caller, receipts: Sequence[ReceiptView]) -> None:
    """Show who said what of what."""
    heads = (text("party"), text("office"), text("said"), text("of"), text("words"), text("until"), text("at"))
    rows = [
        (one.party, one.by, _said(one), one.about or one.of, one.reason or "", one.until or "", one.said_at)
        for one in receipts
    ]
    show_table(caller.out, heads, rows)


def _said(one: ReceiptView) -> str:
    words = level_words(one.level)
    return text("{said}, recorded by the serving node, unsigned by the party", said=words) if one.unsigned else words


def level_words(level: str) -> str:
    """Say a level in words; as it stands if a newer program knows more of them."""
    words = {
        "seen": text("seen"),
        "accepted": text("accepted"),
        "declined": text("declined"),
        "need-time": text("needs time"),
    }
    return words.get(level, level)


def _give(caller: Caller, request: GiveReceiptRequest) -> int:
    answer = caller.ask("receipt give", request, ReceiptGiven)
    if caller.as_json:
        write_json(answer)
        return DONE
    show_sheet(
        caller.out,
        (
            (text("Said"), level_words(answer.level)),
            (text("Of"), answer.about),
            (text("Versions"), answer.versions),
            (text("Goes to"), answer.to),
        ),
    )
    caller.err.print(text("Signed; it leaves with the next reading, or when they read here."), markup=False)
    return DONE
