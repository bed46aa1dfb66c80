"""A node states the TLS keys of its server; its peer takes those and no other, over real TLS on loopback."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from comity.desk.pin_key import PinKeyRequest, pin_key
from comity.desk.revoke_key import RevokeKeyRequest, revoke_key
from comity.desk.show_evidence import ShowEvidenceRequest, show_evidence
from comity.desk.tls_pins import pins_at
from comity.errors import Unreachable, WrongTlsKey
from comity.records.dsse import key_id
from comity.stores import directory
from comity.taxii.app import create_app
from comity.values import Instant, instant
from comity.wire.outbound import Pins
from tests.support.federation import Member, TickingClock
from tests.support.fronts import Front, TlsKey, a_key, fronted
from tests.support.nodes import OFFICER
from tests.support.taxii import served

DAY_MS = 86_400_000


class Two(NamedTuple):
    """Freedonia behind a TLS front, and Ruritania who would read from it."""

    free: Member
    ruri: Member
    front: Front
    first: TlsKey  # what the front shows at the begin
    keys: Path

    def key(self, name: str, **said: object) -> TlsKey:
        return a_key(self.keys, name, **said)  # type: ignore[arg-type]

    def pin(self, key: TlsKey, overlap_days: int = 7) -> None:
        pin_key(self.free.node, OFFICER, PinKeyRequest(certificate=key.pem, overlap_days=overlap_days))

    def ruri_meets(self) -> None:
        """Let Ruritania accept Freedonia's anchor as it is now, and read from there."""
        self.ruri.meet(self.free)
        self.ruri.read_from(self.free)

    def later(self, days: int) -> None:
        clock = self.free.node.clock
        clock.right = Instant(clock.right + days * DAY_MS)  # type: ignore[attr-defined]

    def ruri_trusts(self, *keys: TlsKey) -> None:
        """Let Ruritania take certificates as if authorities had signed them."""
        trusted = self.keys / "authorities.pem"
        trusted.write_text("".join(key.pem for key in keys))
        settings = msgspec.structs.replace(self.ruri.node.settings, outbound_ca=str(trusted))
        self.ruri.node = self.ruri.node._replace(settings=settings)


@contextmanager
def two(folder: Path) -> Iterator[Two]:
    clock, key = TickingClock(), a_key(folder / "keys", "first")
    free, ruri = (Member(folder / title, title, clock) for title in ("Freedonia CSIRT", "Ruritania CSIRT"))
    with closing(free), closing(ruri), fronted(key) as (front, url):
        settings = msgspec.structs.replace(free.node.settings, public_url=url)
        free.node, free.base = free.node._replace(settings=settings), url
        free.meet(ruri)
        with served(create_app(free.node)) as front.base:
            yield Two(free, ruri, front, key, folder / "keys")


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Two]:
    with two(tmp_path) as made:
        yield made


def test_a_self_signed_key_is_taken_by_its_pin_alone(pair: Two) -> None:
    with pytest.raises(Unreachable, match="certificate is not trusted"):
        pair.ruri_meets()
    pair.pin(pair.first)
    pair.ruri.meet(pair.free)
    pair.ruri.read_from(pair.free)
    assert pair.ruri.sync().error == ""
    assert pair.ruri.alarms() == []


def test_another_key_is_refused_with_an_alarm_and_hears_no_word(pair: Two) -> None:
    pair.pin(pair.first)
    pair.ruri_meets()
    pair.front.show(pair.key("somebody else's"))
    told = pair.ruri.sync()
    assert (told.code, "another TLS key than its party has stated" in told.error) == ("wrong-tls-key", True)
    assert pair.front.read == b"", "neither a login nor a question went there"
    (alarm,) = pair.ruri.alarms()
    assert (alarm.kind, alarm.party) == ("tls-key", "freedonia-csirt")
    shown = show_evidence(pair.ruri.node, OFFICER, ShowEvidenceRequest(number=alarm.no)).evidence
    assert "BEGIN CERTIFICATE" in str(shown)


