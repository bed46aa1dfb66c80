"""Generates STIX 2.1 that looks like a sharing community's stock: deterministic, about 780 bytes an object.

30 % relationships, 38 % indicators, observables, threat knowledge, few sightings; one object in 1,000 is a
course of action and ten in all are locations, so that readers can be given very little.
"""

import random
from collections.abc import Iterator
from pathlib import Path

PER_MILLE = {
    "relationship": 300,
    "indicator": 380,
    "domain-name": 60,
    "ipv4-addr": 60,
    "url": 50,
    "file": 50,
    "malware": 30,
    "observed-data": 18,
    "sighting": 14,
    "vulnerability": 10,
    "attack-pattern": 9,
    "note": 6,
    "infrastructure": 5,
    "threat-actor": 3,
    "intrusion-set": 2,
    "tool": 2,
    "course-of-action": 1,
}
FEW = 10  # locations
AUTHORS = 20

_GREEN, _GREEN_1 = "bab4a63c-aed9-4cf5-a766-dfca5abac2bb", "34098fce-860f-48ae-8e50-ebd3cc5e41da"
_CLEAR, _WHITE = "94868c89-83c2-464b-929b-a1a8aa3c8487", "613f2e26-407d-48c7-9eca-b8e91df99dc9"
_AMBER, _STRICT = "55d920b0-5e8b-4f79-9ee9-91f868d9b421", "939a9414-2ddd-4d32-a0cd-375ea402b003"
# Nothing is RED: it flows to nobody, and one of the readers is to see everything. None: unmarked.
MARKINGS = (
    *[_GREEN] * 42,
    *[_GREEN_1] * 10,
    *[_CLEAR] * 18,
    *[_WHITE] * 4,
    *[_AMBER] * 15,
    *[_STRICT] * 3,
    *[None] * 8,
)

_WORDS = tuple(
    """loader beacon phishing lure credential harvest lateral movement persistence scheduled task registry staging
    exfiltration relay domain rotation certificate reuse overlap toolmark victimology energy telecom ministry embassy
    invoice macro shortcut container archive password spray tunnel webshell implant module operator infrastructure
    observed reported confirmed analysed attributed campaign wave sample cluster variant""".split()
)
_ENDS_TO = ("malware", "attack-pattern", "intrusion-set", "infrastructure", "tool", "threat-actor", "vulnerability")


