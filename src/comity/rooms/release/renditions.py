"""Decides what a reader gets of an item when it may not have the original bytes.

A rendition is a function of (object, recipe, RECIPE_VERSION) and of nothing else: same input, same bytes. The order is
fixed: hidden portions, dropped properties, upgrade to 2.1, dropped properties again (an upgrade renames), hidden
references, mark. Portions come first because their selectors speak of the object as its author wrote it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal

import msgspec

from comity.records.granular import Needed, Path, portions, resolve, without
from comity.records.markings import STANDARD_MARKINGS
from comity.records.misp_items import ABOUT, SOURCE, TYPES
from comity.records.required import ONE_OF, REQUIRED, UNTOUCHABLE
from comity.records.upgrade import upgrade_20
from comity.values import Json, JsonObject

RECIPE_VERSION = 1

Code = Literal["portions-removed", "properties-removed", "upgraded-2.0", "references-removed"]
Reason = Literal["hidden-portion", "dropped-property", "hidden-reference"]

CODES: tuple[Code, ...] = ("upgraded-2.0", "references-removed", "portions-removed", "properties-removed")
RENDITION_EXTENSION = "extension-definition--86af68fa-aa9d-4b26-97e2-bd8edc9fe898"
RENDITION_AUTHOR = "identity--758c2fd5-0e5f-4461-b574-cb09372ee00f"

# What a node serves so that a stock reader can look up the mark. Fixed for ever; a change of meaning gets a new id.
RENDITION_DEFINITIONS: tuple[JsonObject, ...] = (
    {
        "type": "identity",
        "spec_version": "2.1",
        "id": RENDITION_AUTHOR,
        "created": "2026-11-23T00:00:00.000Z",
        "modified": "2026-11-23T00:00:00.000Z",
        "name": "Comity",
        "description": "The software that made a rendition; not a party.",
        "identity_class": "system",
    },
    {
        "type": "extension-definition",
        "spec_version": "2.1",
        "id": RENDITION_EXTENSION,
        "created_by_ref": RENDITION_AUTHOR,
        "created": "2026-11-23T00:00:00.000Z",
        "modified": "2026-11-23T00:00:00.000Z",
        "name": "Rendition",
        "description": "Marks an object that is not its author's bytes, but what a node made of them for this reader.",
        "schema": (
            "rendition (required, list of enum): what was done, in this order, out of upgraded-2.0 (STIX 2.0 rewritten "
            "as 2.1), references-removed, portions-removed (by granular marking), properties-removed (by agreement). "
            "recipe_version (required, integer): version of the rules by which it was done. "
            "losses (optional, list of string): what the upgrade could not carry over."
        ),
        "version": "1.0.0",
        "extension_types": ["property-extension"],
    },
)

_NO_REFERENCES = frozenset({"object_marking_refs", "granular_markings"})


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done to an object for one kind of reader.

    `hidden_refs` are ids the reader must not learn, `hidden_portions` the markings whose portions go, `drop` the
    properties that agreements leave out (on top, or inside any extension).
    """

    upgrade: bool = False
    hidden_refs: frozenset[str] = frozenset()
    hidden_portions: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()


class Rendered(msgspec.Struct, frozen=True):
    """What the reader gets. Without `codes` nothing changed: `body` is empty, the original bytes are to be served."""

    body: bytes
    codes: tuple[Code, ...]

    @property
    def unchanged(self) -> bool:
        """Tell whether the original bytes are to be served."""
        return not self.codes


class Withheld(msgspec.Struct, frozen=True):
    """The object cannot be without `path`, which the reader may not have."""

    reason: Reason
    path: str


_Step = Callable[[JsonObject], JsonObject | Withheld]


def render(parsed: JsonObject, recipe: Recipe) -> Rendered | Withheld:
    """Make the rendition of an object, or tell why there can be none. The object given is left as it is."""
    obj: JsonObject = parsed
    losses: tuple[str, ...] = ()
    done: list[Code] = []
    for code, step in _steps(recipe):
        left: JsonObject | Withheld
        if step is None:
            left, losses = upgrade_20(obj)
        else:
            left = step(obj)
        if isinstance(left, Withheld):
            return left
        if left != obj and code not in done:
            done.append(code)
        obj = left
    if not done:
        return Rendered(b"", ())
    codes = tuple(code for code in CODES if code in done)
    return Rendered(msgspec.json.encode(_marked(obj, codes, losses)), codes)


