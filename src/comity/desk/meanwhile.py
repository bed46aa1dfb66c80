"""Takes the next of an iterator in a second thread while the first waits for the disk."""

import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Generic, TypeVar

T = TypeVar("T")


class Meanwhile(Generic[T]):
    """Gives what an iterator gives, in order. State: the thread that takes the next, and what it has taken.

    One thread at a time asks the iterator: between `begin` and `next` only the second does. At the end of the block
    it is waited for, so that the iterator may be closed.
    """

    def __init__(self, source: Iterator[T]) -> None:
        self._source = source
        self._thread: threading.Thread | None = None
        self._taken: T | None = None
        self._error: BaseException | None = None

    def __enter__(self) -> "Meanwhile[T]":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._wait()

    def begin(self) -> None:
        """Let the next be taken from now on; said again before it is asked for, this does nothing."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._take, name="meanwhile", daemon=True)
            self._thread.start()

    def next(self) -> T | None:
        """Give the next; None at the end. What taking it raised is raised here."""
        if self._thread is None:
            return next(self._source, None)
        self._wait()
        taken, error = self._taken, self._error
        self._taken = self._error = None
        if error is not None:
            raise error
        return taken

    def _take(self) -> None:
        try:
            self._taken = next(self._source, None)
        except BaseException as exc:
            self._error = exc

    def _wait(self) -> None:
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join()
