"""Makes nodes that are equal in all that one reader may see, and differ in what it may not.

A world is a list of deeds done to every node of it: imports, agreements, ends, in the same order at the same times.
Between and inside them each node gets secrets of its own, drawn from its own seed: none of them may reach Ruritania.
"""

import json
from collections.abc import Callable
from random import Random

from comity.desk.erase_item import EraseItemRequest, erase_item
from comity.desk.grant_release import GrantReleaseRequest, grant_release
from comity.desk.mark_item import MarkItemRequest, mark_item
from comity.desk.submit_items import submit_items
from comity.desk.views import ReadQuery
from comity.desk.withdraw_submission import withdraw_submission
from comity.errors import NotFound, NotPermitted
from comity.values import Json
from tests.support.nodes import (
    OFFICER,
    TLP,
    Freedonia,
    Object,
    a_marking,
    a_relationship,
    a_sighting,
    agreement,
    an_id,
    an_object,
    clause,
)

P, OTHER = "ruritania-csirt", "northwind-energy"
BOTH = ("freedonia-csirt", P)
STANDING = 5  # numbers below are ids of objects that Ruritania may come to see, from 50 on of secrets
FIRST_SECRET, LAST_SECRET = 50, 70
BARE = range(30, 34)  # numbers of objects without a version, held before anything is released
KINDS = ("indicator", "malware", "tool", "report", "note", "x-case", "identity")
TEXTS = {
    "early": agreement(
        clause("1", "share", types=["indicator", "malware", "domain-name", "relationship"], tlp_at_most="green")
        + clause("2", "withhold", personal_data=True),
        name="early",
    ),
    "late": agreement(
        clause(
            "1",
            "share",
            types=["report", "note", "tool", "url", "sighting", "other", "relationship"],
            tlp_at_most="green",
        ),
        name="late",
    ),
    "wide": agreement(clause("1", "share", tlp_at_most="green") + clause("9", "withhold", types=["tool"]), name="wide"),
}

Deed = Callable[[Freedonia, list[Object]], None]
Secret = Callable[[Freedonia, Random], None]


def _times(version: int) -> Object:
    return {"created": "2031-02-01T00:00:00.000Z", "modified": f"2031-02-0{version}T00:00:00.000Z"}


def _any_id(rng: Random) -> str:
    """An id that may stand for something visible, secret or not held at all."""
    number = rng.randrange(STANDING) if rng.random() < 0.75 else rng.randrange(FIRST_SECRET, LAST_SECRET + 5)
    return an_id(rng.choice(KINDS), number)


def _filled(kind: str, number: int, rng: Random, version: int = 1) -> Object:
    more: Object = {**_times(version)}
    if kind in ("report", "note"):
        more["object_refs"] = [_any_id(rng) for _ in range(rng.randrange(1, 4))]
    if kind == "x-case":
        more["x_about_ref"] = _any_id(rng)
    if rng.random() < 0.4:
        more["created_by_ref"] = an_id("identity", rng.choice((1, 2, 50)))
    if kind == "indicator" and rng.random() < 0.3:
        more["description"] = "where it was seen"
        more["granular_markings"] = [{"marking_ref": TLP["red"], "selectors": ["description"]}]
    return an_object(kind, number, **more)


def a_standing(rng: Random) -> Object:
    """Give an object that agreements may let Ruritania have, if what it stands on does."""
    number, version = rng.randrange(STANDING), rng.randrange(1, 4)
    roll = rng.random()
    if roll < 0.25:
        return a_relationship(rng.randrange(100, 110), _any_id(rng), _any_id(rng))
    if roll < 0.35:
        return a_sighting(
            rng.randrange(STANDING), rng.choice((_any_id(rng), an_id("relationship", rng.randrange(100, 110))))
        )
    if roll < 0.45:
        return an_object("identity", rng.choice((1, 2)), object_marking_refs=[an_id("marking-definition", 1)])
    if roll < 0.5:
        return a_marking(1)
    if roll < 0.58:
        return _bare(rng.choice(BARE), f"{rng.random()}.example")
    marks: Object = {"object_marking_refs": [an_id("marking-definition", 1)]} if rng.random() < 0.2 else {}
    return _filled(rng.choice(KINDS[:-1]), number, rng, version) | marks


