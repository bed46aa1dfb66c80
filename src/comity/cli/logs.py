"""Decides how a serving node logs: one JSON object a line on stderr, never content, never a password.

A line has the time, the level, the logger's name, its words or facts and, where there is one, the `error_id`
that people were shown. A trace of an unforeseen error is cut to file, line and type: its message may hold content.
"""

import logging
import sys
import traceback

import msgspec

from comity.values import Instant, iso

MS_PER_S = 1000


class LogLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the log."""

    at: str
    level: str
    logger: str
    message: str = ""
    error_id: str = ""
    error: str = ""  # the type of an unforeseen error
    trace: tuple[str, ...] = ()  # its places, `file:line function`, innermost last
    facts: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET  # a line that is structured already


class JsonLines(logging.Formatter):
    """Writes records as lines of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Give one line."""
        kind = record.exc_info[0] if record.exc_info else None
        words = record.getMessage()
        structured = _is_object(words)
        line = LogLine(
            at=iso(Instant(int(record.created * MS_PER_S))),
            level=record.levelname.lower(),
            logger=record.name,
            message="" if structured else words,
            error_id=str(getattr(record, "error_id", "")),
            error=kind.__name__ if kind else "",
            trace=_places(record),
            facts=msgspec.Raw(words.encode()) if structured else msgspec.UNSET,
        )
        return msgspec.json.encode(line).decode()


def _is_object(words: str) -> bool:
    if not words.startswith("{"):
        return False
    try:
        msgspec.json.decode(words)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def _places(record: logging.LogRecord) -> tuple[str, ...]:
    if not record.exc_info or record.exc_info[2] is None:
        return ()
    frames = traceback.extract_tb(record.exc_info[2])[-12:]
    return tuple(f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames)


def log_json(level: str) -> None:
    """Send every log line of this process to stderr as JSON."""
    lines = logging.StreamHandler(sys.stderr)
    lines.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [lines]
    root.setLevel(logging.WARNING)
    logging.getLogger("comity").setLevel(level.upper())
