"""Tests that a TLS key is told by its pin, and that a certificate which the node makes is one that servers can use."""

import hashlib
import ssl
import subprocess
from pathlib import Path

import pytest

from comity.errors import NodeError, UsageError
from comity.values import instant
from comity.wire.tls_keys import make_certificate, pin_of_certificate, pin_of_pem
from tests.support.certificates import a_certificate
from tests.support.nodes import CountedEntropy

NOW = instant("2031-03-01T12:00:00Z")


def test_a_pin_is_what_openssl_says_it_is(tmp_path: Path) -> None:
    certificate, _ = a_certificate(tmp_path)
    public = subprocess.run(
        ["openssl", "x509", "-in", certificate, "-noout", "-pubkey"], check=True, capture_output=True
    ).stdout
    der = subprocess.run(
        ["openssl", "pkey", "-pubin", "-outform", "DER"], check=True, capture_output=True, input=public
    ).stdout
    assert pin_of_pem(certificate.read_bytes()) == hashlib.sha256(der).digest()
    assert pin_of_pem(public) == hashlib.sha256(der).digest()


@pytest.mark.parametrize("pem", [b"", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", b"\xff" * 99])
def test_what_is_no_certificate_has_no_pin(pem: bytes) -> None:
    with pytest.raises(UsageError):
        pin_of_pem(pem)
    assert pin_of_certificate(pem) is None


def test_each_certificate_that_is_made_has_a_key_of_its_own_and_private_files(tmp_path: Path) -> None:
    entropy = CountedEntropy()
    made = [make_certificate(tmp_path, ("hub.example", "::1"), NOW, entropy) for _ in range(2)]
    assert [one.certificate for one in made] == ["tls/certificate-1.pem", "tls/certificate-2.pem"]
    assert len({pin_of_pem((tmp_path / one.certificate).read_bytes()) for one in made}) == 2
    for one in made:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(tmp_path / one.certificate, tmp_path / one.key)
        assert (tmp_path / one.key).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("names", [(), ("",), ("a b",), ("*",), ("hub..example",), ("höhle.example",)])
def test_a_certificate_stands_for_names_alone(tmp_path: Path, names: tuple[str, ...]) -> None:
    with pytest.raises(UsageError):
        make_certificate(tmp_path, names, NOW, CountedEntropy())
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "tls").write_text("in the way")
    with pytest.raises(NodeError):
        make_certificate(tmp_path, ("hub.example",), NOW, CountedEntropy())
