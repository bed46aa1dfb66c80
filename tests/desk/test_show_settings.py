"""Tests that settings are shown as they are held, without a password."""

import msgspec

from comity.desk.show_settings import SettingShown, ShowSettingsRequest, show_settings
from tests.support.nodes import OFFICER, Freedonia


def shown(hub: Freedonia, **said: object) -> dict[str, SettingShown]:
    settings = msgspec.structs.replace(hub.node.settings, **said)
    answer = show_settings(hub.node._replace(settings=settings), OFFICER, ShowSettingsRequest())
    return {one.name: one for one in answer.settings}


def test_every_setting_is_there_with_its_meaning(hub: Freedonia) -> None:
    found = shown(hub, recovery_delay_h=48)
    assert len(found) == len(msgspec.structs.fields(hub.node.settings)) and all(one.meaning for one in found.values())
    assert (found["recovery_delay_h"].value, found["recovery_delay_h"].is_default) == ("48", False)
    assert (found["grant_alone_up_to"].value, found["grant_alone_up_to"].is_default) == ("green", True)
    assert not found["party"].is_default


def test_a_database_is_shown_without_its_password(hub: Freedonia) -> None:
    for db, value in (
        ("postgresql://comity:s3cret@db.example/node", "postgresql://comity@db.example/node"),
        ("postgresql://db.example/node", "postgresql://db.example/node"),
        ("", ""),
    ):
        assert shown(hub, db=db)["db"].value == value
