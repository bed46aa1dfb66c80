"""Decides how a mail is kept: its bytes as an artifact, and a grouping of what was taken out of it.

Both are TLP:RED, whatever the mail says: it was written to its recipients. What is taken out of it bears the mail's own
level. The artifact follows from the bytes alone, so the same mail is kept once.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID, uuid5

from comity.records.indicators import following, marking_of
from comity.values import Instant, Json, JsonObject, Tlp, iso

ENVELOPE: Final = "x_comity_mail"
_MAILS: Final = UUID("9d0d9a86-58ac-4c3e-9a2b-9f2a2ab34f0a")
_TYPES: Final = {"eml": "message/rfc822", "msg": "application/vnd.ms-outlook"}


def artifact_id(party: str, body: bytes) -> str:
    """Give the id under which a party's mail is kept."""
    return f"artifact--{uuid5(_MAILS, f'{party}/{hashlib.sha256(body).hexdigest()}')}"


def grouping_id(party: str, body: bytes) -> str:
    """Give the id of what was taken out of a party's mail."""
    return grouping_id_of(party, hashlib.sha256(body).hexdigest())


def grouping_id_of(party: str, sha256: str) -> str:
    """Give the same of a mail whose SHA-256 is known, in hexadecimal."""
    return f"grouping--{uuid5(_MAILS, f'{party}/{sha256}')}"


def artifact_of(party: str, body: bytes, form: str, heads: Mapping[str, str]) -> JsonObject:
    """Give the artifact that carries a mail's bytes, with its head as read."""
    head: JsonObject = {name: text for name, text in heads.items() if text}
    return {
        "type": "artifact",
        "spec_version": "2.1",
        "id": artifact_id(party, body),
        "mime_type": _TYPES[form],
        "payload_bin": base64.b64encode(body).decode(),
        "hashes": {"SHA-256": hashlib.sha256(body).hexdigest()},
        "object_marking_refs": [marking_of(Tlp.RED)],
        ENVELOPE: head,
    }


def body_in(artifact: JsonObject) -> bytes | None:
    """Give the bytes of the mail that an artifact carries; None if it carries none of ours."""
    payload = artifact.get("payload_bin")
    if ENVELOPE not in artifact or not isinstance(payload, str):
        return None
    try:
        return base64.b64decode(payload, validate=True)
    except ValueError:
        return None


def grouping_of(
    party: str,
    body: bytes,
    mail: str,
    subject: str,
    taken: Sequence[tuple[str, str]],
    held: JsonObject | None,
    now: Instant,
) -> JsonObject:
    """Give the grouping of what was taken out of a mail.

    Args:
        mail: id under which the mail is kept.
        taken: id of an indicator, and the sentence around it.
        held: the newest version held; what it names stays named.
    """
    before = held.get("object_refs") if held is not None else None
    refs: list[Json] = [mail, *(before if isinstance(before, list) else [])]
    refs += [stix_id for stix_id, _ in taken]
    said = held.get("description") if held is not None else None
    lines = (said.split("\n") if isinstance(said, str) else []) + [sentence for _, sentence in taken if sentence]
    obj: JsonObject = {
        "type": "grouping",
        "spec_version": "2.1",
        "id": grouping_id(party, body),
        "created": iso(now),
        "modified": iso(now),
        "name": subject or "(no subject)",
        "context": "suspicious-activity",
        "object_refs": list(dict.fromkeys(str(ref) for ref in refs)),
        "object_marking_refs": [marking_of(Tlp.RED)],
    }
    if lines:
        obj["description"] = "\n".join(dict.fromkeys(lines))
    return obj if held is None else following(held, obj)
