"""Tests that what came under a key is named once it turns out to be suspect, and only that."""

from pathlib import Path

import msgspec

from comity.desk.naming_suspect import SUSPECT, Suspects
from comity.desk.revoke_key import RevokeKeyRequest, revoke_key
from comity.desk.rotate_key import RotateKeyRequest, rotate_key
from comity.values import iso
from tests.support.federation import federation
from tests.support.nodes import OFFICER, agreement, an_object, clause

PARTIES = ("freedonia-csirt", "ruritania-csirt")


def test_only_what_came_since_is_named_and_the_evidence_lists_it(tmp_path: Path) -> None:
    with federation(tmp_path, "Freedonia CSIRT", "Ruritania CSIRT") as (free, ruri):
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=PARTIES))
        free.put(an_object("indicator", 1))
        ruri.sync()
        since = iso(free.node.clock())
        free.put(an_object("indicator", 2))
        ruri.sync()
        old = str(free.node.keys.record.key_id)
        rotate_key(free.node, OFFICER, RotateKeyRequest(use="record"))
        revoke_key(free.node, OFFICER, RevokeKeyRequest(key=old, suspect_from=since))
        ruri.sync()
        (alarm,) = ruri.alarms()
        named = msgspec.json.decode(alarm.evidence or b"", type=Suspects)
        assert (alarm.kind, named.key, named.suspect_from, named.statements) == (SUSPECT, old, since, ("2",))


def test_nothing_is_named_where_nothing_came(tmp_path: Path) -> None:
    with federation(tmp_path, "Freedonia CSIRT", "Ruritania CSIRT") as (free, ruri):
        free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=PARTIES))
        ruri.sync()
        old = str(free.node.keys.record.key_id)
        rotate_key(free.node, OFFICER, RotateKeyRequest(use="record"))
        revoke_key(free.node, OFFICER, RevokeKeyRequest(key=old, suspect_from=iso(free.node.clock())))
        ruri.sync()
        assert ruri.alarms() == []
