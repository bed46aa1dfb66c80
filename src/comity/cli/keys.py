"""Says what `comity key …` takes and shows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from comity.cli.anchors import path_text
from comity.cli.asking import confirm
from comity.cli.caller import Caller
from comity.cli.exits import DONE, write_json
from comity.cli.tables import show_sheet, show_table, write_line
from comity.desk.pin_key import KeyPinned, PinKeyRequest
from comity.desk.revoke_key import RevokeKeyRequest
from comity.desk.rotate_key import RotateKeyRequest
from comity.desk.show_keys import KeysShown, ShowKeysRequest
from comity.errors import UsageError
from comity.texts import text
from comity.wire.keys import KeyUse
from comity.wire.tls_keys import LARGEST_PEM, PRIVATE


def add_commands(app: App) -> None:
    """Add the commands on keys."""
    key = App(name="key", help=text("Show, rotate and revoke keys."))
    key.command(show, help=text("Show the keys of a party, and which count now."))
    key.command(rotate, help=text("Make a new key and state it; the old one counts a while longer."))
    key.command(pin, help=text("State the TLS key of the node's server, so that peers take that one and no other."))
    key.command(revoke, help=text("State since when others may have had a key; nothing seen since counts by it."))
    app.command(key)


def show(
    *,
    party: Annotated[str | None, Parameter(help=text("Short name of the party; this node's own if not said."))] = None,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    return _shown(caller, caller.ask("key show", ShowKeysRequest(party=party), KeysShown))


def rotate(
    *,
    use: Annotated[KeyUse, Parameter(help=text("What the key is for."))],
    root: Annotated[Path | None, Parameter(help=text("File of the root key, if it is kept elsewhere."))] = None,
    overlap_days: Annotated[int, Parameter(help=text("Days for which the old key still counts."))] = 7,
    reason: Annotated[str, Parameter(help=text("Why; the second person reads it, where one is needed."))] = "",
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    if not 0 <= overlap_days <= 366:
        raise UsageError(text("the old key counts for 0 to 366 days more"))
    request = RotateKeyRequest(use=use, root=path_text(root), overlap_days=overlap_days, reason=reason)
    return _shown(caller, caller.ask("key rotate", request, KeysShown))


def pin(
    certificate: Annotated[
        Path | None,
        Parameter(help=text("Certificate chain or public key (PEM); that of the settings if not said.")),
    ] = None,
    *,
    make_for: Annotated[
        list[str] | None,
        Parameter(help=text("Make a key and a certificate for this host name or address first; may be repeated.")),
    ] = None,
    root: Annotated[Path | None, Parameter(help=text("File of the root key, if it is kept elsewhere."))] = None,
    overlap_days: Annotated[int, Parameter(help=text("Days for which keys stated before still count."))] = 7,
    reason: Annotated[str, Parameter(help=text("Why; the second person reads it, where one is needed."))] = "",
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    if not 0 <= overlap_days <= 366:
        raise UsageError(text("the old key counts for 0 to 366 days more"))
    request = PinKeyRequest(
        certificate=_read(certificate),
        make_for=tuple(make_for or ()),
        root=path_text(root),
        overlap_days=overlap_days,
        reason=reason,
    )
    answer = caller.ask("key pin", request, KeyPinned)
    if caller.as_json:
        write_json(answer)
        return DONE
    _shown(caller, answer.keys)
    if answer.tls_certificate:
        # Not written by the program: the settings are the operator's, and the node would begin to show the new key.
        write_line(caller.out, f'tls_certificate = "{answer.tls_certificate}"')
        write_line(caller.out, f'tls_key = "{answer.tls_key}"')
        words = text(
            "Put these lines into node.toml once your peers have read the new key set, and start the node anew."
        )
        write_line(caller.err, words)
    return DONE


def revoke(
    key: Annotated[str, Parameter(help=text("Id of the key, or its first digits."))],
    *,
    suspect_from: Annotated[str, Parameter(help=text("Since when others may have had it: a time with its zone."))],
    root: Annotated[Path | None, Parameter(help=text("File of the root key, if it is kept elsewhere."))] = None,
    reason: Annotated[str, Parameter(help=text("Why; the second person reads it, where one is needed."))] = "",
    yes: Annotated[bool, Parameter(negative="", help=text("Do not ask."))] = False,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    question = text(
        "Nothing that others first saw since {since} will count by {key}. Go on?", since=suspect_from, key=key
    )
    confirm(caller, question, yes=yes)
    request = RevokeKeyRequest(key=key, suspect_from=suspect_from, root=path_text(root), reason=reason)
    return _shown(caller, caller.ask("key revoke", request, KeysShown))


def _read(file: Path | None) -> str:
    if file is None:
        return ""
    try:
        with file.open("rb") as stream:
            pem = stream.read(LARGEST_PEM + 1)
        if PRIVATE in pem:  # it must not leave this machine, nor stand in what a second person looks at
            raise UsageError(text("this holds a private key: hand in the certificate alone"))
        return pem.decode("ascii")
    except (OSError, ValueError) as exc:
        raise UsageError(text("{file} cannot be read, or is no text in PEM", file=file)) from exc


def _shown(caller: Caller, answer: KeysShown) -> int:
    if caller.as_json:
        write_json(answer)
        return DONE
    show_sheet(
        caller.out,
        (
            (text("Party"), f"{answer.title} ({answer.party})"),
            (text("Fingerprint"), answer.fingerprint),
            (text("Root key"), answer.root_key),
            (text("Key set"), answer.serial or text("not stated yet")),
            *((text("Reached at"), one) for one in answer.endpoints),
            *((text("Refused as evidence"), one) for one in answer.refused),
            *([(text("Accepted"), f"{answer.accepted_at} {answer.accepted_by}")] if answer.accepted_at else []),
        ),
    )
    words = {
        "good": text("good"),
        "not-yet-valid": text("not yet valid"),
        "no-longer-valid": text("no longer valid"),
        "suspect": text("SUSPECT"),
    }
    heads = (text("use"), text("key"), text("from"), text("until"), text("suspect from"), text("state"), text("here"))
    rows = [
        (
            one.use, one.key_id, one.valid_from, one.valid_until or "", one.suspect_from or "", words[one.state],
            text("yes") if one.here else "",
        )
        for one in answer.keys
    ]  # fmt: skip
    show_table(caller.out, heads, rows)
    return DONE
