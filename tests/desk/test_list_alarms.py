"""Tests the list of alarms."""

from pathlib import Path

import pytest

from comity.desk.clear_alarm import ClearAlarmRequest, clear_alarm
from comity.desk.list_alarms import ListAlarmsRequest, list_alarms
from comity.errors import NotFound
from tests.support.desks import OFFICER, freedonia
from tests.support.federation import alarm


def test_alarms_that_stand_are_listed_by_party_or_all(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        first, second = alarm(node, "ruritania-csirt"), alarm(node, "northwind-energy", kind="gap")
        told = list_alarms(node, OFFICER, ListAlarmsRequest()).alarms
        assert [(one.number, one.party, one.kind) for one in told] == [
            (first, "ruritania-csirt", "rollback"),
            (second, "northwind-energy", "gap"),
        ]
        assert list_alarms(node, OFFICER, ListAlarmsRequest(party="northwind-energy")).alarms == told[1:]
        clear_alarm(node, OFFICER, ClearAlarmRequest(number=first, reason="Restored from a backup."))
        assert list_alarms(node, OFFICER, ListAlarmsRequest()).alarms == told[1:]
        with pytest.raises(NotFound):
            list_alarms(node, OFFICER, ListAlarmsRequest(party="elbonia"))
