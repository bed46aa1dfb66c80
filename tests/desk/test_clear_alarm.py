"""Tests that only an officer clears an alarm, with a reason that the audit keeps, and once."""

from pathlib import Path

import msgspec
import pytest

from comity.desk.clear_alarm import ClearAlarmRequest, clear_alarm
from comity.desk.list_alarms import ListAlarmsRequest, list_alarms
from comity.errors import Conflict, NotFound, NotPermitted, UsageError
from comity.stores import registers
from tests.support.desks import OFFICER, freedonia
from tests.support.federation import alarm


def test_a_cleared_alarm_stands_no_longer_and_the_audit_says_who_and_why(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        number = alarm(node, "ruritania-csirt")
        told = clear_alarm(node, OFFICER, ClearAlarmRequest(number=number, reason="Restored from a backup."))
        assert (told.number, told.kind) == (number, "rollback")
        assert list_alarms(node, OFFICER, ListAlarmsRequest()).alarms == ()
        with node.store.read() as tx:
            (line,) = [row for row in registers.audit_rows(tx) if row.verb == "peer clear"]
        assert (line.actor, "Restored from a backup." in line.facts) == ("officer", True)
        with pytest.raises(Conflict):
            clear_alarm(node, OFFICER, ClearAlarmRequest(number=number, reason="Again."))


def test_without_a_reason_an_office_or_an_alarm_nothing_is_cleared(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        number = alarm(node, "ruritania-csirt")
        with pytest.raises(UsageError):
            clear_alarm(node, OFFICER, ClearAlarmRequest(number=number, reason="  "))
        with pytest.raises(NotFound):
            clear_alarm(node, OFFICER, ClearAlarmRequest(number=number + 1, reason="Nothing."))
        operator = msgspec.structs.replace(OFFICER, role="operator")
        with pytest.raises(NotPermitted):
            clear_alarm(node, operator, ClearAlarmRequest(number=number, reason="I may not."))
        assert len(list_alarms(node, OFFICER, ListAlarmsRequest()).alarms) == 1
