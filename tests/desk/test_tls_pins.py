"""Tests which TLS keys count for which server, and what an alarm on another one says."""

from pathlib import Path

import pytest

from comity.desk.pin_key import PinKeyRequest, pin_key
from comity.desk.tls_pins import key_watched, pins_at, served_pin, stream_at
from comity.errors import WrongTlsKey
from comity.stores import directory
from comity.wire.outbound import Pins
from tests.support.federation import Member, gapped
from tests.support.fronts import a_key
from tests.support.nodes import OFFICER

AT_NODE = "http://127.0.0.1:8700/taxii2/"


def pins(reader: Member, party: str, url: str) -> Pins:
    with reader.node.store.read() as tx:
        row = directory.party_named(tx, party)
        assert row is not None
        return pins_at(tx, row.no, url, reader.node.clock())


def test_what_is_stated_counts_where_the_anchor_says_that_the_node_is(tmp_path: Path) -> None:
    with gapped(tmp_path, "Freedonia CSIRT", "Ruritania CSIRT") as (free, ruri):
        assert pins(ruri, free.name, AT_NODE) == Pins()
        key = a_key(tmp_path, "server")
        pin_key(free.node, OFFICER, PinKeyRequest(certificate=key.pem))
        assert pins(ruri, free.name, AT_NODE) == Pins(), "until it has come"
        ruri.meet(free)
        assert pins(ruri, free.name, AT_NODE) == Pins(live=frozenset((key.pin,)))
        assert pins(ruri, free.name, "https://library.example/taxii2/") == Pins()


def test_an_alarm_names_the_key_that_was_shown_and_keeps_its_certificate(tmp_path: Path) -> None:
    with gapped(tmp_path, "Freedonia CSIRT", "Ruritania CSIRT") as (free, ruri):
        with ruri.node.store.read() as tx:
            row = directory.party_named(tx, free.name)
        assert row is not None
        for certificate in (b"no certificate", b""):
            with pytest.raises(WrongTlsKey), key_watched(ruri.node, row.no):
                raise WrongTlsKey("{host} shows another", certificate, host="hub.example")
        (alarm,) = ruri.alarms()
        assert (alarm.kind, alarm.times) == ("tls-key", 2)
        assert "hub.example shows the TLS key none that can be read" in alarm.facts


def test_a_node_without_a_certificate_shows_no_key(tmp_path: Path) -> None:
    with gapped(tmp_path, "Freedonia CSIRT") as (free,):
        assert served_pin(free.node) is None


def test_a_stream_is_named_by_its_collection() -> None:
    assert stream_at("https://hub.example/taxii2/root/collections/abc/") == "abc"
