"""Says what `comity proof …` takes and shows: a file that proves an item was logged, and what such a file proves.

Verifying needs neither node nor database nor network: only the file, and the key that the log's party has given.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import App, Parameter

from comity.cli.caller import Caller
from comity.cli.exits import DONE, write_json
from comity.cli.tables import show_sheet
from comity.desk.export_proof import ExportProofRequest, ProofExported
from comity.errors import RecordRejected, TooLarge, UsageError
from comity.records.log.evidence import Evidence, check_evidence
from comity.records.log.fork import check_fork
from comity.records.log.note import NoteKey, read_key
from comity.records.log.proof import LARGEST_PROOF_BYTES
from comity.texts import counted, text
from comity.values import Instant, iso


class ProofVerified(msgspec.Struct, frozen=True, kw_only=True):
    """What a file has been found to prove. `key_given`: whether who verified named the key, or the file alone did."""

    id: str
    type: str
    version: str
    spec_version: str
    source: str
    sha256: str
    kept_at: str
    origin: str
    index: int
    size: int
    root: str
    key: str
    key_given: bool
    content: bool


class ForkVerified(msgspec.Struct, frozen=True, kw_only=True):
    """Two signed states of one log that cannot both be true, the smaller first."""

    origin: str
    first_size: int
    first_root: str
    first_key: str
    second_size: int
    second_root: str
    second_key: str
    key_given: bool


def add_commands(app: App) -> None:
    """Add the commands on proofs."""
    proof = App(name="proof", help=text("Prove to others that an item was logged, and verify such proofs."))
    proof.command(export, help=text("Write the proof that an item is in the log."))
    proof.command(
        verify, help=text("Verify a proof file or the proof of a fork; needs no node. Exit 1 if it does not hold.")
    )
    app.command(proof)


def export(
    item: Annotated[str, Parameter(help=text("STIX id."))],
    *,
    out: Annotated[Path, Parameter(help=text("File to write."))],
    source: Annotated[str | None, Parameter(name="--from", help=text("The item as this party gave it."))] = None,
    with_content: Annotated[
        bool, Parameter(negative="", help=text("Put the item's content in: who has the file can read it."))
    ] = False,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    path = str(out.expanduser().absolute())
    request = ExportProofRequest(id=item, path=path, source=source, with_content=with_content)
    answer = caller.ask("proof export", request, ProofExported)
    if caller.as_json:
        write_json(answer)
        return DONE
    show_sheet(
        caller.out,
        (
            (text("File"), answer.path),
            (text("Item"), f"{answer.id} {answer.version}"),
            (text("Source"), answer.source),
            (text("Content"), text("in the file") if answer.with_content else text("not in the file")),
            (text("Log"), answer.origin),
            (text("Entry"), text("{index} of {size}", index=answer.index, size=answer.size)),
            (text("Key"), answer.key),
        ),
    )
    caller.err.print(text("Who has the file learns the item's id, type, version, source and digest."))
    return DONE


def verify(
    file: Annotated[Path, Parameter(help=text("Proof file."))],
    *,
    key: Annotated[str | None, Parameter(help=text("The log's key, as its party gave it: name+id+key."))] = None,
    content: Annotated[Path | None, Parameter(help=text("File that should be the item, byte for byte."))] = None,
    caller: Annotated[Caller, Parameter(parse=False)],
) -> int:
    given = None if key is None else _key(key)
    held = None if content is None else _read(content)
    raw = _read(file)
    if raw[:1] == b"{":
        return _show_fork(caller, raw, given, is_beside=held is not None)
    found = check_evidence(raw, key=given, content=held)
    answer = _answer(found, key_given=given is not None)
    if caller.as_json:
        write_json(answer)
        return DONE
    show_sheet(
        caller.out,
        (
            (text("Item"), f"{answer.id} {answer.version}"),
            (text("Source"), answer.source),
            (text("Kept at"), answer.kept_at),
            (text("SHA-256"), answer.sha256),
            (text("Content"), text("is what was logged") if answer.content else text("not looked at")),
            (text("Log"), answer.origin),
            (text("Entry"), text("{index} of {size}", index=answer.index, size=answer.size)),
            (text("Key"), answer.key),
            (text("Verdict"), text("the log holds this item")),
        ),
    )
    if given is None:
        caller.err.print(text("The key is the one that the file names: compare it with the one its party gave you."))
    return DONE


def _show_fork(caller: Caller, raw: bytes, given: NoteKey | None, *, is_beside: bool) -> int:
    """Verify the proof that a log has two histories: the evidence of an alarm `log-fork`."""
    if is_beside:
        raise UsageError(text("this is the proof of a fork: no item belongs to it"))
    fork = check_fork(raw)
    if given is not None and given not in (fork.first_key, fork.second_key):
        raise RecordRejected("wrong-key", "$.first_key", "the proof is of another log or key")
    answer = ForkVerified(
        origin=fork.first.origin,
        first_size=fork.first.size,
        first_root=fork.first.root.hex(),
        first_key=fork.first_key.text,
        second_size=fork.second.size,
        second_root=fork.second.root.hex(),
        second_key=fork.second_key.text,
        key_given=given is not None,
    )
    if caller.as_json:
        write_json(answer)
        return DONE
    show_sheet(
        caller.out,
        (
            (text("Log"), answer.origin),
            (text("Signed first"), counted("{count} entry", "{count} entries", answer.first_size)),
            (text("Root"), answer.first_root),
            (text("Key"), answer.first_key),
            (text("Signed too"), counted("{count} entry", "{count} entries", answer.second_size)),
            (text("Root"), answer.second_root),
            (text("Key"), answer.second_key),
            (text("Verdict"), text("the log has two histories: both were signed, and one excludes the other")),
        ),
    )
    if given is None:
        caller.err.print(text("The keys are those that the file names: compare them with what its party gave you."))
    return DONE


def _answer(found: Evidence, *, key_given: bool) -> ProofVerified:
    record = found.record
    return ProofVerified(
        id=record.id,
        type=record.type,
        version=record.version,
        spec_version="2.0" if record.spec == 20 else "2.1",
        source=record.source,
        sha256=record.sha256,
        kept_at=iso(Instant(record.kept_ms)),
        origin=found.checkpoint.origin,
        index=found.place,
        size=found.checkpoint.size,
        root=found.checkpoint.root.hex(),
        key=found.key.text,
        key_given=key_given,
        content=found.content is not None,
    )


def _key(word: str) -> NoteKey:
    try:
        return read_key(word)
    except RecordRejected as exc:
        raise UsageError(text("this is no key of a log: {why}", why=exc.detail or exc.reason)) from exc


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST_PROOF_BYTES:
            raise TooLarge(LARGEST_PROOF_BYTES)
        return path.read_bytes()
    except OSError as exc:
        raise UsageError(text("{path} cannot be read: {why}", path=path, why=exc.strerror)) from exc