def deeds_of(rng: Random) -> list[Deed]:
    """Give what happens to every node of a world."""
    deeds: list[Deed] = []
    for _ in range(rng.randrange(2, 5)):
        deeds.append(_import_of([a_standing(rng) for _ in range(rng.randrange(6, 16))]))
    for name in rng.sample(sorted(TEXTS), rng.randrange(1, 4)):
        begins = rng.randrange(len(deeds) + 1)
        deeds.insert(begins, _agreement_of(name))
        if rng.random() < 0.25:
            deeds.insert(rng.randrange(begins + 1, len(deeds) + 1), _end_of(name))
    return deeds


def _import_of(objects: list[Object]) -> Deed:
    def deed(hub: Freedonia, secrets: list[Object]) -> None:
        mixed = Random(len(secrets))
        both: list[Object] = list(objects)
        for secret in secrets:
            both.insert(mixed.randrange(len(both) + 1), secret)
        hub.put(*both)

    return deed


def _agreement_of(name: str) -> Deed:
    def deed(hub: Freedonia, secrets: list[Object]) -> None:
        hub.agree(TEXTS[name])

    return deed


def _end_of(name: str) -> Deed:
    def deed(hub: Freedonia, secrets: list[Object]) -> None:
        hub.end(name)

    return deed


def a_secret(rng: Random) -> Object:
    """Give an object that Ruritania may not have: above green, or under a marking that nobody knows."""
    number = rng.randrange(FIRST_SECRET, LAST_SECRET)
    kind = rng.choice((*KINDS, "relationship", "sighting"))
    marks: list[Json] = [rng.choice((TLP["amber"], TLP["red"], TLP["amber+strict"], an_id("marking-definition", 90)))]
    if kind == "relationship":
        made = a_relationship(number, _any_id(rng), _any_id(rng))
    elif kind == "sighting":
        made = a_sighting(number, _any_id(rng))
    else:
        # Sometimes a further version of something that Ruritania has.
        shared = rng.random() < 0.4
        number = rng.randrange(STANDING) if shared else number
        made = _filled(kind, number, rng, rng.randrange(1, 6)) | {"description": f"secret {rng.random()}"}
        made.pop("granular_markings", None)
    if kind == "identity":
        marks = [_level_of_secret(made)]
    return made | {"object_marking_refs": marks}


def _level_of_secret(obj: Object) -> str:
    # An identity below red would come along with what names it as its creator.
    return TLP["red" if obj["type"] == "identity" else "amber"]


def _more_objects(hub: Freedonia, rng: Random) -> None:
    hidden = _bare(rng.choice(BARE), "hidden.example") | {"object_marking_refs": [TLP[rng.choice(("amber", "red"))]]}
    hub.put(*(a_secret(rng) for _ in range(rng.randrange(1, 5))), hidden)
    hub.put(_bare(rng.choice(BARE), "theirs.example"), source=OTHER)


def _markings(hub: Freedonia, rng: Random) -> None:
    """A marking definition comes late, and what waited for it stays hidden for another reason, or spills."""
    number, mine = rng.randrange(91, 95), {"object_marking_refs": [TLP["amber"]]}
    late = an_id("marking-definition", number)
    waiting = [a_secret(rng) for _ in range(2)]
    hub.put(*(obj | {"object_marking_refs": [late, _level_of_secret(obj)]} for obj in waiting))
    if rng.random() < 0.7:
        above: dict[str, Json] = {"definition_type": "statement", "definition": {"statement": "NATO SECRET"}}
        hub.put(a_marking(number, **rng.choice(({}, above))) | mine)
    if rng.random() < 0.3:
        hub.put(a_marking(number, definition_type="tlp", definition={"tlp": "red"}) | mine)


def _ends(hub: Freedonia, rng: Random) -> None:
    """Relationships that may flow themselves, but for an end that is secret; and what leans on them."""
    number, end = rng.randrange(130, 150), an_id("malware", rng.randrange(FIRST_SECRET, LAST_SECRET))
    hub.put(
        a_relationship(number, rng.choice((end, _any_id(rng))), end, created_by_ref=an_id("identity", 50)),
        a_sighting(number, an_id("relationship", number)),
        an_object("note", number, object_refs=[an_id("relationship", number)]),
    )
    if rng.random() < 0.5:
        hub.put(a_secret(rng) | an_object("malware", int(end[-3:]), object_marking_refs=[TLP["red"]]))


def _grants(hub: Freedonia, rng: Random) -> None:
    """Another reader is given something, of which Ruritania may or may not have a part."""
    roll = rng.random()
    if roll < 0.5:
        for _ in range(4):
            try:
                request = GrantReleaseRequest(ids=(_any_id(rng),), to=(OTHER,))
                grant_release(hub.node, OFFICER, request)
            except (NotFound, NotPermitted):
                continue
    else:
        name = f"other-{rng.randrange(10**6)}"
        members = ("freedonia-csirt", OTHER)
        hub.agree(agreement(clause("1", "share", tlp_at_most="amber+strict"), name=name, parties=members))
        if rng.random() < 0.4:
            hub.end(name)


