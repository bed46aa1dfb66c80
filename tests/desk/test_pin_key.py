"""Tests that a node states the TLS keys of its server, each once, and that the older ones end."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from comity.desk.doctor import DoctorRequest, doctor
from comity.desk.node_type import Node
from comity.desk.pin_key import KeyPinned, PinKeyRequest, pin_key
from comity.desk.revoke_key import RevokeKeyRequest, revoke_key
from comity.desk.rotate_key import RotateKeyRequest, rotate_key
from comity.errors import ComityError, Conflict, NodeError, NotPermitted, UsageError
from comity.records.dsse import key_id
from tests.support.desks import OFFICER, freedonia
from tests.support.fronts import a_key
from tests.support.keyholders import take_root_away


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with freedonia(tmp_path / "node") as made:
        yield made


def pins(answer: KeyPinned) -> list[tuple[str, bool, bool]]:
    """Give (state, ends, here) of each TLS key."""
    return [(key.state, key.valid_until is not None, key.here) for key in answer.keys.keys if key.use == "tls-pin"]


def set_to(node: Node, certificate: str, key: str) -> Node:
    settings = msgspec.structs.replace(node.settings, tls_certificate=certificate, tls_key=key)
    return node._replace(settings=settings)


def tls_verdict(node: Node) -> tuple[str, str]:
    (found,) = [one for one in doctor(node, OFFICER, DoctorRequest()).findings if one.check == "tls key"]
    return found.verdict, found.seen


def test_the_certificate_of_the_settings_is_stated(node: Node, tmp_path: Path) -> None:
    key = a_key(tmp_path, "server")
    with pytest.raises(UsageError, match="name no certificate"):
        pin_key(node, OFFICER, PinKeyRequest())
    served = set_to(node, str(key.certificate), str(key.key))
    answer = pin_key(served, OFFICER, PinKeyRequest())
    assert (answer.pin, pins(answer)) == (key.pin.hex(), [("good", False, True)])
    assert tls_verdict(served) == ("good", "1 stated")


def test_a_key_is_made_where_there_is_none(node: Node) -> None:
    answer = pin_key(node, OFFICER, PinKeyRequest(make_for=("hub.freedonia.example",)))
    assert (node.folder / answer.tls_key).stat().st_mode & 0o077 == 0
    assert pins(answer) == [("good", False, False)], "it is not shown before the settings name it"
    served = set_to(node, answer.tls_certificate, answer.tls_key)
    assert tls_verdict(served) == ("good", "1 stated")


def test_an_older_key_ends_after_the_overlap(node: Node, tmp_path: Path) -> None:
    old, new = a_key(tmp_path, "old"), a_key(tmp_path, "new")
    pin_key(node, OFFICER, PinKeyRequest(certificate=old.pem))
    answer = pin_key(node, OFFICER, PinKeyRequest(certificate=new.pem, overlap_days=2))
    assert pins(answer) == [("good", True, False), ("good", False, False)]
    back = pin_key(node, OFFICER, PinKeyRequest(certificate=old.pem))
    assert sorted(pins(back)) == [("good", False, False), ("good", True, False)]


def test_other_rotations_leave_the_pin_as_it_is(node: Node, tmp_path: Path) -> None:
    key = a_key(tmp_path, "server")
    pin_key(node, OFFICER, PinKeyRequest(certificate=key.pem))
    shown = rotate_key(node, OFFICER, RotateKeyRequest(use="record"))
    assert [(one.public, one.state) for one in shown.keys if one.use == "tls-pin"] == [(key.pin.hex(), "good")]


def test_a_served_key_that_is_not_stated_is_a_fault(node: Node, tmp_path: Path) -> None:
    stated, shown = a_key(tmp_path, "stated"), a_key(tmp_path, "shown")
    assert tls_verdict(set_to(node, str(shown.certificate), str(shown.key)))[0] == "good"
    pin_key(node, OFFICER, PinKeyRequest(certificate=stated.pem))
    assert tls_verdict(set_to(node, str(shown.certificate), str(shown.key)))[0] == "fault"


def test_what_cannot_be_stated_is_refused_and_changes_nothing(node: Node, tmp_path: Path) -> None:
    key, other = a_key(tmp_path, "server"), a_key(tmp_path, "other")
    pin_key(node, OFFICER, PinKeyRequest(certificate=key.pem))
    serial = revoke_key(node, OFFICER, RevokeKeyRequest(key=key_id(key.pin), suspect_from="2031-03-01")).serial
    refused: list[tuple[PinKeyRequest, type[ComityError]]] = [
        (PinKeyRequest(certificate=key.pem), Conflict),
        (PinKeyRequest(certificate="no certificate"), UsageError),
        (PinKeyRequest(certificate=other.pem, make_for=("hub.example",)), UsageError),
        (PinKeyRequest(make_for=("no name at all",)), UsageError),
    ]
    for request, error in refused:
        with pytest.raises(error):
            pin_key(node, OFFICER, request)
    after = pin_key(node, OFFICER, PinKeyRequest(certificate=other.pem)).keys
    assert after.serial == serial + 1
    with pytest.raises(Conflict, match="stated already"):
        pin_key(node, OFFICER, PinKeyRequest(certificate=other.pem))


def test_a_missing_file_and_a_root_key_kept_elsewhere_are_said(node: Node, tmp_path: Path) -> None:
    with pytest.raises(NodeError, match="cannot be read"):
        pin_key(set_to(node, "gone.pem", "gone.key"), OFFICER, PinKeyRequest())
    away = take_root_away(node, tmp_path / "safe.pem")
    with pytest.raises(NodeError, match="--root"):
        pin_key(away, OFFICER, PinKeyRequest(certificate=a_key(tmp_path, "server").pem))


def test_only_an_administrator_states_a_key(node: Node, tmp_path: Path) -> None:
    operator = msgspec.structs.replace(OFFICER, role="operator")
    with pytest.raises(NotPermitted):
        pin_key(node, operator, PinKeyRequest(certificate=a_key(tmp_path, "server").pem))
