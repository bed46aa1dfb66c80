"""Mails that are signed or encrypted, by OpenPGP and S/MIME, with keys made for the test."""

from datetime import UTC, datetime
from email.message import Message
from email.mime.multipart import MIMEMultipart
from typing import Any, NamedTuple

import pysequoia
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

HEADS = (
    "From: CERT Ruritania <cert@ruritania.example>\r\nTo: duty@freedonia.example\r\nSubject: Locker\r\n"
    "Message-ID: <1@ruritania.example>\r\nMIME-Version: 1.0\r\n"
)
ENTITY = b"Content-Type: text/plain; charset=utf-8\r\n\r\nThe server locker.example is theirs.\r\n"


class X509(NamedTuple):
    """A key with a certificate that it signed itself."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @property
    def public(self) -> bytes:
        """The certificate (PEM)."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def secret(self) -> bytes:
        """Key and certificate (PEM)."""
        plain = serialization.NoEncryption()
        form = serialization.PrivateFormat.PKCS8
        return self.key.private_bytes(serialization.Encoding.PEM, form, plain) + self.public


def an_x509(name: str) -> X509:
    """Make a key with its certificate."""
    key = rsa.generate_private_key(65537, 2048)
    said = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder().subject_name(said).issuer_name(said).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(datetime(2020, 1, 1, tzinfo=UTC)).not_valid_after(
        datetime(2060, 1, 1, tzinfo=UTC)
    )
    return X509(key, builder.sign(key, hashes.SHA256()))


def signed_by_pgp(secret: Any, entity: bytes = ENTITY) -> bytes:
    """Sign as RFC 3156 has it."""
    seal = pysequoia.sign(secret.signer(), entity, mode=pysequoia.SignatureMode.DETACHED)
    return _signed(entity, "application/pgp-signature", seal, b"7bit")


def encrypted_by_pgp(public: Any, signer: Any | None = None, entity: bytes = ENTITY) -> bytes:
    """Encrypt as RFC 3156 has it, and sign within if somebody signs."""
    content = pysequoia.encrypt(entity, [public], signer=None if signer is None else signer.signer())
    outer = MIMEMultipart("encrypted", protocol="application/pgp-encrypted")
    for kind, body in (("application/pgp-encrypted", b"Version: 1\n"), ("application/octet-stream", content)):
        part = Message()
        part["Content-Type"] = kind
        part.set_payload(body.decode("ascii"))
        outer.attach(part)
    del outer["MIME-Version"]
    return HEADS.encode() + outer.as_bytes().replace(b"\n", b"\r\n")


def signed_by_smime(who: X509, entity: bytes = ENTITY) -> bytes:
    """Sign as RFC 8551 has it, the signature beside the content."""
    options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary]
    builder = pkcs7.PKCS7SignatureBuilder().set_data(entity).add_signer(who.certificate, who.key, hashes.SHA256())
    seal = builder.sign(serialization.Encoding.DER, options)
    return _signed(entity, "application/pkcs7-signature", seal, b"base64")


def signed_within_by_smime(who: X509, entity: bytes = ENTITY, said: str = "; smime-type=signed-data") -> bytes:
    """Sign as RFC 8551 §3.5.2 has it, the content within the signature."""
    builder = pkcs7.PKCS7SignatureBuilder().set_data(entity).add_signer(who.certificate, who.key, hashes.SHA256())
    content = builder.sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary])
    head = f"Content-Type: application/pkcs7-mime{said}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return HEADS.encode() + head.encode() + _base64(content)


def encrypted_by_smime(to: X509, entity: bytes = ENTITY) -> bytes:
    """Encrypt as RFC 8551 has it."""
    builder = pkcs7.PKCS7EnvelopeBuilder().set_data(entity).add_recipient(to.certificate)
    content = builder.encrypt(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary])
    head = (
        "Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    )
    return HEADS.encode() + head.encode() + _base64(content)


def _signed(entity: bytes, kind: str, seal: bytes, how: bytes) -> bytes:
    body = seal.replace(b"\n", b"\r\n") if how == b"7bit" else _base64(seal)
    head = f'Content-Type: multipart/signed; boundary="frontier"; protocol="{kind}"\r\n\r\n'
    part = b"Content-Type: %s\r\nContent-Transfer-Encoding: %s\r\n\r\n%s" % (kind.encode(), how, body)
    return (
        HEADS.encode()
        + head.encode()
        + b"--frontier\r\n"
        + entity
        + b"\r\n--frontier\r\n"
        + part
        + b"\r\n--frontier--\r\n"
    )


def _base64(content: bytes) -> bytes:
    import base64

    return base64.encodebytes(content).replace(b"\n", b"\r\n")
