"""Decides which process owns a node: the one that holds `node.lock`.

The lock is the kernel's (flock): it ends with the process, however that dies, so a crash never leaves a node locked.
What the file says about its holder is for people; only the lock itself counts.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from comity.errors import Busy, NodeError

FILE_NAME = "node.lock"
FILE_BYTES = 128
TRY_EVERY_S = 0.05


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """Who says it holds the lock."""

    pid: int
    purpose: str  # "serve", or the verb that runs: "item import"


class LockTaken(Busy):
    """Another process holds the node's lock."""

    def __init__(self, holder: Holder | None) -> None:
        self.holder = holder
        if holder:
            pid, purpose = holder.pid, holder.purpose
            super().__init__("the node is in use by process {pid} ({purpose})", pid=pid, purpose=purpose)
        else:
            super().__init__("the node is in use by another process")


@contextmanager
def hold_lock(folder: Path, purpose: str, *, wait_s: float = 0.0) -> Iterator[None]:
    """Hold the node's lock for the length of a block, waiting at most `wait_s` seconds for it.

    Raises:
        LockTaken: it was not to be had in time.
        NodeError: the folder does not let us lock.
    """
    handle = _open(folder)
    try:
        _take(handle, folder, wait_s)
        _sign(handle, folder, Holder(pid=os.getpid(), purpose=purpose))
        try:
            yield
        finally:
            _write(handle, b"")  # the file stays: removing it would let two processes lock two files
    finally:
        os.close(handle)


def lock_holder(folder: Path) -> Holder | None:
    """Say who holds the node's lock now; None if nobody does."""
    try:
        handle = os.open(folder / FILE_NAME, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _signed(folder) or Holder(pid=0, purpose="unknown")
    else:
        return None
    finally:
        os.close(handle)


def _open(folder: Path) -> int:
    try:
        return os.open(folder / FILE_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except FileNotFoundError as exc:
        raise NodeError("there is no node in {folder}", folder=folder) from exc
    except OSError as exc:
        raise NodeError("{path} cannot be opened: {why}", path=folder / FILE_NAME, why=exc.strerror) from exc


def _take(handle: int, folder: Path, wait_s: float) -> None:
    give_up_at = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            if time.monotonic() >= give_up_at:
                raise LockTaken(_signed(folder)) from exc
            time.sleep(TRY_EVERY_S)
        except OSError as exc:
            raise NodeError("{path} cannot be locked: {why}", path=folder / FILE_NAME, why=exc.strerror) from exc
        else:
            return


def _sign(handle: int, folder: Path, holder: Holder) -> None:
    try:
        _write(handle, msgspec.json.encode(holder))
    except OSError as exc:
        raise NodeError("{path} cannot be written: {why}", path=folder / FILE_NAME, why=exc.strerror) from exc


def _write(handle: int, text: bytes) -> None:
    # Always the same bytes of the file: a disk that has filled since it was made has no room for others.
    os.pwrite(handle, text.ljust(FILE_BYTES)[:FILE_BYTES], 0)


def _signed(folder: Path) -> Holder | None:
    try:
        return msgspec.json.decode((folder / FILE_NAME).read_bytes(), type=Holder)
    except (OSError, msgspec.DecodeError):
        return None
