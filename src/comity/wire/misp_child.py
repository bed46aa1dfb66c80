"""Runs misp-stix in a process of its own: reads one request a frame from its input and writes one answer each.

The library is large, slow to load and made for friendly input. Apart from the node it may take its time and memory, and
die: the node goes on. What it prints goes nowhere; limits are set before the first request. Not imported by the node.
"""

import json
import logging
import os
import resource
import struct
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO, TypeAlias

MEMORY_BYTES = 4 << 30
LONGEST_MESSAGE = 300  # characters
MOST_MESSAGES = 1_000
HEADER = struct.Struct(">Q")

Work: TypeAlias = Callable[[Any], Mapping[str, Any] | bytes]


def main() -> None:
    """Answer until the input ends."""
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    logging.disable(logging.CRITICAL)
    works = _works()
    serve(sys.stdin.buffer, answers, works)


def serve(requests: BinaryIO, answers: BinaryIO, works: Mapping[str, Work]) -> None:
    """Answer every request with what its work gives, as it is if it is JSON already, or with how it failed."""
    for request in _frames(requests):
        try:
            answer: Mapping[str, Any] | bytes = works[request["do"]](request["with"])
        except Exception as exc:  # no request may end the process: the next one is sound
            answer = {"failed": f"{type(exc).__name__}: {exc}"[:LONGEST_MESSAGE]}
        text = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        answers.write(HEADER.pack(len(text)) + text)
        answers.flush()


def _frames(stream: BinaryIO) -> Iterator[Any]:
    while True:
        head = stream.read(HEADER.size)
        if len(head) < HEADER.size:
            return
        body = stream.read(HEADER.unpack(head)[0])
        yield json.loads(body)


def _works() -> dict[str, Work]:
    # Loaded here: this takes a second or two, and a node that takes in no MISP never pays it.
    from misp_stix_converter import ExternalSTIX2toMISPParser, MISPtoSTIX21Parser  # noqa: PLC0415
    from stix2.parsing import parse  # noqa: PLC0415
    from stix2.serialization import STIXJSONEncoder  # noqa: PLC0415

    def to_stix(event: dict[str, Any]) -> Mapping[str, Any] | bytes:
        failed = ""
        for attempt in _attempts(event):
            parser = MISPtoSTIX21Parser()
            try:
                parser.parse_misp_event({"Event": attempt})
                text = json.dumps(parser.stix_objects, cls=STIXJSONEncoder)
            except Exception as exc:  # the library raises whatever its parts do
                failed = failed or f"{type(exc).__name__}: {exc}"[:LONGEST_MESSAGE]
                continue
            said = json.dumps(_said(parser.errors, parser.warnings))
            # Written once: reading the objects back only to write them again takes a tenth of the time of an event.
            return f'{{"objects":{text},"said":{said},"failed":{json.dumps(failed)}}}'.encode()
        return {"objects": [], "said": [], "failed": failed}

    def to_misp(objects: list[dict[str, Any]]) -> Mapping[str, Any]:
        bundle = {"type": "bundle", "id": "bundle--b741e64d-7193-4ac9-8512-0946b0c85bcb", "objects": objects}
        parser = ExternalSTIX2toMISPParser()
        parser.load_stix_bundle(parse(bundle, allow_custom=True, interoperability=True))
        parser.parse_stix_bundle(single_event=True)
        event = json.loads(parser.misp_event.to_json())
        return {"event": event, "said": _said(parser.errors, parser.warnings), "failed": ""}

    return {"to_stix": to_stix, "to_misp": to_misp}


def _attempts(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give the event, then with less of what the library stumbles over: its galaxies, then those of its attributes."""
    yield event
    without = {key: value for key, value in event.items() if key != "Galaxy"}
    yield without
    yield without | {
        "Attribute": [_without_galaxy(one) for one in event.get("Attribute", [])],
        "Object": [
            one | {"Attribute": [_without_galaxy(each) for each in one.get("Attribute", [])]}
            for one in event.get("Object", [])
        ],
    }


def _without_galaxy(fields: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if key != "Galaxy"}


def _said(*told: Mapping[str, Any]) -> list[str]:
    lines = [str(line).partition("\n")[0][:LONGEST_MESSAGE] for one in told for lines in one.values() for line in lines]
    return list(dict.fromkeys(lines))[:MOST_MESSAGES]


if __name__ == "__main__":
    main()
