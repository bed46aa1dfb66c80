"""A peer learns nothing about what it may not see from what is signed for it: pages, statements, acts and answers.

Two nodes that differ only in what the peer may not see draw the same randomness at the same times. Then each byte of
each answer must be the same, but for the number that an act draws for itself, and the signature over it.
"""

import asyncio
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from comity.desk import retract as retract_module
from comity.desk import statements
from comity.desk.accept_anchor import AcceptAnchorRequest, accept_anchor
from comity.desk.erase_item import EraseItemRequest, erase_item
from comity.desk.intake import Intake
from comity.desk.node_type import Node
from comity.desk.retract import RetractRequest, retract
from comity.errors import NotFound, NotPermitted
from comity.records import codec, dsse
from comity.records.kinds import Erasure, Receipt, RetractedItem, Retraction
from comity.records.kinds.index import Act
from comity.records.stix import stix_object
from comity.taxii.app import create_app
from comity.values import Instant, PartyName
from tests.support.acts import a_signer
from tests.support.anchors import a_key_set, anchor_file
from tests.support.nodes import OFFICER, CountedEntropy, Freedonia, an_id, freedonia
from tests.support.worlds import KINDS, OTHER, SPECIAL, STANDING, P, play

WORLDS, VARIANTS = 6, 5
MEDIA = "application/taxii+json;version=2.1"
ROOT = "/taxii2/root/"
ROOT_KEY, RECORD_KEY = a_signer(70), a_signer(60)
Page = tuple[str, int, tuple[tuple[str, str], ...], str]


class SteadyEntropy(CountedEntropy):
    """While steady, what is drawn follows from the time of day alone: neither from the day, which is a secret of some
    objects, nor from what else was drawn.
    """

    def __init__(self, hub: Freedonia) -> None:
        self._hub, self.steady = hub, True
        super().__init__()

    def __call__(self, size: int) -> bytes:
        if not self.steady:
            return super().__call__(size)
        return hashlib.shake_256(_time_of_day(self._hub.clock())).digest(size)


def _time_of_day(now: Instant) -> bytes:
    return str(int(now) % 86_400_000).encode()


@pytest.fixture(autouse=True)
def salts_of_records_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the salt of an item follow from its bytes: items taken in at once would draw theirs in a row."""
    honest = Intake._fill

    def fill(intake, tx, batch, classed, first, now):  # type: ignore[no-untyped-def]
        salts = [hashlib.sha256(entry.body + _time_of_day(now)).digest()[:16] for entry, _ in classed]
        drawing = intake._node
        intake._node = drawing._replace(entropy=lambda _: b"".join(salts))
        honest(intake, tx, batch, classed, first, now)
        intake._node = drawing

    monkeypatch.setattr(Intake, "_fill", fill)


class Peer:
    """Ruritania's node as its giver sees it: reads signed pages, and posts acts; remembers every answer."""

    def __init__(self, hub: Freedonia) -> None:
        added = hub.credentials[P]
        self._hub, self._auth, self.answers, self._drawn = hub, (added.user, added.password), list[Page](), 0
        reader = hub.reader(P)
        self._view = f"{ROOT}collections/{reader.view_id}/objects/"
        self._inbox = f"{ROOT}collections/{reader.inbox_id}/objects/"
        transport = httpx.ASGITransport(create_app(hub.node), client=("192.0.2.7", 50_000))
        self._http = httpx.AsyncClient(transport=transport, base_url="http://hub.example")
        self.digests: list[str] = []
        self.seen: set[str] = set()

    async def ask(self, method: str, path: str, body: bytes = b"") -> httpx.Response:
        """Ask, and remember the answer as it can be compared."""
        headers = {"accept": MEDIA, "content-type": MEDIA}
        sent = await self._http.request(method, path, auth=self._auth, headers=headers, content=body or None)
        assert sent.status_code < 500, "two nodes that fail alike prove nothing"
        told = (f"{method} {path}", sent.status_code, tuple(sorted(sent.headers.items())), _comparable(sent.content))
        self.answers.append(told)
        return sent

    async def walk(self, form: str) -> None:
        """Read page by page, as statements lead."""
        after = ""
        while True:
            page = await self.ask("GET", f"{self._view}?comity={form}&limit=1000{after}")
            objects = json.loads(page.content).get("objects", [])
            self.seen.update(one["type"] for one in objects)
            for one in objects:
                if one["type"] == "x-comity-sidecar":
                    envelopes = [*filter(None, [one.get("statement")]), *one.get("acts", [])]
                    self.digests += [codec.digest(dsse.unverified_payload(text.encode())) for text in envelopes]
            last = page.headers.get("x-taxii-date-added-last")
            if not last or not json.loads(page.content).get("more"):
                return
            after = f"&added_after={last}"

    async def post(self, make: type[Act], **fields: Any) -> None:
        """Post an act of the peer's, and look what became of it."""
        self._drawn += 1
        act = make(
            rid=f"01f2a3b4-c5d6-7e8f-9a0b-{self._drawn:012x}", issuer=PartyName(P), at="2031-03-02T00:00:00.000Z",
            exercise=False, **fields,
        )  # fmt: skip
        envelope = stix_object(dsse.sign(codec.encode(act), RECORD_KEY))
        told = await self.ask("POST", self._inbox, b'{"objects":[' + envelope + b"]}")
        self._hub.settle()
        await self.ask("GET", f"{ROOT}status/{json.loads(told.content)['id']}/")


