"""Takes the next of an iterator in a second thread while the first waits for the disk."""

from collections.abc import Iterator
from concurrent.futures import Executor, Future, wait
from types import TracebackType
from typing import Generic, TypeVar

T = TypeVar("T")


class Meanwhile(Generic[T]):
    """Gives what an iterator gives, in order. State: what the second thread is asked for, if it is.

    One thread at a time asks the iterator: between `begin` and `next` only the second does. At the end of the block
    it is waited for, so that the iterator may be closed.
    """

    def __init__(self, source: Iterator[T], beside: Executor) -> None:
        self._source, self._beside = source, beside
        self._coming: Future[T | None] | None = None

    def __enter__(self) -> "Meanwhile[T]":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._coming is not None:
            wait([self._coming])

    def begin(self) -> None:
        """Let the next be taken from now on; said again before it is asked for, this does nothing."""
        if self._coming is None:
            self._coming = self._beside.submit(next, self._source, None)

    def next(self) -> T | None:
        """Give the next; None at the end. What taking it raised is raised here."""
        coming, self._coming = self._coming, None
        if coming is None:
            return next(self._source, None)
        try:
            return coming.result()
        except BaseException:
            if not coming.done():
                self._coming = coming  # we were interrupted, and it is still at work
            raise
