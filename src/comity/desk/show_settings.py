"""Shows what a node's settings say, without what is secret in them; they are changed in the file alone."""

from urllib.parse import urlsplit, urlunsplit

import msgspec

from comity.desk.actor import Actor
from comity.desk.node_type import Node
from comity.desk.settings_type import Settings


class ShowSettingsRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing is asked."""


class SettingShown(msgspec.Struct, frozen=True, kw_only=True):
    """One setting as the node holds it. `is_default`: nothing else was said in the file."""

    name: str
    value: str
    is_default: bool
    meaning: str


class SettingsShown(msgspec.Struct, frozen=True, kw_only=True):
    """Every setting, in the order of the file."""

    settings: tuple[SettingShown, ...]


def show_settings(node: Node, actor: Actor, request: ShowSettingsRequest) -> SettingsShown:
    """Give every setting."""
    described = msgspec.json.schema(Settings)["$defs"]["Settings"]["properties"]
    return SettingsShown(
        settings=tuple(
            SettingShown(
                name=field.name,
                value=_words(field.name, getattr(node.settings, field.name)),
                is_default=not field.required and getattr(node.settings, field.name) == field.default,
                meaning=described[field.name]["description"],
            )
            for field in msgspec.structs.fields(Settings)
        )
    )


def _words(name: str, value: object) -> str:
    if name == "db" and isinstance(value, str):
        return _without_password(value)
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _without_password(address: str) -> str:
    parts = urlsplit(address)
    user, _, host = parts.netloc.rpartition("@")
    name = user.partition(":")[0]
    return urlunsplit((parts.scheme, f"{name}@{host}" if name else host, parts.path, "", ""))