def _comparable(body: bytes) -> str:
    """Write an answer without what acts draw for themselves: their numbers, and what is signed or named over them."""
    if b"x-comity-sidecar" not in body:
        return body.decode()
    page = json.loads(body)
    for one in page["objects"]:
        if one["type"] == "x-comity-sidecar" and one.get("acts"):
            payloads = [json.loads(dsse.unverified_payload(envelope.encode())) for envelope in one["acts"]]
            one |= {"id": "", "acts": [payload | {"rid": ""} for payload in payloads]}
    return json.dumps(page)


async def _converse(hub: Freedonia, world: int) -> tuple[list[Page], set[str]]:
    """Read all that is signed, acknowledge it, acknowledge and take back what may not be held, and read on."""
    peer = Peer(hub)
    for form in ("signed", "relay"):
        await peer.walk(form)
    guesses = [an_id(KINDS[(world + n) % len(KINDS)], (world + n) % STANDING) for n in range(4)]
    to, nothing = PartyName("freedonia-csirt"), hashlib.sha256(b"a guess").hexdigest()
    for level, of in (("stored", tuple(dict.fromkeys(peer.digests))), ("stored", (nothing,)), ("seen", (nothing,))):
        by = {} if level == "stored" else {"by": "Duty officer"}
        if of:
            await peer.post(Receipt, to=to, level=level, of=of, **by)
    await peer.post(Retraction, items=tuple(RetractedItem(id=one) for one in guesses), reason="A guess.")
    await peer.post(Erasure, items=(nothing,), leaves=(nothing,), reason="A guess.", ordered_by="Nobody")
    for path in ("manifest", "objects"):
        await peer.ask("GET", f"{ROOT}collections/{hub.reader(P).view_id}/{path}/?comity=signed")
    await peer.walk("signed")
    return peer.answers, peer.seen


def _taken_back(hub: Freedonia, world: int, number: int) -> str:
    """Let the originator take back or erase what the peer is served, of which it may hold more, or what it is not.

    Definitions of markings too, under which both have more. Gives what was erased of what the peer was served.
    """
    chance = Random(f"{world}/{number}")
    stix_id, roll = an_id(chance.choice(KINDS), chance.randrange(STANDING)), chance.random()
    visible = sorted(hub.ids(P))
    if visible and chance.random() < 0.8:
        stix_id = chance.choice(visible)
    definitions = [name for name in visible if name.startswith("marking-definition")]
    if definitions and roll >= 0.6:  # few of what is shown are
        stix_id = chance.choice(definitions)
    try:
        if roll < 0.4:
            retract(hub.node, OFFICER, RetractRequest(id=stix_id, reason="An error."))
        elif roll < 0.7 or definitions:
            request = EraseItemRequest(id=stix_id, reason="Court order.", ordered_by="Court", source="freedonia-csirt")
            erase_item(hub.node, OFFICER, request)
            return stix_id if stix_id in visible else ""
    except (NotFound, NotPermitted):
        return ""
    return ""


