"""Reads what a command says of the columns of a table: pairs on the line, or a TOML file that keeps them."""

import tomllib
from pathlib import Path
from typing import Any

import msgspec

from comity.errors import UsageError
from comity.records.table_columns import FIELDS, Columns

LARGEST_FILE_BYTES = 64 * 1024


def columns_of(said: str) -> Columns:
    """Read `value=indicator,type=kind,header=no`, or the file of this name with the same as TOML.

    Raises:
        UsageError: no such file, no TOML, or something that is no column.
    """
    if said.endswith(".toml"):
        return _converted(_file(Path(said).expanduser()), said)
    pairs = [part.partition("=") for part in said.split(",")]
    found: dict[str, Any] = {name.strip(): column.strip() for name, _, column in pairs}
    if len(found) != len(pairs) or not all(sign for _, sign, _ in pairs):
        raise UsageError("say the columns as value=NAME,type=NAME, or name a .toml file")
    if "header" in found:
        if found["header"] not in ("yes", "no"):
            raise UsageError("header is yes or no")
        found["header"] = found["header"] == "yes"
    return _converted(found, "--columns")


def _file(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as stream:
            return tomllib.loads(stream.read(LARGEST_FILE_BYTES).decode("utf-8"))
    except OSError as exc:
        raise UsageError("cannot read {path}: {why}", path=path, why=exc.strerror) from exc
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise UsageError("{path} is not sound TOML: {why}", path=path, why=exc) from exc


def _converted(found: dict[str, Any], where: str) -> Columns:
    unknown = sorted(found.keys() - {*FIELDS, "header"})
    if unknown:
        known = ", ".join((*FIELDS, "header"))
        raise UsageError("{where}: {unknown} is none of {known}", where=where, unknown=unknown[0], known=known)
    try:
        return msgspec.convert(found, Columns)
    except msgspec.ValidationError as exc:
        raise UsageError("{where}: {why}", where=where, why=exc) from exc
