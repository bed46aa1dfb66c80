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
from tests.support.desk import Office
from tests.support.desks import OFFICER, freedonia
from tests.support.fronts import a_key
from tests.support.keyholders import take_root_away
from tests.support.two import Officer, asked


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


def test_a_second_person_approves_the_very_certificate_that_was_asked_for(office: Office) -> None:
    asker, other = Officer(office, "ada.min", "administrator"), Officer(office, "tomas.weyl", "approver", number=2)
    Officer(office, "mara.ellend", "duty-officer", number=3)
    wish = PinKeyRequest(make_for=("hub.freedonia.example",), reason="The first one.")
    answer = other.approve(asked(office.hub, asker.actor("administrator"), "key pin", wish))
    assert isinstance(answer, KeyPinned) and pins(answer) == [("good", False, False)]
    assert sorted(path.name for path in (office.hub.node.folder / "tls").iterdir()) == [
        "certificate-1.pem",
        "key-1.pem",
    ]
    again = other.approve(asked(office.hub, asker.actor("administrator"), "key pin", wish))
    assert isinstance(again, KeyPinned) and again.pin != answer.pin, "what is stated is not taken again"


@pytest.mark.parametrize(
    ("name", "error"),
    [
        *(
            (name, "host name or an address")
            for name in ("a" * 64, "999.1.1.1", "-a", "a-", "fe80::1%eth0", "a..b", "*.b")
        ),
        ("a." * 127 + "b", "host name or an address"),
    ],
)
def test_a_certificate_is_made_only_for_what_one_can_stand_for(node: Node, name: str, error: str) -> None:
    with pytest.raises(UsageError, match=error):
        pin_key(node, OFFICER, PinKeyRequest(make_for=(name,)))
    assert not (node.folder / "tls").exists()


def test_nothing_is_made_where_what_is_asked_for_cannot_be_or_has_no_room(node: Node, tmp_path: Path) -> None:
    pem = a_key(tmp_path, "server").certificate.read_text()
    with pytest.raises(UsageError, match="either a certificate"):
        pin_key(node, OFFICER, PinKeyRequest(certificate=pem, make_for=("hub.example",)))
    assert not (node.folder / "tls").exists()
    with pytest.raises(Conflict, match="32 keys are stated"):
        for _ in range(40):
            pin_key(node, OFFICER, PinKeyRequest(make_for=("hub.example",), overlap_days=366))
    made, keys = len(list((node.folder / "tls").iterdir())), sorted((node.folder / "keys").iterdir())
    for refused in (PinKeyRequest(make_for=("hub.example",)),):
        with pytest.raises(Conflict, match="32 keys"):
            pin_key(node, OFFICER, refused)
    with pytest.raises(Conflict, match="32 keys"):
        rotate_key(node, OFFICER, RotateKeyRequest(use="record"))
    assert len(list((node.folder / "tls").iterdir())) == made and sorted((node.folder / "keys").iterdir()) == keys


def test_a_private_key_is_not_taken_and_the_root_key_is_no_folder(node: Node, tmp_path: Path) -> None:
    key = a_key(tmp_path, "server")
    with pytest.raises(UsageError, match="private key"):
        pin_key(node, OFFICER, PinKeyRequest(certificate=key.key.read_text() + key.certificate.read_text()))
    with pytest.raises(UsageError, match="not a plain file"):
        pin_key(node, OFFICER, PinKeyRequest(certificate=key.certificate.read_text(), root=str(tmp_path)))
