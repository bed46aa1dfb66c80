"""Decides how a secret comes in: as the one line of a file, since others can see a command line."""

from pathlib import Path

from comity.cli.agreements import read_file
from comity.errors import UsageError
from comity.texts import text


def read_secret(file: Path | None) -> str:
    """Read a secret out of a file; empty if there is none.

    Raises:
        UsageError: the file does not hold one line of text.
    """
    if file is None:
        return ""
    try:
        secret = read_file(file).decode("utf-8").strip("\r\n")
    except UnicodeDecodeError as exc:
        raise UsageError(text("{file} is not UTF-8 text", file=file)) from exc
    if not secret or "\n" in secret or not secret.isprintable():
        raise UsageError(text("{file} does not hold one line of text", file=file))
    return secret
