"""Decides whether a mail is signed by a party whose key is held, and opens what is encrypted to this node.

OpenPGP as RFC 3156, S/MIME as RFC 8551; the outermost layers alone. A certificate counts because the operator laid it
under the party's name, by nothing that stands in the mail. Runs in the mail's own process.
"""

import email
import hashlib
from collections.abc import Mapping
from email.message import Message
from typing import Any, Final, Literal, NamedTuple, TypeAlias

Seal: TypeAlias = Literal["", "good", "bad", "unknown-key", "not-opened"]
MOST_LAYERS: Final = 3
_HEADS: Final = ("From", "To", "Cc", "Date", "Subject", "Message-ID", "MIME-Version")
_NONE: Final[Seal] = ""
_UNREADABLE: Final = (ValueError, TypeError, LookupError, AttributeError)  # what asn1crypto says of broken structures
_CMS: Final = frozenset(("application/pkcs7-mime", "application/x-pkcs7-mime"))
_CMS_SIGNATURE: Final = frozenset(("application/pkcs7-signature", "application/x-pkcs7-signature"))


class Keys(NamedTuple):
    """Certificates of parties, as OpenPGP and X.509 (PEM), by the party's short name; and what this node opens by."""

    openpgp: Mapping[str, bytes] = {}
    x509: Mapping[str, bytes] = {}
    own_openpgp: bytes = b""
    own_x509: bytes = b""  # the private key and its certificate


class Opened(NamedTuple):
    """A mail with its layers taken off. `signer`: the party whose certificate the signature holds by."""

    body: bytes
    seal: Seal = ""
    signer: str = ""
    was_encrypted: bool = False


class _Within(NamedTuple):
    """What stands in an opaque signature, and the signature with it."""

    content: bytes
    signature: bytes


def opened(body: bytes, keys: Keys) -> Opened:
    """Take the layers off a mail, as far as they can be."""
    found, seal = Opened(body), _NONE
    for _ in range(MOST_LAYERS):
        message = email.message_from_bytes(found.body)
        kind = message.get_content_type()
        within = _signed_within(message) if kind in _CMS else None
        if within is not None:
            seal, signer = _judged_cms(within.content, within.signature, keys)
            return Opened(_with_heads(message, within.content), seal, signer, found.was_encrypted)
        if kind in _CMS and message.get_param("smime-type") == "signed-data":
            return found._replace(seal="bad", signer="")
        if kind == "multipart/encrypted" or kind in _CMS:
            inner = _decrypted(message, kind, keys)
            if inner is None:
                return found._replace(seal="not-opened", signer="")
            entity, signer = inner
            seal = "good" if signer else found.seal
            found = Opened(_with_heads(message, entity), seal, signer or found.signer, True)
        elif kind == "multipart/signed":
            seal, signer = _judged(message, found.body, keys)
            if seal != "good":
                return found._replace(seal=seal, signer="")
            # What is read is what was verified: two readers may see different ends of one part.
            content = _signed_bytes(found.body, str(message.get_boundary() or "")) or b""
            found = found._replace(body=_with_heads(message, content), seal=seal, signer=signer)
            return found
        else:
            return found
    return found


def _signed_within(message: Message) -> _Within | None:
    """Give what an opaque signature holds; None if it is none. What it is, its bytes say, and no parameter of its head.

    Source: RFC 8551 §3.5.2; RFC 5652 §5.2: an absent content is signed beside, and of something else than this mail.
    """
    from asn1crypto import cms  # noqa: PLC0415

    der = message.get_payload(decode=True)
    try:
        info = cms.ContentInfo.load(der, strict=True)
        if info["content_type"].native != "signed_data":
            return None
        inner = info["content"]["encap_content_info"]
        if inner["content_type"].native != "data" or inner["content"].native is None:
            return None
        return _Within(bytes(inner["content"]), der if isinstance(der, bytes) else b"")
    except _UNREADABLE:
        return None


def _with_heads(message: Message, entity: bytes) -> bytes:
    """Put the outer head before what was inside, for the inner one says no sender."""
    heads = [f"{name}: {message[name]}".encode("utf-8", "replace") for name in _HEADS if message[name]]
    return b"\r\n".join([*heads, entity.lstrip(b"\r\n")])


def _decrypted(message: Message, kind: str, keys: Keys) -> tuple[bytes, str] | None:
    return _decrypted_pgp(message, keys) if kind == "multipart/encrypted" else _decrypted_cms(message, keys)


def _decrypted_pgp(message: Message, keys: Keys) -> tuple[bytes, str] | None:
    import pysequoia  # noqa: PLC0415 - loaded in the process that reads mails alone

    parts = message.get_payload()
    if not keys.own_openpgp or not isinstance(parts, list) or len(parts) < 2 or not isinstance(parts[1], Message):
        return None
    content: Any = parts[1].get_payload(decode=True)
    certs = _certs(keys)
    try:
        decryptor = pysequoia.Tsk.from_bytes(keys.own_openpgp).decryptor()
    except (RuntimeError, ValueError, TypeError):
        return None
    # Asked for signatures, the library gives nothing where none holds: then it is read as one that has none.
    for store in ((lambda ids: list(certs.values())), None):
        try:
            inner: Any = pysequoia.decrypt(content, decryptor=decryptor, store=store)
        except (RuntimeError, ValueError, TypeError):
            continue
        return bytes(inner.bytes), "" if store is None else _party_of(inner.valid_sigs, certs)
    return None


def _decrypted_cms(message: Message, keys: Keys) -> tuple[bytes, str] | None:
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_private_key, pkcs7  # noqa: PLC0415

    content = message.get_payload(decode=True)
    if not keys.own_x509 or not isinstance(content, bytes):
        return None
    try:
        secret: Any = load_pem_private_key(keys.own_x509, None)
        certificate = x509.load_pem_x509_certificate(keys.own_x509)
        return pkcs7.pkcs7_decrypt_der(content, certificate, secret, []), ""
    except (ValueError, TypeError, NotImplementedError):
        return None


