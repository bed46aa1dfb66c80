"""Tells TLS keys by their pins, and makes a certificate for a node that has none.

A pin is the SHA-256 of the SubjectPublicKeyInfo, as in RFC 7469 §2.4 and RFC 7671 §5.1 (usage 3, selector 1): a new
certificate of the same key has the same pin.
"""

import hashlib
import os
import re
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_public_key,
)
from cryptography.x509.oid import NameOID

from comity.errors import NodeError, UsageError
from comity.values import Instant
from comity.wire.new_files import to_disk

FOLDER: Final = "tls"  # in the node's folder
PRIVATE: Final = b"PRIVATE KEY-----"  # what stands in the PEM of a private key of any kind
DAYS: Final = 397  # what browsers take from a certificate; a peer goes by the pin
_SEED_BYTES: Final = 40  # FIPS 186-5 §A.2.1: 64 bits more than the order has
# SEC 2 §2.4.2, the order of P-256.
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
LARGEST_PEM: Final = 65_536  # characters
_LONGEST_NAME: Final = 64  # X.520, common name
_LONGEST_DNS: Final = 253
# RFC 1123 §2.1; the last label is not all digits, or it would be an address.
_LABEL: Final = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DNS: Final = re.compile(rf"(?:{_LABEL}\.)*(?![0-9]+$){_LABEL}")


class Made(NamedTuple):
    """The files of a new certificate, as the node's settings name them: relative to its folder."""

    certificate: str
    key: str


def pin_of_certificate(der: bytes) -> bytes | None:
    """Give the pin of the key that a certificate names; none if it cannot be read."""
    try:
        key = x509.load_der_x509_certificate(der).public_key()
        return _pin(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    except (ValueError, UnsupportedAlgorithm):
        return None


def pin_of_pem(pem: bytes) -> bytes:
    """Give the pin of a certificate chain's first certificate, or of a public key.

    Raises:
        UsageError: it is neither, or holds a private key.
    """
    if PRIVATE in pem:
        raise UsageError("this holds a private key: hand in the certificate alone")
    try:
        if b"-----BEGIN PUBLIC KEY-----" in pem:
            return _pin(load_pem_public_key(pem).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
        pin = pin_of_certificate(x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER))
    except (ValueError, UnsupportedAlgorithm) as exc:
        raise UsageError("this is no certificate and no public key in PEM") from exc
    if pin is None:
        raise UsageError("the key of this certificate is of a kind that cannot be pinned")
    return pin


def made_before(folder: Path, names: Sequence[str], stated: Collection[bytes], now: Instant) -> Made | None:
    """Give the newest certificate that was made for just these names, is valid still, and whose pin is not `stated`.

    Raises:
        UsageError: a name is none.
    """
    wanted, moment = _alternative(names), datetime.fromtimestamp(int(now) / 1000, UTC)
    for path in sorted((folder / FOLDER).glob("certificate-*.pem"), key=lambda path: len(path.name), reverse=True):
        key = path.with_name(path.name.replace("certificate-", "key-", 1))
        try:
            found = x509.load_pem_x509_certificate(path.read_bytes())
            same = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value == wanted
        except (OSError, ValueError, x509.ExtensionNotFound, UnsupportedAlgorithm):
            continue
        pin = pin_of_certificate(found.public_bytes(Encoding.DER))
        if same and pin not in stated and found.not_valid_after_utc > moment and key.is_file():
            return Made(f"{FOLDER}/{path.name}", f"{FOLDER}/{key.name}")
    return None


def make_certificate(
    folder: Path, names: Sequence[str], now: Instant, entropy: Callable[[int], bytes], days: int = DAYS
) -> Made:
    """Make a key and a certificate that it signs itself, durably, beside those that are there.

    Args:
        folder: the node's.
        names: DNS names and addresses that it stands for; at least one.

    Raises:
        UsageError: a name is none. NodeError: the folder cannot be written.
    """
    number = entropy(_SEED_BYTES)
    key = ec.derive_private_key(int.from_bytes(number) % (_ORDER - 1) + 1, ec.SECP256R1())
    certificate = _signed(key, names, now, days)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        place = folder / FOLDER
        place.mkdir(mode=0o700, exist_ok=True)
        count = 1
        while (place / f"key-{count}.pem").exists() or (place / f"certificate-{count}.pem").exists():
            count += 1
        _write(place / f"key-{count}.pem", private)
        _write(place / f"certificate-{count}.pem", certificate.public_bytes(Encoding.PEM))
        to_disk(place)
    except OSError as exc:
        raise NodeError("{what} cannot be made: {strerror}", what=folder / FOLDER, strerror=exc.strerror) from exc
    return Made(f"{FOLDER}/certificate-{count}.pem", f"{FOLDER}/key-{count}.pem")


def _pin(spki: bytes) -> bytes:
    return hashlib.sha256(spki).digest()


def _signed(key: ec.EllipticCurvePrivateKey, names: Sequence[str], now: Instant, days: int) -> x509.Certificate:
    made = datetime.fromtimestamp(int(now) / 1000, UTC)
    stands_for = _alternative(names)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:_LONGEST_NAME])])
    return (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(made - timedelta(days=1))  # clocks of those who read it may be behind
        .not_valid_after(made + timedelta(days=days))
        .add_extension(stands_for, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )


def _alternative(names: Sequence[str]) -> x509.SubjectAlternativeName:
    try:
        found = [_general(name) for name in dict.fromkeys(names)]
    except ValueError as exc:
        raise UsageError("a certificate stands for a host name or an address: name one") from exc
    if not found:
        raise UsageError("a certificate stands for a host name or an address: name one")
    return x509.SubjectAlternativeName(found)


def _general(name: str) -> x509.GeneralName:
    with suppress(ValueError):
        if "%" not in name:  # a zone means something on one machine alone
            return x509.IPAddress(ip_address(name))
    if len(name) > _LONGEST_DNS or not _DNS.fullmatch(name):
        raise ValueError(name)
    return x509.DNSName(name)


def _write(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
