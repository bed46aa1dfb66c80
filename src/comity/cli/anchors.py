"""Says what `comity anchor …` takes and shows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import App, Parameter

from comity.cli.asking import confirm
from comity.cli.caller import Caller
from comity.cli.exits import DONE, write_json
from comity.cli.tables import show_sheet, write_line
from comity.desk.accept_anchor import AcceptAnchorRequest, AnchorAccepted
from comity.desk.export_anchor import AnchorExported, ExportAnchorRequest
from comity.errors import Conflict, NotFound, NotPermitted, UsageError
from comity.node import system_clock
from comity.records.anchor_file import LARGEST_FILE, ReadAnchor, read_anchor, warnings_on
from comity.records.dsse import key_id
from comity.records.fingerprints import fingerprint
from comity.texts import text
from comity.wire.qr import svg_code, terminal_code


class _Inspected(msgspec.Struct, frozen=True, kw_only=True):
    party: str
    title: str
    kind: str
    acts_for: str | None
    exercise: bool
    root_key: str
    fingerprint: str
    endpoints: tuple[str, ...]
    serial: int
    made_at: str
    valid_until: str
    warnings: tuple[str, ...]


def add_commands(app: App) -> None:
    """Add the commands on first contact."""
    anchor = App(name="anchor", help=text("Make first contact: hand over a root key, and accept another party's."))
    anchor.command(export, help=text("Write the file that another party needs to trust this one."))
    anchor.command(inspect, help=text("Show what an anchor file says; needs no node and accepts nothing."))
    anchor.command(accept, help=text("Trust a party's root key, once its fingerprint was heard from the party."))
    app.command(anchor)


def export(
    *,
    out: Annotated[Path | None, Parameter(help=text("New file to write; on the screen if not said."))] = None,
    qr: Annotated[bool, Parameter(negative="", help=text("Draw a QR code too; with --out also as FILE.svg."))] = False,
    root: Annotated[Path | None, Parameter(help=text("File of the root key, if it is kept elsewhere."))] = None,
    days: Annotated[int, Parameter(help=text("Days for which the anchor may be accepted."))] = 90,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    drawing = out.with_name(f"{out.name}.svg") if out is not None and qr else None
    for place in (out, drawing):
        if place is not None and place.exists():
            raise Conflict(text("{file} exists already; nothing was written", file=place))
    if not 1 <= days <= 366:
        raise UsageError(text("an anchor is valid for 1 to 366 days"))
    request = ExportAnchorRequest(root=path_text(root), days=days)
    answer = caller.ask("anchor export", request, AnchorExported)
    if out is not None:
        write_file(out, answer.text.encode())
    if drawing is not None:
        write_file(drawing, svg_code(answer.qr, text("Root key of {party}", party=answer.party)))
    if caller.as_json:
        write_json(answer)
        return DONE
    if out is None:
        write_line(caller.out, answer.text.rstrip("\n"))
    if qr:
        write_line(caller.err, terminal_code(answer.qr))
    write_line(caller.err, text("Read out over the phone: {digits}", digits=answer.fingerprint))
    return DONE


def inspect(
    file: Annotated[Path, Parameter(help=text("Anchor file."))],
    *,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    read = read_anchor(_read(file))
    answer = _inspected(read)
    if caller.as_json:
        write_json(answer)
        return DONE
    _show(caller, answer)
    caller.err.print(
        text("Whether it is the right key, the fingerprint tells: have the party read it out."), markup=False
    )
    return DONE


def accept(
    file: Annotated[Path, Parameter(help=text("Anchor file."))],
    *,
    heard: Annotated[
        str | None, Parameter(name="--fingerprint", help=text("The fingerprint as the party read it out."))
    ] = None,
    reason: Annotated[str, Parameter(help=text("Why; the second person reads it, where one is needed."))] = "",
    yes: Annotated[
        bool, Parameter(negative="", help=text("Accept unheard; only for scripts that had the file by a safe way."))
    ] = False,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    content = _read(file)
    if heard is None and not yes:
        _show_before_asking(caller, read_anchor(content))
        raise UsageError(text("give the fingerprint as the party read it out: --fingerprint TEXT"))
    if heard is not None:
        confirm_warnings(caller, read_anchor(content), yes=yes)
    request = AcceptAnchorRequest(file=content, fingerprint=heard, unheard=yes, reason=reason)
    answer = caller.ask("anchor accept", request, AnchorAccepted)
    if caller.as_json:
        write_json(answer)
        return DONE
    done = {
        "accepted": text("Accepted."),
        "renewed": text("Known already; its keys or addresses are newer now."),
        "known": text("Known already; nothing changed."),
    }
    show_sheet(
        caller.out,
        (
            (text("Party"), f"{answer.title} ({answer.party})"),
            (text("Root key"), answer.root_key),
            *((text("Reached at"), one) for one in answer.endpoints),
            (text("Key set"), answer.serial),
        ),
    )
    caller.err.print(done[answer.done], markup=False)
    return DONE


def confirm_warnings(caller: Caller, read: ReadAnchor, *, yes: bool) -> None:
    """Ask before a party is accepted whose name may deceive.

    Raises:
        UsageError, Conflict: see `confirm`.
    """
    deceptive = [one for one in warnings_on(read.anchor, system_clock()) if one.startswith(("mixed-scripts", "hidden"))]
    if deceptive:
        _show_before_asking(caller, read)
        confirm(caller, text("The name may be taken for another. Accept it?"), yes=yes)


def _show_before_asking(caller: Caller, read: ReadAnchor) -> None:
    if not caller.as_json:  # there one line answers, and it is the refusal
        _show(caller, _inspected(read))


def path_text(path: Path | None) -> str | None:
    """Give a path as the node's process finds it, wherever that runs."""
    return None if path is None else str(path.expanduser().absolute())


