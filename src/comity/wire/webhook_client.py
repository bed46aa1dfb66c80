"""Posts a signed message to a webhook, as the specification Standard Webhooks has it; of the answer the status counts.

The signature is HMAC-SHA256 over id, time and body, so that none of them can be another's. The id stays the same when a
message is sent again: a receiver that has it drops it.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from http import HTTPStatus

import msgspec

from comity.errors import NotFound, TooLarge, Unreachable, UsageError
from comity.values import Instant
from comity.wire.outbound import Limits, Line, Outbound, origin_of

LIMITS = Limits(answer_bytes=16 * 1024, connect_s=5.0, answer_s=20.0)
LARGEST_BODY_BYTES = 20 * 1024  # Standard Webhooks: payloads are small, at most 20 kB
SECRET_BYTES = 32
_PREFIX = "whsec_"
_SHORTEST, _LONGEST = 24, 64  # Standard Webhooks: bytes of a secret
_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")  # no dot: it parts what is signed


def new_secret(random: bytes) -> str:
    """Write random bytes as a secret for a webhook.

    Raises:
        UsageError: too few bytes, or too many.
    """
    secret = _PREFIX + base64.b64encode(random).decode()
    _key(secret)
    return secret


def signed_headers(secret: str, message_id: str, at: Instant, body: bytes) -> Mapping[str, str]:
    """Give the headers by which a receiver knows who sent a message, when, and that it came whole.

    Raises:
        UsageError: a secret or an id of another form.
    """
    if not _ID.fullmatch(message_id):
        raise UsageError("a message's id is of letters, digits, hyphens and underscores")
    at_s = str(at // 1000)
    signature = hmac.digest(_key(secret), b".".join((message_id.encode(), at_s.encode(), body)), hashlib.sha256)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": at_s,
        "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
        "content-type": "application/json",
    }


def post_webhook(outbound: Outbound, url: str, secret: str, message_id: str, at: Instant, body: bytes) -> None:
    """Send one message; on return the receiver has taken it.

    Raises:
        UsageError: no URL, or no secret. NotFound: the receiver wants no more of them (410).
        Unreachable: any other answer than success; it may be tried again. NotPermitted, TooLarge: as `Line.call`.
    """
    if len(body) > LARGEST_BODY_BYTES:
        raise TooLarge(LARGEST_BODY_BYTES)
    headers = signed_headers(secret, message_id, at, body)
    with Line(msgspec.structs.replace(outbound, limits=LIMITS), origin_of(url)) as line:
        answer = line.call("POST", url, headers=headers, body=body)
    if answer.status == HTTPStatus.GONE:
        raise NotFound("the webhook wants no more messages")
    if not 200 <= answer.status < 300:
        raise Unreachable("the webhook answers with status {status}", status=answer.status)


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError) as exc:
        raise UsageError("a webhook's secret is base64, after whsec_") from exc
    if not _SHORTEST <= len(key) <= _LONGEST:
        raise UsageError("a webhook's secret has {least} to {most} bytes", least=_SHORTEST, most=_LONGEST)
    return key
