"""Figure: taking MISP events in, the whole path, beside misp-stix turning the same file into a bundle and no more."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from uuid import UUID

from benchmarks import nodes
from benchmarks.report import Report, at_least, say

OF_EACH = 100  # attributes of one event; every tenth is an object's two
LEAST, MOST = 40, 400  # events


def run(work: Path, objects: int, report: Report) -> None:
    """Convert alone, then import into a node with three readers."""
    events = max(LEAST, min(MOST, objects // 2_000))
    folder = work / "misp"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "events.json"
    file.write_text(json.dumps({"response": [{"Event": an_event(number)} for number in range(events)]}))
    say(f"misp-stix alone, {events} events")
    alone = _alone(file, folder / "bundle.json")
    nodes.found_node(folder / "node")
    with nodes.opened(folder / "node") as node:
        for party in nodes.FIRST_THREE:
            nodes.add_party_with_view(node, party)
            nodes.agree(node, party, nodes.VIEWS[party])
    say("importing the same file")
    ours = nodes.import_in_child(folder / "node", file)
    parts = events * OF_EACH
    note = f"{ours.new:,} items of {events} events; ours loads misp-stix within its time, the other before it"
    report.add(
        at_least("MISP import, whole path", parts / ours.seconds, parts / alone, "misp-stix", 0.7, "parts/s", note)
    )


def an_event(number: int) -> dict[str, Any]:
    """A made-up event: addresses, names, URLs, digests, and files as objects."""
    parts = [_part(number, place) for place in range(OF_EACH)]
    return {
        "uuid": _uuid(number, 10_000), "info": f"Exercise {number}", "date": "2031-01-01", "distribution": "3",
        "timestamp": str(1_900_000_000 + number), "Orgc": {"uuid": _uuid(0, 10_001), "name": "Freedonia CSIRT"},
        "Tag": [{"name": "tlp:green"}, {"name": "PAP:GREEN"}],
        "Attribute": [part for part in parts if "Attribute" not in part],
        "Object": [part for part in parts if "Attribute" in part],
    }  # fmt: skip


def _part(number: int, place: int) -> dict[str, Any]:
    common = {
        "uuid": _uuid(number, place),
        "timestamp": "1900000000",
        "distribution": "5",
        "comment": "",
        "to_ids": place % 2 == 0,
    }
    digest = f"{number:016x}{place:016x}"
    if place % 10 == 9:
        inner = {"timestamp": "1900000000", "category": "Payload delivery", "to_ids": True, "distribution": "5"}
        return common | {
            "name": "file", "meta-category": "file", "template_version": "25",
            "template_uuid": "688c46fb-5edb-40a3-8273-1af7923e2215",
            "Attribute": [
                inner
                | {"uuid": _uuid(number, place + 1_000), "type": "md5", "object_relation": "md5", "value": digest},
                inner | {
                    "uuid": _uuid(number, place + 2_000), "type": "filename", "object_relation": "filename",
                    "value": f"invoice-{number}-{place}.exe",
                },
            ],
        }  # fmt: skip
    kind, category, value = (
        ("ip-dst", "Network activity", f"198.51.100.{place % 250 + 1}"),
        ("domain", "Network activity", f"host-{number}-{place}.example"),
        ("url", "Network activity", f"https://host-{number}.example/{place}"),
        ("md5", "Payload delivery", digest),
        ("text", "Other", f"seen {number} {place}"),
    )[place % 5]
    return common | {"type": kind, "category": category, "value": value}


def _uuid(number: int, place: int) -> str:
    return str(UUID(int=(number << 64) | (4 << 76) | (8 << 60) | place))


def _alone(file: Path, out: Path) -> float:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.misp", str(file), str(out)], check=True, stdout=subprocess.PIPE, text=True
    )
    return float(done.stdout.split()[-1])


def convert(file: Path, out: Path) -> float:
    """Do what misp-stix does with a file: read it, convert every event, write the bundle. It is loaded before."""
    from misp_stix_converter import MISPtoSTIX21Parser  # noqa: PLC0415  # the other benchmarks run without it

    started = time.perf_counter()
    parser = MISPtoSTIX21Parser()
    parser.parse_json_content(json.loads(file.read_text()))
    out.write_text(parser.bundle.serialize())
    return time.perf_counter() - started


if __name__ == "__main__":
    print(convert(Path(sys.argv[1]), Path(sys.argv[2])))