def _inspected(read: ReadAnchor) -> _Inspected:
    anchor = read.anchor
    return _Inspected(
        party=anchor.issuer,
        title=anchor.title,
        kind=anchor.kind,
        acts_for=anchor.acts_for,
        exercise=anchor.exercise,
        root_key=key_id(read.root),
        fingerprint=fingerprint(read.root),
        endpoints=anchor.endpoints,
        serial=read.key_set.serial,
        made_at=anchor.at,
        valid_until=anchor.valid_until,
        warnings=warnings_on(anchor, system_clock()),
    )


def _show(caller: Caller, one: _Inspected) -> None:
    kind = one.kind if one.acts_for is None else text("{kind} of {state}", kind=one.kind, state=one.acts_for)
    show_sheet(
        caller.out,
        (
            *([(text("World"), text("EXERCISE – nothing here is real."))] if one.exercise else []),
            (text("Party"), one.title),
            (text("Short name"), one.party),
            (text("Kind"), kind),
            (text("Fingerprint"), one.fingerprint),
            (text("Root key"), one.root_key),
            *((text("Reached at"), address) for address in one.endpoints),
            (text("Key set"), one.serial),
            (text("Made"), one.made_at),
            (text("Valid until"), one.valid_until),
        ),
    )
    for warning in one.warnings:
        write_line(caller.err, text("Look twice: {what}", what=_told(warning)))


def _told(warning: str) -> str:
    word, _, detail = warning.partition(" ")
    sentences = {
        "mixed-scripts": text("the name mixes letters of several scripts ({which})", which=detail),
        "hidden": text("the name holds characters that nobody sees ({which})", which=detail),
        "expired": text("it may no longer be accepted"),
        "no-endpoint": text("it names no address"),
    }
    return sentences[word]


def _read(file: Path) -> bytes:
    try:
        with file.expanduser().open("rb") as content:
            return content.read(LARGEST_FILE + 1)  # one more than is taken, so that a larger one is refused
    except OSError as exc:
        raise NotFound(text("{file} cannot be read: {reason}", file=file, reason=exc.strerror)) from exc


def write_file(path: Path, content: bytes) -> None:
    """Write a new file.

    Raises:
        NotPermitted: it is there already, or cannot be written.
    """
    try:
        with path.open("xb") as file:
            file.write(content)
    except OSError as exc:
        raise NotPermitted(text("{file} cannot be written: {reason}", file=path, reason=exc.strerror)) from exc
