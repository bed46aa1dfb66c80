"""A reader learns nothing about what it may not see: nodes that differ only in that give it the same bytes."""

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from comity.desk import end_gates, read_view, renditions
from comity.desk.views import ReadQuery
from comity.rooms.release.renditions import RENDITION_EXTENSION
from comity.stores import reading
from comity.taxii.app import create_app
from comity.values import Instant, iso
from tests.support.nodes import Freedonia, an_id, an_object, freedonia
from tests.support.worlds import BARE, KINDS, OTHER, SPECIAL, P, play

WORLDS, VARIANTS = 30, 10
SOAK_WORLDS = 2_000
MEDIA = "application/taxii+json;version=2.1"
ROOT = "/taxii2/root/"
NOBODY = "11111111-1111-4111-8111-111111111111"


class Answer(NamedTuple):
    """One request and all that came back of it."""

    request: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class _Client:
    """Reads as Ruritania through the whole door, and remembers every answer."""

    def __init__(self, hub: Freedonia) -> None:
        self._hub, self.answers = hub, list[Answer]()
        added = hub.credentials[P]
        self._auth = (added.user, added.password)
        transport = httpx.ASGITransport(create_app(hub.node), client=("192.0.2.7", 50_000))
        self._http = httpx.AsyncClient(transport=transport, base_url="http://hub.example")

    async def ask(self, method: str, path: str, *, auth: tuple[str, str] | None = None, body: bytes = b"") -> Answer:
        headers = {"accept": MEDIA, "content-type": MEDIA}
        sent = await self._http.request(method, path, auth=auth or self._auth, headers=headers, content=body or None)
        answer = Answer(f"{method} {path}", sent.status_code, tuple(sorted(sent.headers.items())), sent.content)
        self.answers.append(answer)
        return answer

    async def walk(self, path: str, query: str) -> list[str]:
        """Follow `next` to the end; gives the ids met."""
        ids: list[str] = []
        token = ""
        while True:
            got = json.loads((await self.ask("GET", f"{path}?{query}{token}")).body)
            ids += [entry["id"] for entry in got.get("objects", [])]
            if not got.get("next"):
                return ids
            token = f"&next={got['next']}"


async def _read_everything(hub: Freedonia, guesses: list[str]) -> list[Answer]:
    """Go every reading path there is, then write and look at what came of it, then read on."""
    client, reader, other = _Client(hub), hub.reader(P), hub.reader(OTHER)
    view, inbox = f"{ROOT}collections/{reader.view_id}/", f"{ROOT}collections/{reader.inbox_id}/"
    for path in ("/taxii2/", ROOT, f"{ROOT}collections/", view, inbox, f"{view}x", "/metrics", "/healthz", "/readyz"):
        await client.ask("GET", path)
    ids = await client.walk(f"{view}objects/", "limit=3")
    await client.walk(f"{view}manifest/", "limit=4&match[version]=all")
    for query in (
        "", "match[version]=all", "match[version]=first", "match[version]=first,last", "match[type]=indicator",
        "match[type]=report,note&limit=2", "match[type]=relationship,sighting", "match[type]=domain-name,url",
        "match[type]=x-case,malware",
        "match[spec_version]=2.0", "match[spec_version]=2.1", "match[version]=2031-02-02T00:00:00.000Z",
        "match[version]=2031-03-01T12:00:00.000Z", "match[version]=2031-02-28T12:00:00.000Z",
        f"match[id]={guesses[0]}", f"match[id]={','.join(guesses)}", "added_after=2031-03-01T12:02:00.500Z",
        "added_after=2031-03-01T12:04:00Z&match[version]=all&limit=1", "limit=0", "next=AAAA", "added_after=then",
    ):  # fmt: skip
        await client.ask("GET", f"{view}objects/?{query}")
        if "version" in query or "id" in query:
            await client.ask("GET", f"{view}manifest/?{query}")
    bare = [an_id(("domain-name", "url")[number % 2], number) for number in BARE]
    for name in (*ids[:2], *bare, *guesses, RENDITION_EXTENSION):
        await client.ask("GET", f"{view}objects/{name}/")
        await client.ask("GET", f"{view}objects/{name}/versions/")
        await client.ask("DELETE", f"{inbox}objects/{name}/")
    for foreign in (other.view_id, other.inbox_id, NOBODY):
        for path in ("", "objects/", "manifest/", f"objects/{guesses[0]}/"):
            await client.ask("GET", f"{ROOT}collections/{foreign}/{path}")
        await client.ask("POST", f"{ROOT}collections/{foreign}/objects/", body=b'{"objects":[]}')
    await client.ask("GET", view, auth=("nobody", "wrong"))
    await client.ask("GET", f"{ROOT}status/{NOBODY}/")
    await _write(hub, client, inbox, guesses)
    await client.walk(f"{view}objects/", "match[version]=all&limit=7")
    return client.answers


async def _write(hub: Freedonia, client: _Client, inbox: str, guesses: list[str]) -> None:
    """Post objects under ids that may be taken, twice, and take one back."""
    objects = [an_object(name.partition("--")[0], int(name[-12:]), description="mine") for name in guesses[:4]]
    body = json.dumps({"objects": [*objects, {"type": "malware"}]}).encode()
    for _ in range(2):
        told = json.loads((await client.ask("POST", f"{inbox}objects/", body=body)).body)
        await client.ask("GET", f"{ROOT}status/{told['id']}/")
        hub.settle()
    await client.ask("DELETE", f"{inbox}objects/{guesses[0]}/")
    await client.ask("GET", f"{inbox}objects/")