def test_a_peer_is_not_even_entered_over_another_key(pair: Two) -> None:
    pair.pin(pair.key("stated"))
    with pytest.raises(WrongTlsKey):
        pair.ruri_meets()
    assert pair.front.read == b""
    assert [alarm.kind for alarm in pair.ruri.alarms()] == ["tls-key"]


def test_two_keys_count_through_a_rotation(pair: Two) -> None:
    old, new = pair.first, pair.key("second")
    pair.pin(old)
    pair.ruri_meets()
    pair.pin(new, overlap_days=7)
    assert pair.ruri.sync().error == "", "the new key set comes while the old key is shown"
    pair.front.show(new)
    assert pair.ruri.sync().error == ""
    pair.front.show(old)
    assert pair.ruri.sync().error == ""
    pair.later(8)
    assert pair.ruri.sync().code == "wrong-tls-key"
    pair.front.show(new)
    assert pair.ruri.sync().error == ""


def test_a_key_whose_statement_has_not_come_needs_a_new_anchor(pair: Two) -> None:
    pair.pin(pair.first)
    pair.ruri_meets()
    new = pair.key("second")
    pair.pin(new)
    pair.front.show(new)
    assert pair.ruri.sync().code == "wrong-tls-key"
    pair.ruri.meet(pair.free)
    assert pair.ruri.sync().error == ""


def test_a_revoked_key_is_refused_whoever_vouches_for_its_certificate(pair: Two) -> None:
    old, new = pair.first, pair.key("second")
    pair.pin(old)
    pair.ruri_meets()
    revoked = RevokeKeyRequest(key=key_id(old.pin), suspect_from="2031-03-01T12:00:00Z")
    pair.pin(new)
    revoke_key(pair.free.node, OFFICER, revoked)
    assert pair.ruri.sync().acts == 3, "until the statement has come, the key counts"
    told = pair.ruri.sync()
    assert (told.code, "revoked" in told.error) == ("wrong-tls-key", True)
    pair.ruri_trusts(old)
    assert pair.ruri.sync().code == "wrong-tls-key"
    pair.front.show(new)
    assert pair.ruri.sync().error == ""


def test_the_last_key_revoked_leaves_it_to_the_certificate_authorities_and_stays_refused(pair: Two) -> None:
    old, other = pair.first, pair.key("second")
    pair.pin(old)
    pair.ruri_meets()
    revoke_key(pair.free.node, OFFICER, RevokeKeyRequest(key=key_id(old.pin), suspect_from="2031-03-01T12:00:00Z"))
    assert pair.ruri.sync().acts == 2
    pair.ruri_trusts(old)
    assert pair.ruri.sync().code == "wrong-tls-key"
    pair.front.show(other)
    pair.ruri_trusts(other)
    assert pair.ruri.sync().error == ""


def test_dates_and_names_of_a_certificate_do_not_count_beside_its_pin(pair: Two) -> None:
    expired = pair.key("expired", since=instant("2001-03-01T12:00:00Z"), days=1)
    pair.front.show(expired)
    pair.pin(expired)
    pair.ruri_meets()
    assert pair.ruri.sync().error == ""


def test_a_trusted_authority_in_between_is_refused(pair: Two) -> None:
    pair.pin(pair.first)
    pair.ruri_meets()
    between = pair.key("office proxy")
    pair.ruri_trusts(between)
    pair.front.show(between)
    assert pair.ruri.sync().code == "wrong-tls-key"
    assert pair.front.read == b""


def test_another_server_of_the_same_party_is_known_by_its_certificate(pair: Two) -> None:
    pair.pin(pair.key("of the node"))
    pair.ruri.meet(pair.free)
    with pair.ruri.node.store.read() as tx:
        (party,) = [row for row in directory.party_rows(tx) if row.name == pair.free.name]
        at_node = pins_at(tx, party.no, f"{pair.free.base}/taxii2/", pair.ruri.node.clock())
        elsewhere = pins_at(tx, party.no, "https://library.example/taxii2/", pair.ruri.node.clock())
    assert (len(at_node.live), elsewhere) == (1, Pins())
