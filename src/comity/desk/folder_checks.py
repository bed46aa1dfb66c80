"""Judges a node's folder without opening the node: who may read it, which files are there, how full the disk is."""

import shutil
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

Verdict: TypeAlias = Literal["good", "warning", "fault"]

PRIVATE_FILES = ("node.toml", "node.db", "node.db-wal", "node.db-shm", "node.lock", "node.sock", "lock", "lock/log.db")
FREE_FAULT_BYTES = 100 * 1024 * 1024
FREE_WARNING_BYTES = 2 * 1024 * 1024 * 1024
NEEDED_KEYS = ("root.pub", "record.pem", "log.pem", "encryption.pem", "token.key")


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing looked at: its name, the verdict, what was seen and, if it is not good, what to do."""

    check: str
    verdict: Verdict
    seen: str
    advice: str = ""


def check_folder(folder: Path) -> tuple[Finding, ...]:
    """Look at a node's folder from outside."""
    if not folder.is_dir():
        return (_fault("folder", f"{folder} is not a folder", "make a node with: comity node init"),)
    return (_check_modes(folder), _check_keys(folder / "keys"), _check_disk(folder))


def _check_modes(folder: Path) -> Finding:
    keys = folder / "keys"
    watched = [folder, keys, *(folder / name for name in PRIVATE_FILES), *(keys.iterdir() if keys.is_dir() else ())]
    open_ones = [path for path in watched if path.exists() and path.stat().st_mode & 0o077]
    if not open_ones:
        return Finding(check="permissions", verdict="good", seen="the folder is its owner's alone")
    names = ", ".join(path.name for path in open_ones)
    return _fault("permissions", f"others may reach: {names}", f"chmod -R go= {folder}")


def _check_keys(keys: Path) -> Finding:
    missing = [name for name in NEEDED_KEYS if not (keys / name).is_file()]
    if missing:
        return _fault("keys", f"missing: {', '.join(missing)}", "restore the keys from where they were put for safety")
    if (keys / "root.pem").exists():
        return Finding(check="keys", verdict="good", seen="all keys are here, the root key among them")
    return Finding(check="keys", verdict="good", seen="all keys are here but the root key, which is kept elsewhere")


def _check_disk(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    seen = f"{free // (1024 * 1024)} MiB free"
    if free < FREE_FAULT_BYTES:
        return _fault("disk", seen, "make room: the node refuses to take anything in when the disk is full")
    if free < FREE_WARNING_BYTES:
        return Finding(check="disk", verdict="warning", seen=seen, advice="make room soon")
    return Finding(check="disk", verdict="good", seen=seen)


def _fault(check: str, seen: str, advice: str) -> Finding:
    return Finding(check=check, verdict="fault", seen=seen, advice=advice)