def _erasures(hub: Freedonia, rng: Random) -> None:
    """A secret is kept and erased, another's version of a visible id among them."""
    made = [a_secret(rng) for _ in range(3)]
    hub.put(*made, source=OTHER)
    for obj in made[: rng.randrange(1, 4)]:
        request = EraseItemRequest(id=str(obj["id"]), reason="court order", ordered_by="court", source=OTHER)
        try:
            erase_item(hub.node, OFFICER, request)
        except NotFound:
            continue  # two of one id went at once


def _quarantine(hub: Freedonia, rng: Random) -> None:
    broken: list[bytes] = [
        b'{"type":"malware","name":"no id"}',
        b'{"type":"indicator","id":"malware--1"}',
        json.dumps(an_object("malware", 1, name="a")).encode()[:-1] + b',"name":"b"}',
    ]
    hub.put(*rng.sample(broken, rng.randrange(1, 4)), source=rng.choice((None, OTHER)))


def _uploads(hub: Freedonia, rng: Random) -> None:
    """Another reader posts, also under ids that Ruritania sees, and takes some of it back."""
    reader = hub.reader(OTHER)
    posted = [rng.choice((a_standing, a_secret))(rng) for _ in range(3)]
    submit_items(hub.node, reader, reader.inbox_id, json.dumps({"objects": posted}).encode())
    if rng.random() < 0.7:
        hub.settle()
    if rng.random() < 0.4:
        try:
            withdraw_submission(
                hub.node, reader, reader.inbox_id, str(posted[0]["id"]), ReadQuery(limit=1, versions=("all",))
            )
        except NotFound:
            return  # it was quarantined


def _held_back(hub: Freedonia, rng: Random) -> None:
    """Objects that might flow, were they not under embargo; they name companions."""
    number = rng.randrange(FIRST_SECRET, LAST_SECRET)
    held = an_object(rng.choice(KINDS[:3]), number, created_by_ref=an_id("identity", rng.choice((1, 2, 50))))
    hub.put(held, an_object("identity", 50), embargo="2033-01-01")


def _judged(hub: Freedonia, rng: Random) -> None:
    """An officer says of a secret that it holds personal data."""
    obj = a_secret(rng)
    hub.put(obj, source=OTHER)
    request = MarkItemRequest(id=str(obj["id"]), personal="yes", reason="seen", source=OTHER)
    try:
        mark_item(hub.node, OFFICER, request)
    except NotFound:
        return  # it was quarantined


# What DESIGN §5 names apart from the hidden objects themselves.
SPECIAL: dict[str, Secret] = {
    "markings": _markings,
    "ends": _ends,
    "grants": _grants,
    "erasures": _erasures,
    "quarantine": _quarantine,
    "uploads": _uploads,
}
ORDINARY: dict[str, Secret] = {"objects": _more_objects, "held back": _held_back, "judged": _judged}


def _hold_early(hub: Freedonia, days: int) -> None:
    """Take objects without a version in, some days before Ruritania may have anything."""
    hub.later(-days * 86_400)
    hub.put(*(_bare(number, f"{number}.example") for number in BARE))
    hub.settle()
    hub.later(days * 86_400)


def _bare(number: int, value: str) -> Object:
    """Give a content of an object without a version."""
    kind = ("domain-name", "url")[number % 2]
    return {"type": kind, "spec_version": "2.1", "id": an_id(kind, number), "value": value}


def play(hub: Freedonia, world: int, variant: int, after: Callable[[int], None] = lambda _: None) -> set[str]:
    """Do a world's deeds to a node, with the secrets of one variant (0 has none); gives the kinds of its secrets.

    `after` is called after each deed, with its number.
    """
    secret = Random(f"{world}/{variant}")
    kinds: set[str] = set()
    _hold_early(hub, variant)  # since when a node has held something is a secret too
    for number, deed in enumerate(deeds_of(Random(world))):
        if variant:
            names = secret.sample([*SPECIAL, *ORDINARY], secret.randrange(3))
            for name in names:
                (SPECIAL | ORDINARY)[name](hub, secret)
            kinds.update(names)
        mixed = [a_secret(secret) for _ in range(secret.randrange(3))] if variant else []
        deed(hub, mixed)
        hub.settle()
        after(number)
        hub.later()
    return kinds