def revocation(served: JsonObject, revoked_at: str, recipe: Recipe) -> Rendered | Withheld:
    """Make the news of a revocation for a reader who may not have the revoking version itself.

    It says nothing that the reader was not served before: of `served`, the newest version it was served, stays what the
    type requires, with `revoked` and the revoking version's `modified`; of that, less what the recipe takes away.
    """
    told: JsonObject = {**served, "modified": revoked_at, "revoked": True}
    kind = str(served.get("type"))
    needed = UNTOUCHABLE.union(REQUIRED.get(kind, ()), *ONE_OF.get(kind, ()))
    drop = tuple(sorted((told.keys() - needed).union(recipe.drop)))
    rendered = render(told, msgspec.structs.replace(recipe, drop=drop))
    if isinstance(rendered, Rendered) and rendered.unchanged:
        return Rendered(msgspec.json.encode(_marked(told, ("properties-removed",), ())), ("properties-removed",))
    return rendered


def _steps(recipe: Recipe) -> Iterator[tuple[Code, _Step | None]]:
    """The steps in their order; None stands for the upgrade."""
    hidden, drop, refs = frozenset(recipe.hidden_portions), tuple(sorted(set(recipe.drop))), recipe.hidden_refs
    if hidden:
        yield "portions-removed", lambda obj: _without_portions(obj, hidden)
    if drop:
        yield "properties-removed", lambda obj: _cut(obj, _named(obj, drop), "dropped-property")
    if recipe.upgrade:
        yield "upgraded-2.0", None
        if drop:
            yield "properties-removed", lambda obj: _cut(obj, _named(obj, drop), "dropped-property")
    if refs:
        yield "references-removed", lambda obj: _cut(obj, _references(obj, refs), "hidden-reference")


def _without_portions(obj: JsonObject, hidden: frozenset[str]) -> JsonObject | Withheld:
    paths: list[Path] = []
    for portion in portions(obj):
        if portion.marking_ref not in hidden:
            continue
        if portion.whole:
            return Withheld("hidden-portion", "granular_markings")
        paths.extend(path for path in (resolve(obj, s) for s in portion.selectors) if path is not None)
    return _cut(obj, paths, "hidden-portion")


def _cut(obj: JsonObject, paths: Iterable[Path], reason: Reason) -> JsonObject | Withheld:
    going = list(paths)
    if going and reason != "hidden-reference":
        # The source form of a MISP part says again what goes.
        going += [(name,) for name in (SOURCE, TYPES, ABOUT) if name in obj]
    left = without(obj, going)
    return Withheld(reason, left.path) if isinstance(left, Needed) else left


def _named(obj: JsonObject, names: tuple[str, ...]) -> Iterator[Path]:
    extensions = obj.get("extensions")
    inside: Mapping[str, Json] = extensions if isinstance(extensions, dict) else {}
    for name in names:
        if name in obj:
            yield (name,)
        if name in inside and name != RENDITION_EXTENSION:
            yield ("extensions", name)
        for key, value in inside.items():
            if key != RENDITION_EXTENSION and isinstance(value, dict) and name in value:
                yield ("extensions", key, name)


def _references(obj: JsonObject, hidden: frozenset[str]) -> Iterator[Path]:
    """Every place under a key ending in `_ref` or `_refs`, at any depth, that names a hidden id; markings excepted.

    These are the places where `envelope.record_refs` finds references.
    """
    stack: list[tuple[Path, Json]] = [((key,), value) for key, value in obj.items() if key not in _NO_REFERENCES]
    while stack:
        path, value = stack.pop()
        if isinstance(value, dict):
            stack.extend(((*path, key), inner) for key, inner in value.items())
        elif isinstance(value, list):
            stack.extend(((*path, n), inner) for n, inner in enumerate(value))
        elif isinstance(value, str) and value in hidden and _is_reference(path):
            yield path


def _is_reference(path: Path) -> bool:
    key = next(step for step in reversed(path) if isinstance(step, str))  # a list in a list still belongs to its key
    return key.endswith(("_ref", "_refs"))


def _marked(obj: JsonObject, codes: tuple[Code, ...], losses: tuple[str, ...]) -> JsonObject:
    """Add the mark, joined with the mark of an earlier rendition. Standard markings stay as everyone knows them."""
    if obj.get("id") in STANDARD_MARKINGS:
        return obj
    extensions = obj.get("extensions")
    others: JsonObject = extensions if isinstance(extensions, dict) else {}
    earlier = others.get(RENDITION_EXTENSION)
    before: JsonObject = earlier if isinstance(earlier, dict) else {}
    named = _texts(before.get("rendition")) | set(codes)
    lost = sorted(_texts(before.get("losses")) | set(losses))
    mark: JsonObject = {
        "extension_type": "property-extension",
        "rendition": [code for code in CODES if code in named],
        "recipe_version": RECIPE_VERSION,
    }
    if lost:
        mark["losses"] = [*lost]
    return {**obj, "extensions": {**others, RENDITION_EXTENSION: mark}}


def _texts(value: Json) -> set[str]:
    return {text for text in value if isinstance(text, str)} if isinstance(value, list) else set()
