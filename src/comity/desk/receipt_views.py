"""Shows what officers have said of items and acts.

Not a verb: those that list receipts and those that show items share it.
"""

from collections.abc import Collection, Iterable

import msgspec

from comity.records import codec, dsse
from comity.records.kinds import GuestReceipt, Receipt
from comity.stores.answering import Answer
from comity.values import Instant, iso


class ReceiptView(msgspec.Struct, frozen=True, kw_only=True):
    """What an officer said. `said_at` is the officer's own word; `kept_at` is when this node kept it.

    `of` is the SHA-256 of what it speaks of, `about` the STIX id that the officer saw. `unsigned`: the party has no
    node, and this one recorded what its officer said here; the party has signed nothing.
    """

    party: str
    to: str
    level: str
    about: str
    of: str
    by: str
    reason: str | None
    until: str | None
    said_at: str
    kept_at: str
    unsigned: bool = False


def receipt_view(answer: Answer) -> ReceiptView | None:
    """Give a receipt as people need it; None if this version cannot read it."""
    act = codec.decode(dsse.unverified_payload(answer.envelope))  # verified when it was kept
    if not isinstance(act, Receipt | GuestReceipt):
        return None
    unsigned = isinstance(act, GuestReceipt)
    return ReceiptView(
        party=answer.party,
        to=act.issuer if isinstance(act, GuestReceipt) else act.to,
        level=act.level,
        about=act.about or "",
        of=answer.of_sha256.hex(),
        by=act.by or "",
        reason=act.reason,
        until=act.until,
        said_at=act.at,
        kept_at=iso(Instant(answer.at_ms)),
        unsigned=unsigned,
    )


def receipt_views(answers: Iterable[Answer], but: Collection[int] = ()) -> list[ReceiptView]:
    """Give receipts as people need them. What was recorded of a guest stands once, though it is found by two digests.

    Args:
        but: acts (by number) of which, if a guest's, nothing more is shown.
    """
    found, seen = [], set(but)
    for one in answers:
        view = receipt_view(one)
        if view is None or (view.unsigned and one.record_no in seen):
            continue
        seen.add(one.record_no)
        found.append(view)
    return found
