"""Asks a process of its own what a mail consists of; one that does not answer in time is killed, and the mail is kept.

Whatever it says is input from outside.
"""

import importlib.util
import subprocess
import sys
from pathlib import Path, PurePath
from typing import Final

import msgspec

from comity.errors import NodeError, UsageError
from comity.records.indicators import ValueKind
from comity.wire.mail_parts import OLE
from comity.wire.mail_seals import Keys, Seal

NO_KEYS: Final = Keys()
LARGEST_KEY_BYTES: Final = 1 << 20
ANSWER_WITHIN_S: Final = 90.0
LARGEST_ANSWER_BYTES: Final = 64 << 20
SUFFIXES: Final = frozenset((".eml", ".msg"))
_CHILD: Final = "comity.wire.mail_child"
_HEADS: Final = (b"from:", b"received:", b"message-id:", b"return-path:", b"mime-version:", b"delivered-to:")


class MailFinding(msgspec.Struct, frozen=True):
    """An indicator in a mail. `where`: the attachment it stands in, `subject`, or '' for the body."""

    kind: ValueKind
    value: str
    where: str
    sentence: str
    doubtful: bool = False


class MailAttached(msgspec.Struct, frozen=True):
    """An attachment; `fault`: why nothing, or not all, of it was read."""

    name: str
    size: int
    fault: str = ""


class MailSeen(msgspec.Struct, frozen=True):
    """What a mail consists of. `levels`: TLP levels that it names, the strictest first. For the seal see `Opened`."""

    form: str = ""
    heads: dict[str, str] = {}
    text: str = ""
    attached: tuple[MailAttached, ...] = ()
    parts: int = 0
    protected: tuple[str, ...] = ()
    seal: Seal = ""
    signer: str = ""
    was_encrypted: bool = False
    findings: tuple[MailFinding, ...] = ()
    more: bool = False  # it names more than are given
    levels: tuple[str, ...] = ()
    failed: str = ""


_SEEN: Final = msgspec.json.Decoder(MailSeen)


def is_mail(name: str, body: bytes) -> bool:
    """Tell whether content is a mail: by its name, or by how it begins."""
    if PurePath(name).suffix.lower() in SUFFIXES or body.startswith(OLE):
        return True
    head = body[:4096].lstrip().lower()
    first = head.split(b"\n", 1)[0]
    begins = first.partition(b":")[0].replace(b"-", b"").isalnum() and b":" in first
    return begins and b"," not in first.partition(b":")[0] and sum(b"\n" + one in b"\n" + head for one in _HEADS) >= 2


def keys_in(folder: Path) -> Keys:
    """Read the keys for mails that lie in a node's folder: `mail/PARTY.asc|pem` of others, `keys/mail.asc|pem` its own.

    Raises:
        NodeError: one cannot be read.
    """
    try:
        others = {
            suffix: {file.stem: file.read_bytes()[:LARGEST_KEY_BYTES] for file in (folder / "mail").glob(f"*{suffix}")}
            for suffix in (".asc", ".pem")
        }
        own = {
            suffix: path.read_bytes() if (path := folder / "keys" / f"mail{suffix}").is_file() else b""
            for suffix in (".asc", ".pem")
        }
    except OSError as exc:
        raise NodeError("a key for mails cannot be read: {path}", path=exc.filename) from exc
    return Keys(others[".asc"], others[".pem"], own[".asc"], own[".pem"])


def _line_of(keys: Keys) -> bytes:
    """Write keys for the other process. They go by its input alone, where nobody else sees them."""
    return msgspec.json.encode(dict(zip(Keys._fields, keys, strict=True))) + b"\n"


def see_mail(body: bytes, keys: Keys = NO_KEYS, answer_within_s: float = ANSWER_WITHIN_S) -> MailSeen:
    """Read a mail, in bounded time and memory.

    Raises:
        UsageError: it is no mail, or cannot be read within the limits. NodeError: what reads mails is not installed.
    """
    if importlib.util.find_spec("pypdf") is None or importlib.util.find_spec("olefile") is None:
        raise NodeError("mails need the extra packages of `comity[mail]`: install them")
    try:
        done = subprocess.run(  # noqa: S603  # this interpreter, our own module
            [sys.executable, "-P", "-m", _CHILD],
            input=_line_of(keys) + body,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=answer_within_s,
            start_new_session=True,
            check=False,
        )
        if len(done.stdout) > LARGEST_ANSWER_BYTES:
            raise UsageError("this mail is too much to be read")
        seen = _SEEN.decode(done.stdout)
    except (subprocess.TimeoutExpired, OSError, msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise UsageError("this mail is too much to be read") from exc
    if seen.failed:
        raise UsageError("this is no mail that can be read: {why}", why=seen.failed)
    return seen
