"""Tests that the converter's process answers each request once, failures included."""

import io
import json

from comity.wire.misp_child import HEADER, serve


def test_every_request_has_its_answer_and_a_failure_ends_nothing() -> None:
    def fails(_: object) -> dict[str, object]:
        raise KeyError("no such thing")

    requests = io.BytesIO()
    for name in ("fails", "unknown", "works", "wrote"):
        text = json.dumps({"do": name, "with": [1, 2]}).encode()
        requests.write(HEADER.pack(len(text)) + text)
    answers = io.BytesIO()
    works = {"fails": fails, "works": lambda given: {"said": given}, "wrote": lambda _: b'{"said":["as it is"]}'}
    serve(io.BytesIO(requests.getvalue()), answers, works)
    told, rest = [], answers.getvalue()
    while rest:
        size = HEADER.unpack(rest[: HEADER.size])[0]
        told.append(json.loads(rest[HEADER.size : HEADER.size + size]))
        rest = rest[HEADER.size + size :]
    failed = [{"failed": "KeyError: 'no such thing'"}, {"failed": "KeyError: 'unknown'"}]
    assert told == [*failed, {"said": [1, 2]}, {"said": ["as it is"]}]
