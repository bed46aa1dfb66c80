"""Tests that a mail counts as a party's by a held key alone, and that what is read is what was verified."""

import base64
from collections.abc import Callable

import pysequoia
import pytest
from asn1crypto import cms

from comity.wire.mail_reader import see_mail
from comity.wire.mail_seals import Keys, opened
from tests.support.sealed_mails import (
    ENTITY,
    HEADS,
    an_x509,
    encrypted_by_pgp,
    encrypted_by_smime,
    signed_by_pgp,
    signed_by_smime,
    signed_within_by_smime,
)

PGP, OTHER_PGP, OWN_PGP = (pysequoia.Tsk.generate(name) for name in ("cert@ruritania.example", "x@y.example", "own"))
SMIME, OTHER_SMIME, OWN_SMIME = (an_x509(name) for name in ("CERT Ruritania", "CERT Ruritania", "Freedonia"))
KEYS = Keys(
    openpgp={"ruritania-csirt": bytes(PGP.extract_certificate()), "broken": b"no certificate"},
    x509={"ruritania-csirt": SMIME.public, "broken": b"no certificate"},
    own_openpgp=bytes(OWN_PGP),
    own_x509=OWN_SMIME.secret,
)
SIGNED: dict[str, Callable[[], bytes]] = {
    "openpgp": lambda: signed_by_pgp(PGP),
    "smime": lambda: signed_by_smime(SMIME),
}


@pytest.mark.parametrize("form", SIGNED)
def test_a_signature_by_a_held_key_says_whose_mail_it_is(form: str) -> None:
    body = SIGNED[form]()
    found = opened(body, KEYS)
    assert (found.seal, found.signer, found.was_encrypted) == ("good", "ruritania-csirt", False)
    assert b"locker.example" in found.body and found.body.startswith(b"From: CERT Ruritania")
    assert opened(body.replace(b"\r\n", b"\n"), KEYS).seal == "good"  # as mail programs save it
    assert opened(body, Keys()).seal == "unknown-key"


@pytest.mark.parametrize("form", SIGNED)
def test_what_was_changed_does_not_hold(form: str) -> None:
    found = opened(SIGNED[form]().replace(b"locker.example", b"newest.example"), KEYS)
    assert found.seal in ("bad", "unknown-key") and found.signer == ""


@pytest.mark.parametrize("form", SIGNED)
def test_nothing_is_read_that_was_not_signed(form: str) -> None:
    extra = b"\r\n--frontierX\r\n\r\nand evil.example\r\n--frontier\r\nContent-Type: application/p"
    body = SIGNED[form]().replace(b"\r\n--frontier\r\nContent-Type: application/p", extra, 1)
    found = opened(body, KEYS)
    assert found.seal != "good" or b"evil.example" not in found.body
    before = SIGNED[form]().replace(b"--frontier\r\n", b"--frontier\r\n\r\nevil.example\r\n--frontier\r\n", 1)
    assert opened(before, KEYS).seal != "good"


@pytest.mark.parametrize("said", ["; smime-type=signed-data", "", "; smime-type=enveloped-data"])
def test_what_stands_within_a_signature_is_opened_and_judged_by_its_bytes(said: str) -> None:
    found = opened(signed_within_by_smime(SMIME, said=said), KEYS)
    assert (found.seal, found.signer, found.was_encrypted) == ("good", "ruritania-csirt", False)
    assert found.body.endswith(ENTITY) and b"Subject: Locker" in found.body
    foreign = opened(signed_within_by_smime(OTHER_SMIME, said=said), KEYS)
    assert foreign[1:3] == ("unknown-key", "") and foreign.body.endswith(ENTITY), (
        "it is read, and vouched for by nobody"
    )


def test_content_that_was_changed_within_its_signature_does_not_hold() -> None:
    body = signed_within_by_smime(SMIME)
    head, _, content = body.partition(b"base64\r\n\r\n")
    changed = base64.b64decode(content).replace(b"locker.example", b"newest.example")
    found = opened(head + b"base64\r\n\r\n" + base64.encodebytes(changed), KEYS)
    assert (found.seal, found.signer) == ("bad", "") and b"newest.example" in found.body


