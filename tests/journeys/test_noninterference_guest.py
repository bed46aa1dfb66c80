"""A guest learns nothing about what its party may not see: nodes that differ only in that give it the same answers.

The worlds are those in which a TAXII client is tried; the guest goes every way that a guest has, and then compares with
what the client gets.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from comity.desk import released_rows, renditions
from comity.desk.actor import Actor
from comity.desk.read_view import read_objects
from comity.desk.registry import VERBS
from comity.desk.views import ReadQuery
from comity.errors import ComityError
from comity.stores import reading
from comity.texts import told
from tests.journeys.test_noninterference import _guesses
from tests.support.guests import guest_of
from tests.support.nodes import Freedonia, an_object, freedonia
from tests.support.worlds import OTHER, P, play

WORLDS, VARIANTS = 10, 4


class Asking:
    """Asks as a guest, and remembers every answer and refusal."""

    def __init__(self, hub: Freedonia, actor: Actor) -> None:
        self._hub, self._actor, self.answers = hub, actor, list[str]()

    def __call__(self, verb: str, **said: object) -> dict[str, object]:
        found = VERBS[f"guest {verb}"]
        try:
            answer = found.run(self._hub.node, self._actor, msgspec.convert(said, found.request))
        except ComityError as error:
            self.answers.append(f"{verb} {said} {type(error).__name__} {told(error)}")
            return {}
        self.answers.append(f"{verb} {said} {msgspec.json.encode(answer).decode()}")
        found_so: dict[str, object] = msgspec.json.decode(msgspec.json.encode(answer))
        return found_so

    def walk(self, verb: str, key: str, **said: object) -> None:
        answer = self(verb, **said)
        while answer.get(key) is not None:
            answer = self(verb, **said, **{key: answer[key]})


def everything(hub: Freedonia, actor: Actor, guesses: list[str]) -> list[str]:
    """Go every way that a guest has, write, and go on."""
    ask = Asking(hub, actor)
    for words in ("", "where it was seen", "malware", "example", guesses[0], "indicator--", "secret"):
        ask.walk("list", "before", words=words, limit=3)
    ask.walk("list", "before", types=["report", "x-case"], limit=2)
    ask.walk("export", "after", limit=3)
    ask("export", ids=guesses, versions=["all"])
    for name in guesses:
        ask("item", id=name)
        ask("answer", id=name, level="need-time", by="Office", until="2031-09-01")
    ask("show")
    objects = [an_object(name.partition("--")[0], int(name[-12:]), description="mine") for name in guesses[:4]]
    body = json.dumps({"type": "bundle", "id": "bundle--1", "objects": [*objects, {"type": "malware"}]}).encode()
    for _ in range(2):
        ask("submit", body=body)
        hub.settle()
    for name in guesses:
        ask("withdraw", id=name)
    ask("submissions")
    ask("show")
    ask.walk("list", "before", limit=7)
    return ask.answers


def answers_in(folder: Path, world: int, variant: int) -> list[str]:
    with freedonia(folder / f"{world}-{variant}") as hub:
        hub.reader(P), hub.reader(OTHER)
        actor = guest_of(hub, P)
        hub.entropy.restart(f"secrets of {world}/{variant}")
        play(hub, world, variant)
        hub.entropy.restart("reads")
        answers = everything(hub, actor, _guesses(world))
        assert same_as_the_client(hub, actor)
    return answers


def same_as_the_client(hub: Freedonia, actor: Actor) -> bool:
    """Compare the guest's list and bundle with the TAXII client's view, to the byte."""
    ask = Asking(hub, actor)
    ask.walk("list", "before", limit=200)
    listed = [one["id"] for line in ask.answers for one in json.loads(line.partition("} ")[2])["items"]]
    ask.answers.clear()
    ask.walk("export", "after", limit=200)
    bodies = [one for line in ask.answers for one in json.loads(line.partition("} ")[2])["objects"]]
    reader = hub.reader(P)
    page = read_objects(hub.node, reader, reader.view_id, ReadQuery(limit=1000))
    assert not page.more
    return bodies == [one.decode() for one in page.objects] and listed == hub.ids(P)[::-1]


def pairs(folder: Path, worlds: range) -> Iterator[tuple[str, list[str], list[str]]]:
    for world in worlds:
        bare = answers_in(folder, world, 0)
        for variant in range(1, VARIANTS + 1):
            yield f"world {world}, variant {variant}", bare, answers_in(folder, world, variant)


def test_what_a_guests_party_may_not_see_changes_no_answer(tmp_path: Path) -> None:
    seen = 0
    for name, bare, told_so in pairs(tmp_path, range(WORLDS)):
        assert bare == told_so, name
        seen += sum('"label"' in one for one in bare)
    assert seen > 100, "worlds in which nothing is released prove nothing"


def found(folder: Path) -> bool:
    return any(bare != told_so for _, bare, told_so in pairs(folder, range(3)))


def test_a_reference_to_something_hidden_would_be_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = reading.visible_keys

    def all_that_is_held(tx, reader_no, keys, now, *, upto_ms=None):  # type: ignore[no-untyped-def]
        asked = set(keys)
        held = {row[0] for row in tx.exec_driver_sql("select id_key from records")}
        return honest(tx, reader_no, asked, now, upto_ms=upto_ms) | (asked & held)

    monkeypatch.setattr(renditions.reading, "visible_keys", all_that_is_held)

    assert found(tmp_path)


def test_a_count_of_what_is_held_would_be_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = released_rows.label_of

    monkeypatch.setattr(released_rows, "label_of", lambda body: honest(body) + _count_of_records[0])
    honest_described = released_rows.described

    def counting(node, tx, guest, rows, now):  # type: ignore[no-untyped-def]
        _count_of_records[0] = str(tx.exec_driver_sql("select count(*) from records").scalar_one())
        return honest_described(node, tx, guest, rows, now)

    for place in ("list_released", "show_released", "show_guest"):
        monkeypatch.setattr(f"comity.desk.{place}.described", counting)

    assert found(tmp_path)


_count_of_records = [""]
