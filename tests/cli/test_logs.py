"""Tests that a log line is JSON and tells places, not contents."""

import json
import logging
import sys

from comity.cli.logs import JsonLines


def line_of(message: str, **extra: str) -> dict[str, object]:
    record = logging.LogRecord("comity.x", logging.ERROR, "x.py", 1, message, (), None)
    vars(record).update(extra)
    found = json.loads(JsonLines().format(record))
    assert isinstance(found, dict)
    return found


def test_words_become_a_message() -> None:
    line = line_of("a verb failed", error_id="ab12")
    assert (line["level"], line["logger"], line["message"], line["error_id"]) == (
        "error",
        "comity.x",
        "a verb failed",
        "ab12",
    )
    assert str(line["at"]).endswith("Z")


def test_a_structured_line_stays_structured() -> None:
    assert line_of('{"event":"request","status":200}')["facts"] == {"event": "request", "status": 200}


def test_words_that_only_look_structured_stay_words() -> None:
    assert line_of('{"event":')["message"] == '{"event":'


def test_the_trace_of_an_error_has_places_and_no_words_of_it() -> None:
    try:
        raise ValueError("192.0.2.7 is the secret")
    except ValueError:
        record = logging.LogRecord("comity.x", logging.ERROR, "x.py", 1, "failed", (), sys.exc_info())
    line = JsonLines().format(record)
    assert "192.0.2.7" not in line
    assert json.loads(line)["error"] == "ValueError"
    assert "test_logs.py" in json.loads(line)["trace"][0]