def _guesses(world: int) -> list[str]:
    """Ids of which some are visible, some secret and some not held."""
    kinds = [KINDS[(world + i) % len(KINDS)] for i in range(6)]
    numbers = (world % 5, 50 + world % 20, (world * 7) % 5, 50 + (world * 3) % 20, 900, 131)
    return [an_id(kind, number) for kind, number in zip(kinds, numbers, strict=True)]


def _answers(folder: Path, world: int, variant: int) -> tuple[list[Answer], set[str]]:
    with freedonia(folder / f"{world}-{variant}") as hub:
        hub.reader(P), hub.reader(OTHER)
        hub.entropy.restart(f"secrets of {world}/{variant}")
        kinds = play(hub, world, variant)
        hub.entropy.restart("reads")
        answers = asyncio.run(_read_everything(hub, _guesses(world)))
    failed = [answer for answer in answers if answer.status >= 500]
    assert not failed, f"two nodes that fail alike prove nothing: {failed[0]}"
    return answers, kinds


def _first_difference(mine: list[Answer], theirs: list[Answer]) -> str:
    for left, right in zip(mine, theirs, strict=False):
        if left != right:
            return f"{left}\n!=\n{right}"
    return "" if len(mine) == len(theirs) else f"{len(mine)} != {len(theirs)} answers"


def _pairs(folder: Path, worlds: range) -> Iterator[tuple[str, str, set[str]]]:
    """Compare each variant of each world with the world without secrets: name, difference, kinds of secrets."""
    for world in worlds:
        bare, _ = _answers(folder, world, 0)
        for variant in range(1, VARIANTS + 1):
            told, kinds = _answers(folder, world, variant)
            yield f"world {world}, variant {variant} {sorted(kinds)}", _first_difference(bare, told), kinds


def test_what_a_reader_may_not_see_changes_no_byte_that_it_gets(tmp_path: Path, soak: bool) -> None:
    met: dict[str, int] = dict.fromkeys(SPECIAL, 0)
    pairs = special = 0
    for name, difference, kinds in _pairs(tmp_path, range(SOAK_WORLDS if soak else WORLDS)):
        assert not difference, f"{name}:\n{difference}"
        pairs += 1
        special += bool(kinds & SPECIAL.keys())
        for kind in kinds & SPECIAL.keys():
            met[kind] += 1

    assert pairs >= 300
    assert special >= 0.3 * pairs
    assert min(met.values()) >= 10, met


def test_the_worlds_show_a_reader_something(tmp_path: Path) -> None:
    """Equal answers prove nothing if they are empty."""
    seen: set[str] = set()
    for world in range(12):
        answers, _ = _answers(tmp_path, world, 0)
        for answer in answers:
            if answer.status == 200 and b'"objects"' in answer.body:
                seen.update(obj.get("type", "") for obj in json.loads(answer.body).get("objects", []))

    assert {"indicator", "malware", "relationship", "report", "note", "identity", "sighting", "x-case"} <= seen


def _found(folder: Path) -> bool:
    return any(difference for _, difference, _ in _pairs(folder, range(6)))


def test_a_reference_to_something_hidden_would_be_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = reading.visible_keys

    def all_that_is_held(tx, reader_no, keys, now, *, upto_ms=None):  # type: ignore[no-untyped-def]
        asked = set(keys)
        held = {row[0] for row in tx.exec_driver_sql("select id_key from records")}
        return honest(tx, reader_no, asked, now, upto_ms=upto_ms) | (asked & held)

    monkeypatch.setattr(renditions.reading, "visible_keys", all_that_is_held)

    assert _found(tmp_path)


def test_a_count_of_hidden_records_in_a_token_would_be_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    honest_token, honest_reading = read_view.write_token, _read_everything
    counted: list[int] = [0]

    async def counting(hub: Freedonia, guesses: list[str]) -> list[Answer]:
        with hub.node.store.read() as tx:
            counted[0] = tx.exec_driver_sql("select count(*) from records").scalar_one() % 3
        return await honest_reading(hub, guesses)

    def telling(key: bytes, reader_no: int, purpose: str, query: ReadQuery, place: int) -> str:
        return honest_token(key, reader_no, purpose, query, place) + "." * counted[0]

    monkeypatch.setattr(read_view, "write_token", telling)
    monkeypatch.setattr(sys.modules[__name__], "_read_everything", counting)

    assert _found(tmp_path)


def test_the_time_at_which_an_object_was_received_would_be_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = reading.shown

    def since_kept(tx, *asked):  # type: ignore[no-untyped-def]
        rows = honest(tx, *asked)
        kept = dict(tx.exec_driver_sql("select no, kept_ms from records").all())
        return [row._replace(version=row.version or iso(Instant(kept[row.item_no]))) for row in rows]

    monkeypatch.setattr(read_view.reading, "shown", since_kept)

    assert _found(tmp_path)


def test_a_gate_left_open_would_be_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(end_gates.EndGates, "_gate_of_end", lambda self, versions, held: "")

    assert _found(tmp_path)


def test_credentials_of_another_reader_open_nothing_of_ones_own(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        mine, other = hub.reader(P), hub.reader(OTHER)
        added = hub.credentials[OTHER]

        async def ask() -> list[int]:
            client = _Client(hub)
            paths = (f"{ROOT}collections/{mine.view_id}/objects/", f"{ROOT}collections/{other.view_id}/objects/")
            return [(await client.ask("GET", path, auth=(added.user, added.password))).status for path in paths]

        assert asyncio.run(ask()) == [404, 200]
