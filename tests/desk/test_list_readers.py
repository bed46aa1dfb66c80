from pathlib import Path

import pytest

from comity.desk.list_readers import ListReadersRequest, list_readers
from comity.desk.revoke_reader import RevokeReaderRequest, revoke_reader
from comity.errors import NotFound
from tests.support.nodes import OFFICER, freedonia

P, OTHER = "ruritania-csirt", "northwind-energy"


def test_credentials_are_listed_by_party_with_when_they_ended_and_without_secrets(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        for party in (P, OTHER):
            hub.reader(party)
        hub.later(60)
        revoke_reader(hub.node, OFFICER, RevokeReaderRequest(party=P))

        listed = list_readers(hub.node, OFFICER, ListReadersRequest())

        assert [(one.party, one.added_at, one.revoked_at) for one in listed.readers] == [
            (OTHER, "2031-03-01T12:00:00.000Z", None),
            (P, "2031-03-01T12:00:00.000Z", "2031-03-01T12:01:00.000Z"),
        ]
        assert listed.readers[1].collection == hub.credentials[P].collection
        assert hub.credentials[OTHER].password not in repr(listed)


def test_one_partys_credentials_are_listed_alone(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        hub.reader(P)
        hub.reader(OTHER)

        listed = list_readers(hub.node, OFFICER, ListReadersRequest(party=P))

        assert [one.user for one in listed.readers] == [hub.credentials[P].user]
        with pytest.raises(NotFound):
            list_readers(hub.node, OFFICER, ListReadersRequest(party="nobody"))
