"""Decides how the observables inside STIX 2.0 observed data read in STIX 2.1.

They stay where they are, in the deprecated but valid `objects`. They get ids, because 2.1 references name ids; renamed
properties get their new names; what 2.1 dropped is kept under an `x_` name.
Source: STIX 2.0 part 4 and STIX 2.1 §6.
"""

import json
import uuid
from collections.abc import Mapping
from typing import TypeAlias

from comity.values import Json, JsonObject

# Selectors that moved, and where to.
Renames: TypeAlias = list[tuple[str, tuple[str, ...]]]

# STIX 2.1 §2.9: ids not made of the contributing properties must not use the namespace of the standard.
_NAMESPACE = uuid.UUID("2a9e4d0c-8f43-5d0b-9a55-6a0c7f1f6f3e")

_NEW_NAMES: dict[str, dict[str, str]] = {
    "directory": {"created": "ctime", "modified": "mtime", "accessed": "atime"},
    "file": {
        "created": "ctime",
        "modified": "mtime",
        "accessed": "atime",
        "is_encrypted": "x_is_encrypted",
        "encryption_algorithm": "x_encryption_algorithm",
        "decryption_key": "x_decryption_key",
    },
    "process": {"created": "created_time", "binary_ref": "image_ref", "name": "x_name", "arguments": "x_arguments"},
    "user-account": {"password_last_changed": "credential_last_changed"},
    "windows-registry-key": {"modified": "modified_time"},
}
_NEW_NAMES_IN_EXTENSIONS: dict[str, dict[str, str]] = {
    "archive-ext": {"version": "x_version"},
    "raster-image-ext": {"image_compression_algorithm": "x_image_compression_algorithm"},
    "socket-ext": {"protocol_family": "x_protocol_family"},
}
_NEW_HASHES = {"ssdeep": "SSDEEP"}


def upgrade_observables(stix_id: str, observables: JsonObject, remarks: list[str], renames: Renames) -> JsonObject:
    """Give the container with every observable upgraded; remarks and moved selectors are added to the lists given.

    Its keys are the ids, so that a reference is both an id, as 2.1 asks, and a key, as the deprecated form asks.
    """
    ids: dict[str, str] = {}
    for key, value in observables.items():
        if isinstance(value, dict):
            ids[key] = _id(stix_id, key, value, frozenset(ids.values()))
    made: JsonObject = {}
    for key, value in observables.items():
        if not isinstance(value, dict):
            made[key] = value
            continue
        inside: Renames = []
        made[ids[key]] = _observable(key, value, ids, remarks, inside)
        old_place, new_place = f"objects.{key}", f"objects.{ids[key]}"
        renames += [(old, tuple(new_place + name[len(old_place) :] for name in new)) for old, new in inside]
        renames.append((old_place, (new_place,)))
    return made


def _id(stix_id: str, key: str, observable: JsonObject, taken: frozenset[str]) -> str:
    given = observable.get("id")
    if isinstance(given, str) and given not in taken:
        return given
    content = json.dumps(observable, sort_keys=True)
    return f"{observable.get('type')}--{uuid.uuid5(_NAMESPACE, f'{stix_id} {key} {content}')}"


def _observable(
    key: str, observable: JsonObject, ids: Mapping[str, str], remarks: list[str], renames: Renames
) -> JsonObject:
    kind = observable.get("type")
    names = _NEW_NAMES.get(kind, {}) if isinstance(kind, str) else {}
    place = f"objects.{key}"
    made: JsonObject = {"type": kind, "id": ids[key]}
    for name, value in _renamed(observable, names, place, remarks, renames).items():
        if name == "extensions" and isinstance(value, dict):
            inside = f"{place}.extensions"
            made[name] = {
                ext: _extension(ext, inner, ids, f"{inside}.{ext}", remarks, renames) for ext, inner in value.items()
            }
        elif name not in made:
            made[name] = _deep(name, value, ids, f"{place}.{name}", renames)
    return made


def _renamed(obj: JsonObject, names: Mapping[str, str], place: str, remarks: list[str], renames: Renames) -> JsonObject:
    """Give the object with the names that 2.1 uses; a value that already has such a name stays."""
    made: JsonObject = {}
    for name, value in obj.items():
        new = names.get(name, name)
        if new != name and new not in obj:
            renames.append((f"{place}.{name}", (f"{place}.{new}",)))
            remarks.append(f"{'dropped-by-2.1' if new.startswith('x_') else 'renamed-by-2.1'} $.{place}.{name}")
            made[new] = value
        else:
            made[name] = value
    return made


def _extension(ext: str, inner: Json, ids: Mapping[str, str], place: str, remarks: list[str], renames: Renames) -> Json:
    if not isinstance(inner, dict):
        return inner
    made = _renamed(inner, _NEW_NAMES_IN_EXTENSIONS.get(ext, {}), place, remarks, renames)
    headers = made.get("request_header")
    if ext == "http-request-ext" and isinstance(headers, dict):
        # STIX 2.1 §6.12.2: each header holds a list.
        made["request_header"] = {name: [text] if isinstance(text, str) else text for name, text in headers.items()}
    return {name: _deep(name, value, ids, f"{place}.{name}", renames) for name, value in made.items()}


def _deep(name: str, value: Json, ids: Mapping[str, str], place: str, renames: Renames) -> Json:
    """Let references name ids, and hashes their 2.1 names, at any depth."""
    if isinstance(value, dict):
        made: JsonObject = {}
        for key, inner in value.items():
            new = _NEW_HASHES.get(key, key) if name == "hashes" or name.endswith("_hashes") else key
            if new != key:
                renames.append((f"{place}.{key}", (f"{place}.{new}",)))
            made[new] = _deep(new, inner, ids, f"{place}.{new}", renames)
        return made
    if isinstance(value, list):
        return [_deep(name, inner, ids, f"{place}.[{at}]", renames) for at, inner in enumerate(value)]
    if isinstance(value, str) and name.endswith(("_ref", "_refs")):
        return ids.get(value, value)
    return value