class Stock:
    """Generates objects one after the other. State: the ids given so far, for references to point at."""

    def __init__(self, seed: int, *, rare: bool = True) -> None:
        self._random = random.Random(seed)
        self._ids: dict[str, list[str]] = {name: [] for name in PER_MILLE}
        self._order = [name for name, count in PER_MILLE.items() for _ in range(count)]
        self._texts = [" ".join(self._random.choices(_WORDS, k=90)) for _ in range(512)]
        self._authors = [self._id("identity") for _ in range(AUTHORS)]
        self._rare = rare

    def objects(self, count: int) -> Iterator[bytes]:
        """Give `count` objects."""
        made = 0
        for number, author in enumerate(self._authors):
            yield self._whole("identity", author, f'"name":"CSIRT {number}","identity_class":"organization"', 300)
            made += 1
        for number in range(FEW if self._rare else 0):
            yield self._whole("location", self._id("location"), f'"name":"Place {number}","country":"de"', 300)
            made += 1
        while made < count:
            self._random.shuffle(self._order)
            for kind in self._order[: count - made]:
                yield self._one(kind)
            made += min(len(self._order), count - made)

    def _one(self, kind: str) -> bytes:
        if kind == "relationship":
            return self._relationship()
        stix_id = self._id(kind)
        self._ids[kind].append(stix_id)
        if kind in ("domain-name", "ipv4-addr", "url", "file"):
            return self._observable(kind, stix_id)
        return self._whole(kind, stix_id, self._body(kind), 560)

    def _body(self, kind: str) -> str:
        pick, number = self._random, self._random.getrandbits(48)
        if kind == "indicator":
            patterns = (
                f"[domain-name:value = 'h{number:012x}.example.net']",
                f"[ipv4-addr:value = '198.{number % 250}.{number // 250 % 250}.{number // 62500 % 250}']",
                f"[file:hashes.'SHA-256' = '{pick.getrandbits(256):064x}']",
                f"[url:value = 'https://x{number:x}.example.org/{number % 9973}'] AND [file:name = 'f{number:x}.dll']",
            )
            return (
                f'"name":"Indicator {number:x}","pattern":"{patterns[number % 4]}","pattern_type":"stix",'
                f'"pattern_version":"2.1","valid_from":"2025-0{1 + number % 9}-11T08:00:00Z",'
                f'"indicator_types":["malicious-activity"],"confidence":{number % 101}'
            )
        if kind == "malware":
            return f'"name":"Mal{number:x}","is_family":true,"malware_types":["trojan"],"aliases":["M{number % 997}"]'
        if kind == "observed-data":
            seen = ",".join(f'"{pick.choice(self._ids[k])}"' for k in ("domain-name", "file") if self._ids[k])
            return (
                '"first_observed":"2025-05-01T00:00:00Z","last_observed":"2025-05-02T00:00:00Z",'
                f'"number_observed":{1 + number % 9},"object_refs":[{seen or self._quoted_author()}]'
            )
        if kind == "sighting":
            return f'"count":{1 + number % 99},"sighting_of_ref":"{self._recent("indicator")}"'
        if kind == "note":
            return f'"content":"Seen by {number:x}","object_refs":["{self._recent("indicator")}"]'
        if kind == "vulnerability":
            cve = f"CVE-20{10 + number % 16}-{number % 90000 + 10000}"
            return f'"name":"{cve}","external_references":[{{"source_name":"cve","external_id":"{cve}"}}]'
        if kind == "attack-pattern":
            code = f"T{1000 + number % 800}"
            return f'"name":"{code} x","external_references":[{{"source_name":"mitre-attack","external_id":"{code}"}}]'
        return f'"name":"{kind} {number:x}"'

    def _quoted_author(self) -> str:
        return f'"{self._authors[0]}"'

    def _recent(self, kind: str) -> str:
        ids = self._ids[kind]
        if not ids:
            return self._authors[0]
        return ids[-1 - int(self._random.expovariate(1 / 400)) % len(ids)]

    def _relationship(self) -> bytes:
        kind = self._random.choices(_ENDS_TO, (60, 15, 10, 6, 4, 3, 2))[0]
        targets = self._ids[kind]
        # Some targets are named far more often than others.
        target = targets[int(len(targets) * self._random.random() ** 3)] if targets else self._authors[1]
        words = f'"relationship_type":"indicates","source_ref":"{self._recent("indicator")}","target_ref":"{target}"'
        return self._whole("relationship", self._id("relationship"), words, 640)

    def _observable(self, kind: str, stix_id: str) -> bytes:
        number = self._random.getrandbits(64)
        said = {
            "domain-name": f'"value":"d{number:x}.example.com"',
            "ipv4-addr": f'"value":"203.{number % 256}.{number // 256 % 256}.{number // 65536 % 256}"',
            "url": f'"value":"https://u{number:x}.example.com/p/{number % 99991}"',
            "file": f'"name":"s{number:x}.exe","size":{number % 9999999},'
            f'"hashes":{{"MD5":"{self._random.getrandbits(128):032x}","SHA-256":"{self._random.getrandbits(256):064x}"}}',
        }[kind]
        text = self._texts[number % 512][: 180 + number % 200]
        return (
            f'{{"type":"{kind}","spec_version":"2.1","id":"{stix_id}",{said}{self._marks()},"x_example_context":"{text}"}}'
        ).encode()

    def _whole(self, kind: str, stix_id: str, said: str, size: int) -> bytes:
        pick = self._random
        day = f"2025-{pick.randrange(1, 13):02d}-{pick.randrange(1, 29):02d}"
        when = f"{day}T{pick.randrange(24):02d}:15:00.{pick.randrange(1000):03d}Z"
        text = self._texts[pick.getrandbits(9)][: max(40, size - len(said) - 120 + pick.getrandbits(7))]
        extra = f',"x_example_score":{pick.randrange(100)}' if pick.random() < 0.15 else ""
        author = f'"created_by_ref":"{pick.choice(self._authors)}",' if kind != "identity" else ""
        return (
            f'{{"type":"{kind}","spec_version":"2.1","id":"{stix_id}",{author}"created":"{when}","modified":"{when}",'
            f'{said},"description":"{text}"{self._marks()}{extra}}}'
        ).encode()

    def _marks(self) -> str:
        marking = self._random.choice(MARKINGS)
        return "" if marking is None else f',"object_marking_refs":["marking-definition--{marking}"]'

    def _id(self, kind: str) -> str:
        text = f"{self._random.getrandbits(128):032x}"
        variant = "89ab"[int(text[16], 16) % 4]
        return f"{kind}--{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"


def write_files(folder: Path, count: int, files: int, seed: int = 1, *, rare: bool = True) -> int:
    """Write `count` objects as one bundle, and the same objects as `files` bundles; gives the bytes of the one.

    The whole stands in `one.json`, the parts in `many/`.
    """
    (folder / "many").mkdir(parents=True, exist_ok=True)
    per_file = -(-count // files)
    written = 0
    with (folder / "one.json").open("wb") as whole:
        whole.write(_head(seed))
        part: list[bytes] = []
        number = 0
        for made, body in enumerate(Stock(seed, rare=rare).objects(count)):
            whole.write((b"," if made else b"") + body)
            written += len(body)
            part.append(body)
            if len(part) == per_file or made == count - 1:
                name = folder / "many" / f"{number:05d}.json"
                name.write_bytes(_head(seed + number + 1) + b",".join(part) + b"]}")
                part, number = [], number + 1
        whole.write(b"]}")
    return written


def _head(number: int) -> bytes:
    return f'{{"type":"bundle","id":"bundle--00000000-0000-4000-8000-{number:012x}","objects":['.encode()
