"""Decides where the node keeps the credentials with which it signs in at others: files of mode 0600, in no database."""

import os
from pathlib import Path

import msgspec

from comity.errors import NodeError
from comity.wire.new_files import to_disk
from comity.wire.taxii_client import Login

FOLDER = "logins"
_LARGEST_FILE = 16_384


def write_login(folder: Path, number: int | str, login: Login) -> None:
    """Keep the login of a subscription or an outlet, durably, in the place of an earlier one.

    Raises:
        NodeError: the folder cannot be written.
    """
    place = folder / FOLDER
    try:
        place.mkdir(mode=0o700, exist_ok=True)
        fresh = place / f".{number}.new"
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.encode(login))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(place / f"{number}.json")
        to_disk(place)
    except OSError as exc:
        raise NodeError("{place} cannot be written: {strerror}", place=place, strerror=exc.strerror) from exc


def read_login(folder: Path, number: int | str) -> Login:
    """Read the login of a subscription; one that has none signs in nowhere.

    Raises:
        NodeError: the file is there and cannot be read, or others may read it.
    """
    path = folder / FOLDER / f"{number}.json"
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return Login()
    except OSError as exc:
        raise NodeError("{path} cannot be read: {strerror}", path=path, strerror=exc.strerror) from exc
    with os.fdopen(handle, "rb") as file:
        if os.fstat(file.fileno()).st_mode & 0o077:
            raise NodeError("{path} can be read or changed by others: run `chmod 600 {path}`", path=path)
        try:
            return msgspec.json.decode(file.read(_LARGEST_FILE), type=Login)
        except msgspec.DecodeError as exc:
            raise NodeError("{path} is damaged: add the peer again", path=path) from exc


def forget_login(folder: Path, number: int | str) -> None:
    """Remove the login of a subscription, if there is one."""
    (folder / FOLDER / f"{number}.json").unlink(missing_ok=True)
