import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from comity.desk.actor import Actor
from comity.desk.add_reader import AddReaderRequest, add_reader
from comity.desk.authenticate_reader import authenticate_bearer, authenticate_reader
from comity.desk.revoke_reader import ReaderRevoked, RevokeReaderRequest, revoke_reader
from comity.errors import NotFound, NotPermitted, Unauthenticated, UsageError
from comity.stores import registers
from comity.taxii.app import create_app
from tests.support.nodes import OFFICER, Freedonia, agreement, an_id, an_object, clause, freedonia
from tests.support.taxii import MEDIA, ROOT, Hub, served

P, OTHER = "ruritania-csirt", "northwind-energy"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Freedonia]:
    with freedonia(tmp_path) as made:
        made.reader(P)
        made.reader(OTHER)
        yield made


def test_revoked_credentials_open_nothing_as_password_or_as_token(hub: Freedonia) -> None:
    given, second = hub.credentials[P], add_reader(hub.node, OFFICER, AddReaderRequest(party=P))

    answer = revoke_reader(hub.node, OFFICER, RevokeReaderRequest(user=given.user))

    assert answer == ReaderRevoked(party=P, users=(given.user,), left=1)
    with pytest.raises(Unauthenticated):
        authenticate_reader(hub.node, given.user, given.password)
    with pytest.raises(Unauthenticated):
        authenticate_bearer(hub.node, given.password)
    assert authenticate_reader(hub.node, second.user, second.password).party == P


def test_all_credentials_of_a_party_go_and_no_others(hub: Freedonia) -> None:
    mine = [hub.credentials[P], add_reader(hub.node, OFFICER, AddReaderRequest(party=P))]

    answer = revoke_reader(hub.node, OFFICER, RevokeReaderRequest(party=P))

    assert (set(answer.users), answer.left) == ({one.user for one in mine}, 0)
    for one in mine:
        with pytest.raises(Unauthenticated):
            authenticate_bearer(hub.node, one.password)
    assert authenticate_bearer(hub.node, hub.credentials[OTHER].password).party == OTHER


def test_new_credentials_open_the_same_view_again(hub: Freedonia) -> None:
    hub.agree(agreement(clause("1", "share", tlp_at_most="green")))
    hub.put(an_object("malware", 1))
    revoke_reader(hub.node, OFFICER, RevokeReaderRequest(party=P))
    hub.put(an_object("malware", 2))

    again = add_reader(hub.node, OFFICER, AddReaderRequest(party=P))

    reader = authenticate_reader(hub.node, again.user, again.password)
    assert reader.view_id == hub.credentials[P].collection
    assert hub.ids(P) == [an_id("malware", 1), an_id("malware", 2)]


def test_what_is_not_in_force_is_not_found(hub: Freedonia) -> None:
    revoke_reader(hub.node, OFFICER, RevokeReaderRequest(party=P))
    for request in (
        RevokeReaderRequest(party=P),
        RevokeReaderRequest(user=hub.credentials[P].user),
        RevokeReaderRequest(user="nobody"),
        RevokeReaderRequest(party="freedonia-csirt"),
    ):
        with pytest.raises(NotFound):
            revoke_reader(hub.node, OFFICER, request)


def test_one_of_user_and_party_is_named(hub: Freedonia) -> None:
    for request in (RevokeReaderRequest(), RevokeReaderRequest(user=hub.credentials[P].user, party=P)):
        with pytest.raises(UsageError):
            revoke_reader(hub.node, OFFICER, request)
    assert authenticate_bearer(hub.node, hub.credentials[P].password).party == P


def test_a_reader_cannot_revoke_anothers_credentials(hub: Freedonia) -> None:
    reader = Actor(name=P, role="reader", via="taxii")
    with pytest.raises(NotPermitted):
        revoke_reader(hub.node, reader, RevokeReaderRequest(party=OTHER))


def test_a_revocation_is_audited_without_secrets(hub: Freedonia) -> None:
    revoke_reader(hub.node, OFFICER, RevokeReaderRequest(party=P))

    with hub.node.store.read() as tx:
        line = registers.audit_rows(tx)[-1]
    assert (line.actor, line.verb) == ("officer", "reader revoke")
    assert json.loads(line.facts) == {"party": P, "users": [hub.credentials[P].user]}


def test_a_served_client_is_refused_from_its_next_request_on_an_open_connection(tmp_path: Path) -> None:
    with Hub(tmp_path / "node") as hub, served(create_app(hub.node)) as url:
        headers = {"accept": MEDIA}
        with httpx.Client(base_url=url, auth=hub.ruritania.auth, headers=headers, trust_env=False) as client:
            assert client.get(ROOT).status_code == 200

            revoke_reader(hub.node, OFFICER, RevokeReaderRequest(user=hub.ruritania.user))

            refused = client.get(f"{hub.ruritania.view}objects/")
            assert (refused.status_code, refused.json()["http_status"]) == (401, "401")
            bearer = {"authorization": f"Bearer {hub.ruritania.token}"}
            assert client.get(ROOT, auth=None, headers=bearer).status_code == 401
            assert client.get(ROOT, auth=hub.elbonia.auth).status_code == 200
