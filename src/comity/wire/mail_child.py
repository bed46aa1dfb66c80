"""Runs the reading of one mail in a process of its own, with limits: mails and documents are made by strangers.

It is given the bytes on its input and writes one JSON answer. Each document is read in a process split off from it, so
that one which takes too long costs itself and no other. Not imported by the node.
"""

import base64
import json
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from typing import Any, Final

from comity.records.tlp_words import levels_in
from comity.wire.document_text import LONGEST_TEXT, Unreadable, text_of
from comity.wire.indicator_values import find_values
from comity.wire.mail_parts import NoMail, Part, read_mail
from comity.wire.mail_seals import Keys, opened

NO_KEYS: Final = Keys()
MEMORY_BYTES: Final = 1 << 30
CPU_S: Final = 30
DOCUMENT_S: Final = 10
DOCUMENTS_S: Final = 45  # for all of them
DOCUMENT_CPU_S: Final = 8
MOST_FINDINGS: Final = 2_000
MOST_NAMED: Final = 200  # attachments
LONGEST_IN_ALL: Final = 4 * LONGEST_TEXT
LONGEST_SHOWN: Final = 4_000  # characters of the body
_SPLIT: Final = frozenset(("html", "pdf", "docx"))
_CHUNK: Final = 1 << 16


def main() -> None:
    """Read one mail."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    keys = _keys(sys.stdin.buffer.readline())
    sys.stdout.buffer.write(json.dumps(answer_to(sys.stdin.buffer.read(), keys)).encode())


def _keys(line: bytes) -> Keys:
    said = json.loads(line)
    openpgp, x509 = (
        {party: base64.b64decode(text) for party, text in said[kind].items()} for kind in ("openpgp", "x509")
    )
    return Keys(openpgp, x509, base64.b64decode(said["own_openpgp"]), base64.b64decode(said["own_x509"]))


def answer_to(body: bytes, keys: Keys = NO_KEYS) -> Mapping[str, Any]:
    """Say what a mail consists of and which indicators and levels it names."""
    try:
        seals = opened(body, keys)
        mail = read_mail(seals.body)
    except NoMail as exc:
        return {"failed": str(exc)}
    except RecursionError:
        return {"failed": "too-deep"}
    texts: list[tuple[str, str]] = [("subject", mail.heads["subject"])]
    attached: list[Mapping[str, Any]] = []
    left, until = LONGEST_IN_ALL, time.monotonic() + DOCUMENTS_S
    for part in mail.parts:
        text, fault = (
            _text(part, until) if part.kind and left > 0 else ("", part.fault or ("too-long" if part.kind else ""))
        )
        if len(text) > left:
            text, fault = text[:left], "too-long"
        left -= len(text)
        if text:
            texts.append((part.name if part.is_attached else "", text))
        if (part.is_attached or fault) and len(attached) < MOST_NAMED:
            attached.append({"name": part.name, "size": len(part.body), "fault": fault})
    if len(attached) == MOST_NAMED and any(part.is_attached for part in mail.parts[MOST_NAMED:]):
        attached.append({"name": "", "size": 0, "fault": "too-many"})
    findings = list(_findings(texts))
    return {
        "form": mail.form,
        "heads": mail.heads,
        "text": next((text for where, text in texts[1:] if not where), "")[:LONGEST_SHOWN],
        "attached": attached,
        "parts": len(mail.parts),
        "protected": mail.protected,
        "seal": seals.seal,
        "signer": seals.signer,
        "was_encrypted": seals.was_encrypted,
        "findings": findings[:MOST_FINDINGS],
        "more": len(findings) > MOST_FINDINGS,
        "levels": [level.word for level in levels_in("\n".join(text for _, text in texts))],
    }


def _findings(texts: list[tuple[str, str]]) -> Iterator[Mapping[str, Any]]:
    seen: set[tuple[str, str]] = set()
    for where, text in texts:
        for found in find_values(text):
            if found.value in seen:
                continue
            seen.add(found.value)
            yield {
                "kind": found.value.kind,
                "value": found.value.text,
                "where": where,
                "sentence": found.sentence,
                "doubtful": found.doubtful,
            }
            if len(seen) > MOST_FINDINGS:
                return


def _text(part: Part, until: float) -> tuple[str, str]:
    """Give the text of a part, or why there is none; `until`: when the time for all documents is over."""
    if part.kind not in _SPLIT:
        return text_of(part.kind, part.body, part.charset), ""
    if time.monotonic() >= until:
        return "", "took-too-long"
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _in_split(part, writing)
    os.close(writing)
    try:
        answer = _until(reading, time.monotonic() + DOCUMENT_S)
    finally:
        os.close(reading)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    if answer.startswith(b"+"):
        return answer[1:].decode("utf-8", "replace"), ""
    return "", answer[1:].decode("ascii", "replace") or "took-too-long"


def _in_split(part: Part, writing: int) -> None:
    """Read a document in the process that was split off; it ends here."""
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (DOCUMENT_CPU_S, DOCUMENT_CPU_S))
        try:
            answer = b"+" + text_of(part.kind, part.body, part.charset).encode("utf-8", "replace")
        except Unreadable as exc:
            answer = b"-" + str(exc).encode()
        except MemoryError:
            answer = b"-too-large"
        with os.fdopen(writing, "wb") as stream:
            stream.write(answer)
    finally:
        os._exit(0)


def _until(reading: int, until: float) -> bytes:
    words = bytearray()
    while (left := until - time.monotonic()) > 0:
        ready, _, _ = select.select([reading], [], [], left)
        if not ready:
            break
        chunk = os.read(reading, _CHUNK)
        if not chunk:
            return bytes(words) or b"-broken"
        words += chunk
    return b"-took-too-long"


if __name__ == "__main__":
    main()
