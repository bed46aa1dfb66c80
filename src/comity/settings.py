"""Reads and writes a node's settings: `node.toml` in the node's folder, strict about what it does not know."""

import os
import tomllib
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import msgspec

from comity.desk.settings_type import Settings
from comity.errors import NodeError, UsageError
from comity.wire.addresses import networks_of

__all__ = [
    "FILE_NAME",
    "Settings",
    "checked",
    "read_settings",
    "reference",
    "settings_of",
    "shown_db",
    "write_settings",
]

FILE_NAME = "node.toml"


def read_settings(folder: Path) -> Settings:
    """Read the settings of the node in `folder`.

    Raises:
        NodeError: no such file, not TOML, an unknown setting, or a value out of its range.
    """
    path = folder / FILE_NAME
    try:
        text = path.read_bytes().decode("utf-8")
        found = tomllib.loads(text)
    except FileNotFoundError as exc:
        raise NodeError(
            "there is no node in {folder}: {file_name} is missing (make one with: comity node init)",
            folder=folder,
            file_name=FILE_NAME,
        ) from exc
    except OSError as exc:
        raise NodeError("{path} cannot be read: {why}", path=path, why=exc.strerror) from exc
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise NodeError("{path} is not sound TOML: {why}", path=path, why=exc) from exc
    version = found.get("version", 1)
    if isinstance(version, int) and version > 1:
        raise NodeError(
            "{path} has version {version}, written by a newer Comity; this one reads version 1",
            path=path,
            version=version,
        )
    try:
        settings = msgspec.convert(found, Settings)
    except msgspec.ValidationError as exc:
        raise NodeError("{path}: {why}", path=path, why=exc) from exc
    return checked(settings, path)


def settings_of(**given: str | int | bool) -> Settings:
    """Make settings from single values, with the rest at their defaults.

    Raises:
        NodeError: an unknown setting, a value out of its range, or two that do not go together.
    """
    try:
        settings = msgspec.convert(given, Settings)
    except msgspec.ValidationError as exc:
        raise NodeError("settings: {why}", why=exc) from exc
    return checked(settings, Path("settings"))


def checked(settings: Settings, path: Path) -> Settings:
    """Give the settings back if they also hold together.

    Raises:
        NodeError: an authority without its state, half of a TLS pair, or what is no network.
    """
    if settings.acts_for and settings.kind != "authority":
        raise NodeError(
            "{path}: acts_for is for an authority, and {party} is a {kind}",
            path=path,
            party=settings.party,
            kind=settings.kind,
        )
    try:
        networks_of(settings.outbound_networks)
    except UsageError as exc:
        raise NodeError("{path}: outbound_networks: {exc}", path=path, exc=exc) from exc
    if bool(settings.tls_certificate) != bool(settings.tls_key):
        raise NodeError("{path}: tls_certificate and tls_key go together", path=path)
    return settings


def write_settings(folder: Path, settings: Settings) -> None:
    """Write `node.toml` so that a crash leaves the old file or the new one, readable by the owner alone."""
    path = folder / FILE_NAME
    fresh = folder / f".{FILE_NAME}.new"
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(as_toml(settings))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def as_toml(settings: Settings) -> str:
    """Write settings as TOML: what has no default, and what differs from it."""
    lines = ["# Settings of this node; all that can be said is in the settings reference."]
    for field in msgspec.structs.fields(Settings):
        value = getattr(settings, field.name)
        if field.name == "version" or field.required or value != field.default:
            lines.append(f"{field.name} = {_toml_value(value)}")
    return "\n".join(lines) + "\n"


def _toml_value(value: bool | int | str | tuple[str, ...]) -> str:
    """Write one value. JSON's strings are TOML's basic strings, but for DEL, which TOML wants escaped."""
    return msgspec.json.encode(value).decode().replace("\x7f", "\\u007f")


def shown_db(db: str) -> str:
    """Give a database address as it may be shown: without its password."""
    if not db:
        return "sqlite"
    parts = urlsplit(db)
    host = parts.netloc.rpartition("@")[2]
    user = parts.netloc.rpartition("@")[0].partition(":")[0]
    return urlunsplit((parts.scheme, f"{user}@{host}" if user else host, parts.path, "", ""))


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the settings reference."""

    name: str
    default: str  # as it stands in the file; empty when the setting must be given
    description: str


def reference() -> tuple[Setting, ...]:
    """List every setting with its default and meaning, in the order of the file."""
    described = msgspec.json.schema(Settings)["$defs"]["Settings"]["properties"]
    return tuple(
        Setting(
            name=field.name,
            default="" if field.required else _toml_value(field.default),
            description=described[field.name]["description"],
        )
        for field in msgspec.structs.fields(Settings)
    )