def _judged(message: Message, body: bytes, keys: Keys) -> tuple[Seal, str]:
    parts = message.get_payload()
    content = _signed_bytes(body, str(message.get_boundary() or ""))
    if not isinstance(parts, list) or len(parts) != 2 or not isinstance(parts[1], Message) or content is None:
        return "bad", ""
    signature = parts[1].get_payload(decode=True)
    kind = parts[1].get_content_type()
    if not isinstance(signature, bytes):
        return "bad", ""
    if kind == "application/pgp-signature":
        return _judged_pgp(content, signature, keys)
    return _judged_cms(content, signature, keys) if kind in _CMS_SIGNATURE else ("unknown-key", "")


def _signed_bytes(body: bytes, boundary: str) -> bytes | None:
    """Give the bytes that a signature covers: the first part between its boundaries, its lines ended as on the wire."""
    if not boundary:
        return None
    mark = b"--" + boundary.encode("utf-8", "replace")
    wire = b"\r\n" + body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    begin = wire.find(b"\r\n" + mark + b"\r\n")
    if begin < 0:
        return None
    begin += len(mark) + 4
    end = wire.find(b"\r\n" + mark, begin - 2)
    return None if end < 0 else wire[begin:end]


def _certs(keys: Keys) -> dict[str, Any]:
    import pysequoia  # noqa: PLC0415

    found: dict[str, Any] = {}
    for party, content in keys.openpgp.items():
        try:
            for number, cert in enumerate(pysequoia.Cert.split_bytes(content)):
                found[f"{party}/{number}"] = cert
        except (RuntimeError, ValueError, TypeError):
            continue  # a certificate that cannot be read vouches for nobody
    return found


def _party_of(signatures: Any, certs: Mapping[str, Any]) -> str:
    by = {str(one.certificate) for one in signatures}
    return next((name.partition("/")[0] for name, cert in certs.items() if str(cert.fingerprint) in by), "")


def _judged_pgp(content: bytes, signature: bytes, keys: Keys) -> tuple[Seal, str]:
    import pysequoia  # noqa: PLC0415

    certs = _certs(keys)
    try:
        said = pysequoia.Sig.from_bytes(signature)
        judged = pysequoia.verify(bytes=content, store=lambda ids: list(certs.values()), signature=said)
    except (RuntimeError, ValueError, TypeError):
        return ("bad" if _is_by_known(signature, certs) else "unknown-key"), ""
    party = _party_of(judged.valid_sigs, certs)
    return ("good", party) if party else ("unknown-key", "")


def _is_by_known(signature: bytes, certs: Mapping[str, Any]) -> bool:
    """Tell whether a signature that does not hold names a key that is held: then it is not merely unknown."""
    import pysequoia  # noqa: PLC0415

    try:
        issuer = str(pysequoia.Sig.from_bytes(signature).issuer_fingerprint or "")
    except (RuntimeError, ValueError, TypeError):
        return True
    return bool(issuer) and any(issuer.encode() in bytes(str(cert.fingerprint), "ascii") for cert in certs.values())


def _judged_cms(content: bytes, signature: bytes, keys: Keys) -> tuple[Seal, str]:
    from asn1crypto import cms  # noqa: PLC0415

    try:
        info = cms.ContentInfo.load(signature, strict=True)
        if info["content_type"].native != "signed_data":
            return "bad", ""
        signers = list(info["content"]["signer_infos"])
    except _UNREADABLE:
        return "bad", ""
    certificates = _x509_of(keys)
    known = False
    for signer in signers[:10]:
        for party, certificate in certificates:
            try:
                if _names(signer, certificate):
                    known = True
                    if _holds(signer, certificate, content):
                        return "good", party
            except _UNREADABLE:
                continue  # what cannot be read does not hold
    return ("bad" if known else "unknown-key"), ""


def _x509_of(keys: Keys) -> list[tuple[str, Any]]:
    from cryptography import x509  # noqa: PLC0415

    found: list[tuple[str, Any]] = []
    for party, content in keys.x509.items():
        try:
            found.extend((party, one) for one in x509.load_pem_x509_certificates(content))
        except ValueError:
            continue
    return found


def _names(signer: Any, certificate: Any) -> bool:
    """Tell whether a signer is named by this certificate's issuer and number."""
    chosen = signer["sid"].chosen
    if signer["sid"].name != "issuer_and_serial_number":
        return False
    same = chosen["issuer"].dump() == certificate.issuer.public_bytes()
    return bool(same and chosen["serial_number"].native == certificate.serial_number)


def _holds(signer: Any, certificate: Any, content: bytes) -> bool:
    """Tell whether a signature holds over a content. Source: RFC 5652 §5.4, §5.6."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa  # noqa: PLC0415

    name = signer["digest_algorithm"]["algorithm"].native
    kinds: dict[str, hashes.HashAlgorithm] = {
        "sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512(),
    }  # fmt: skip
    attributes = {one["type"].native: one["values"][0].native for one in signer["signed_attrs"]}
    if name not in kinds or attributes.get("message_digest") != hashlib.new(name, content).digest():
        return False
    # The signature covers the attributes as a set, and not by the tag with which they stand in the structure.
    covered = b"\x31" + signer["signed_attrs"].dump()[1:]
    key, given = certificate.public_key(), signer["signature"].native
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(given, covered, padding.PKCS1v15(), kinds[name])
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(given, covered, ec.ECDSA(kinds[name]))
        else:
            return False
    except InvalidSignature:
        return False
    return True
