"""Reads the warning lists that an operator has laid into the node's folder, as MISP publishes them."""

from pathlib import Path
from typing import Final

import msgspec

from comity.errors import UsageError
from comity.records.warning_lists import WarningIndex, WarningList, index_lists

FOLDER: Final = "warninglists"
LARGEST_FILE_BYTES: Final = 64 << 20


def read_warning_lists(node_folder: Path) -> WarningIndex | None:
    """Read every `*.json` under the folder `warninglists`; None if there is no such folder.

    Raises:
        UsageError: a file is no list, or cannot be read.
    """
    place = node_folder / FOLDER
    if not place.is_dir():
        return None
    return index_lists(_read(path) for path in sorted(place.rglob("*.json")))


def _read(path: Path) -> WarningList:
    try:
        with path.open("rb") as file:
            return msgspec.json.decode(file.read(LARGEST_FILE_BYTES), type=WarningList)
    except OSError as exc:
        raise UsageError("cannot read {path}: {why}", path=path, why=exc.strerror) from exc
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise UsageError("{path} is no warning list of MISP", path=path) from exc
