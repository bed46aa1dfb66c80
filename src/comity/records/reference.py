"""Decides what the reference says of a kind of act: schema, example and page, all derived from its Struct."""

import json
from typing import Final

import msgspec

from comity.records import codec
from comity.records.base import Record, kind_of
from comity.records.kinds import Act
from comity.values import Json, JsonObject

_DEFS: Final = "#/$defs/"


def schema(kind: type[Record]) -> JsonObject:
    """Give the JSON schema (2020-12) of a kind's payload."""
    # Through JSON: msgspec leaves defaults as Python values.
    found: JsonObject = msgspec.json.decode(msgspec.json.encode(msgspec.json.schema(kind)))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found}


def example(kind: type[Act]) -> Act:
    """Give an act of this kind made of its fields' examples; it is a sound one.

    Raises:
        RecordRejected: the examples in the kind's file break its own rules.
    """
    whole = schema(kind)
    act = msgspec.convert(_example(whole, whole), kind)
    codec.encode(act)
    return act


def page(kind: type[Act]) -> str:
    """Write the reference page of a kind, in Markdown."""
    whole = schema(kind)
    struct = _at(whole, whole)
    text = [f"# `{kind_of(kind)}`", "", (kind.__doc__ or "").strip(), "", *_table(struct, whole)]
    for name, part in _object(whole.get("$defs")).items():
        if _object(part) != struct:
            text += [
                "",
                f"## `{name}`",
                "",
                str(_object(part).get("description", "")),
                "",
                *_table(_object(part), whole),
            ]
    shown = json.dumps(msgspec.to_builtins(example(kind)), indent=2, ensure_ascii=False)
    text += ["", "## Example", "", "```json", shown, "```"]
    text += ["", "## On the wire", "", f"STIX extension: `{kind.extension}` (`new-sdo`).", ""]
    return "\n".join(text)


def _object(node: Json) -> JsonObject:
    return node if isinstance(node, dict) else {}


def _list(node: Json) -> list[Json]:
    return node if isinstance(node, list) else []


def _at(node: JsonObject, whole: JsonObject) -> JsonObject:
    """Follow a reference inside the schema."""
    target = node.get("$ref")
    if not isinstance(target, str):
        return node
    return _object(_object(whole["$defs"])[target.removeprefix(_DEFS)])


def _example(node: JsonObject, whole: JsonObject) -> Json:
    for given in (_list(node.get("examples")), [node["default"]] if "default" in node else [], _list(node.get("enum"))):
        if given:
            return given[0]
    node = _at(node, whole)
    if "properties" in node:
        parts = {name: _object(part) for name, part in _object(node["properties"]).items()}
        there = {*_list(node.get("required")), *(name for name in parts if "default" in parts[name])}
        # What is left away where it does not apply has no default: an example shows it only if it gives one.
        return {name: _example(part, whole) for name, part in parts.items() if name in there or "examples" in part}
    if "anyOf" in node:
        return _example(_object(_list(node["anyOf"])[0]), whole)
    return [_example(_object(node.get("items")), whole)] if node.get("type") == "array" else "…"


def _table(struct: JsonObject, whole: JsonObject) -> list[str]:
    needed = _list(struct.get("required"))
    rows = ["| field | type | needed | meaning |", "|---|---|---|---|"]
    for name, part in _object(struct.get("properties")).items():
        field = _object(part)
        meaning = str(_described(field, whole)).replace("|", "\\|").replace("\n", " ")
        rows.append(f"| `{name}` | {_type(field, whole)} | {'yes' if name in needed else 'no'} | {meaning} |")
    return rows


def _described(field: JsonObject, whole: JsonObject) -> str:
    if "description" in field:
        return str(field["description"])
    if "enum" in field and "examples" not in field and len(_list(field["enum"])) == 1:
        return "The kind."
    inner = _at(field, whole)
    return str(inner.get("description", ""))


def _type(field: JsonObject, whole: JsonObject) -> str:
    if "$ref" in field:
        return f"`{str(field['$ref']).removeprefix(_DEFS)}`"
    if "anyOf" in field:
        return " or ".join(_type(_object(part), whole) for part in _list(field["anyOf"]))
    if "enum" in field:
        return ", ".join(f"`{word}`" for word in _list(field["enum"]))
    if field.get("type") == "array":
        return f"list of {_type(_object(field.get('items')), whole)}"
    return {"string": "text", "integer": "whole number", "boolean": "true or false", "null": "nothing"}.get(
        str(field.get("type")), "any"
    )