def test_a_signature_without_its_content_is_of_nothing_here() -> None:
    beside = signed_by_smime(SMIME)
    seal = beside.rpartition(b"\r\n\r\n")[2].partition(b"\r\n--frontier--")[0]
    for said in (b"; smime-type=signed-data", b""):
        head = b"Content-Type: application/pkcs7-mime" + said + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        assert opened(HEADS.encode() + head + seal, KEYS).seal in ("bad", "not-opened")


def test_an_opaque_signature_within_an_encrypted_mail_is_judged() -> None:
    found = opened(encrypted_by_smime(OWN_SMIME, signed_within_by_smime(SMIME)[len(HEADS) :]), KEYS)
    assert (found.seal, found.signer, found.was_encrypted) == ("good", "ruritania-csirt", True)
    assert found.body.endswith(ENTITY)


@pytest.mark.parametrize("body", [signed_by_pgp(OTHER_PGP), signed_by_smime(OTHER_SMIME)])
def test_the_name_in_a_foreign_certificate_counts_for_nothing(body: bytes) -> None:
    assert opened(body, KEYS)[1:3] == ("unknown-key", "")


def test_what_is_encrypted_to_the_node_is_opened() -> None:
    for body in (encrypted_by_pgp(OWN_PGP.extract_certificate()), encrypted_by_smime(OWN_SMIME)):
        found = opened(body, KEYS)
        assert (found.seal, found.was_encrypted) == ("", True) and b"locker.example" in found.body
        assert opened(body, Keys()).seal == "not-opened"
    both = opened(encrypted_by_pgp(OWN_PGP.extract_certificate(), PGP), KEYS)
    assert (both.seal, both.signer, both.was_encrypted) == ("good", "ruritania-csirt", True)


def test_a_signed_mail_within_an_encrypted_one_is_judged() -> None:
    inner = signed_by_smime(SMIME)[len(HEADS) :]
    found = opened(encrypted_by_smime(OWN_SMIME, inner), KEYS)
    assert (found.seal, found.signer, found.was_encrypted) == ("good", "ruritania-csirt", True)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"Content-Type: multipart/signed\r\n\r\n", b"Content-Type: multipart/encrypted\r\n\r\n",
        b"Content-Type: multipart/signed; boundary=x\r\n\r\n--x\r\n\r\na\r\n--x\r\n"
        b"Content-Type: application/pgp-signature\r\n\r\nno\r\n--x--\r\n",
        b"Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\nMIAGCSqGSIb3DQEHA6CA\r\n",
        signed_by_smime(SMIME)[:-300], signed_within_by_smime(SMIME)[:-300],
        b"Content-Type: application/pkcs7-mime; smime-type=signed-data\r\n\r\nno",
    ],
)  # fmt: skip
def test_a_broken_seal_is_borne(body: bytes) -> None:
    assert opened(body, KEYS).seal != "good"


def test_it_is_judged_in_the_mails_own_process() -> None:
    within = see_mail(signed_within_by_smime(SMIME), KEYS)
    assert (within.seal, within.signer, within.protected) == ("good", "ruritania-csirt", ())
    assert [one.value for one in within.findings] == ["locker.example"]
    seen = see_mail(signed_by_smime(SMIME), KEYS)
    assert (seen.seal, seen.signer) == ("good", "ruritania-csirt")
    assert [one.value for one in seen.findings] == ["locker.example"]
    sealed = see_mail(encrypted_by_pgp(OWN_PGP.extract_certificate(), PGP), KEYS)
    assert (sealed.seal, sealed.was_encrypted, sealed.heads["subject"]) == ("good", True, "Locker")
    assert ENTITY.partition(b"\r\n\r\n")[2].decode().strip() in sealed.text


@pytest.mark.parametrize("values", [0, 2])
def test_a_seal_with_an_attribute_that_says_nothing_or_too_much_does_not_hold(values: int) -> None:
    head, _, content = signed_within_by_smime(SMIME).partition(b"\r\n\r\n")
    info = cms.ContentInfo.load(base64.b64decode(content))
    attribute = info["content"]["signer_infos"][0]["signed_attrs"][0]
    attribute["values"] = [attribute["values"][0]] * values
    mail = head + b"\r\n\r\n" + base64.encodebytes(info.dump(force=True))
    assert (opened(mail, KEYS).seal, opened(mail, KEYS).signer) == ("bad", "")
