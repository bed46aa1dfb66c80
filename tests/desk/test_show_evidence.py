"""Tests that the evidence of an alarm is given byte for byte, also once it is cleared."""

from pathlib import Path

import pytest

from comity.desk.clear_alarm import ClearAlarmRequest, clear_alarm
from comity.desk.show_evidence import ShowEvidenceRequest, show_evidence
from comity.errors import NotFound
from tests.support.desks import OFFICER, freedonia
from tests.support.federation import alarm


def test_evidence_is_given_as_it_was_kept_and_outlives_the_alarm(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        number = alarm(node, "ruritania-csirt", evidence=b"\xff{signed}")
        before = show_evidence(node, OFFICER, ShowEvidenceRequest(number=number))
        assert (before.party, before.kind, before.evidence) == ("ruritania-csirt", "rollback", b"\xff{signed}")
        clear_alarm(node, OFFICER, ClearAlarmRequest(number=number, reason="Looked into."))
        assert show_evidence(node, OFFICER, ShowEvidenceRequest(number=number)) == before


def test_an_alarm_that_is_not_there_or_has_no_evidence_is_not_found(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        number = alarm(node, "ruritania-csirt", evidence=None)
        for wanted in (number, number + 1):
            with pytest.raises(NotFound):
                show_evidence(node, OFFICER, ShowEvidenceRequest(number=wanted))