def _answers(folder: Path, world: int, variant: int) -> tuple[list[Page], set[str], set[str]]:
    with freedonia(folder / f"{world}-{variant}") as hub:
        key_set = a_key_set(ROOT_KEY, issuer=PartyName(P), exercise=False)
        file = anchor_file(ROOT_KEY, key_set, title="Ruritania CSIRT")
        accept_anchor(hub.node, OFFICER, AcceptAnchorRequest(file=file, unheard=True))
        hub.reader(P), hub.reader(OTHER)
        drawn = SteadyEntropy(hub)
        hub.node = hub.node._replace(entropy=drawn)
        gone = set[str]()
        kinds = play(hub, world, variant, lambda number: gone.add(_taken_back(hub, world, number)))
        drawn.steady = False
        drawn.restart("reads")
        answers, seen = asyncio.run(_converse(hub, world))
    return answers, kinds, seen | {f"erased {one.partition('--')[0]}" for one in gone}


def _first_difference(mine: list[Page], theirs: list[Page]) -> str:
    for left, right in zip(mine, theirs, strict=False):
        if left != right:
            at = next((n for n, (a, b) in enumerate(zip(left[3], right[3], strict=False)) if a != b), 0)
            at = max(at, 300)
            return f"{left[:3]}\n!=\n{right[:3]}\n…{left[3][at - 300 : at + 300]}\n!=\n…{right[3][at - 300 : at + 300]}"
    return "" if len(mine) == len(theirs) else f"{len(mine)} != {len(theirs)} answers"


def _pairs(folder: Path, worlds: range) -> Iterator[tuple[str, str, set[str]]]:
    for world in worlds:
        bare, _, _ = _answers(folder, world, 0)
        for variant in range(1, VARIANTS + 1):
            told, kinds, _ = _answers(folder, world, variant)
            yield f"world {world}, variant {variant} {sorted(kinds)}", _first_difference(bare, told), kinds


def test_what_a_peer_may_not_see_changes_nothing_that_is_signed_for_it(tmp_path: Path) -> None:
    met: set[str] = set()
    pairs = 0
    for name, difference, kinds in _pairs(tmp_path, range(WORLDS)):
        assert not difference, f"{name}:\n{difference}"
        pairs += 1
        met |= kinds
    print(f"{pairs} pairs of nodes gave a peer the same signed answers")
    assert met >= SPECIAL.keys()


def test_the_worlds_sign_something_for_a_peer(tmp_path: Path) -> None:
    """Equal answers prove nothing if they are empty."""
    acts, seen = "", set[str]()
    for world in range(WORLDS):
        answers, _, types = _answers(tmp_path, world, 0)
        acts += "".join(body for _, _, _, body in answers)
        seen |= types
    assert {"x-comity-sidecar", "indicator", "malware", "relationship"} <= seen
    assert {"erased marking-definition", "erased url"} <= seen
    for kind in ("x-comity-agreement", "x-comity-adherence", "x-comity-retraction", "x-comity-erasure"):
        assert f'"{kind}"' in acts


def _found(folder: Path, worlds: range) -> bool:
    return any(difference for _, difference, _ in _pairs(folder, worlds))


def test_a_version_that_a_peer_never_had_named_in_a_retraction_would_be_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = retract_module.served_of

    def all_that_is_held(tx, held):  # type: ignore[no-untyped-def]
        return {reader_no: frozenset(row.no for row in held) for reader_no in honest(tx, held)}

    monkeypatch.setattr(retract_module, "served_of", all_that_is_held)

    assert _found(tmp_path, range(WORLDS))


def test_a_count_of_hidden_records_in_a_set_would_be_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = statements._made

    def counting(node: Node, tx, *words):  # type: ignore[no-untyped-def]
        count = tx.exec_driver_sql("select count(*) from records").scalar_one()
        return honest(node._replace(entropy=lambda size: bytes([count % 7]) * size), tx, *words)

    monkeypatch.setattr(statements, "_made", counting)

    assert _found(tmp_path, range(2))
