"""Tests that acts are kept as signed bytes under ids of their own."""

import uuid
from pathlib import Path

from comity.desk.acts import open_act, uuid4, uuid7
from comity.records.kinds.adherence import Adherence
from comity.stores import keeping
from comity.stores.tables import ACT
from comity.values import instant
from tests.support.desks import freedonia, under


def test_made_uuids_are_of_their_version_and_hold_the_time(tmp_path: Path) -> None:
    moment = instant("2031-03-01T12:00:00Z")
    with freedonia(tmp_path) as node:
        seven, four = uuid.UUID(uuid7(node, moment)), uuid.UUID(uuid4(node))
    assert (seven.version, seven.variant, seven.int >> 80) == (7, uuid.RFC_4122, moment)
    assert (four.version, four.variant) == (4, uuid.RFC_4122)


def test_an_adherence_is_kept_as_the_signed_bytes_of_this_party(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        under(node)
        with node.store.read() as tx:
            held = [keeping.held_record(tx, no) for no in range(1, 10)]
            acts = [
                open_act(node, tx, row.body, node.clock()).act
                for row in held
                if row is not None and row.body is not None and row.family == ACT
            ]
    (adherence,) = [act for act in acts if isinstance(act, Adherence)]
    assert (adherence.agreement, adherence.party, adherence.issuer) == (
        "free-ruri-2031",
        "freedonia-csirt",
        "freedonia-csirt",
    )
