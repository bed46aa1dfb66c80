"""Decides what an Information Exchange Policy 2.0 asks of this node, field by field.

Source: FIRST IEP 2.0 framework and JSON specification (2019); OASIS extension
`extension-definition--762e2e97-ee51-43e5-a9ea-165fbb862c4a`. What each value means is data (`catalogue/iep.toml`): it
is carried to the reader with the object, asks for the originator's control, or refuses. A field or value not in the
table refuses: it may be the one that forbids.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec

from comity.values import Instant, JsonObject, Tlp, instant

IEP_EXTENSION = "extension-definition--762e2e97-ee51-43e5-a9ea-165fbb862c4a"
_DESCRIPTIVE = frozenset(
    "id iep_id name policy_name description external_reference external_references extension_type".split()
)
_DATES = ("start_date", "end_date")

IepEffect = Literal["carried", "originator-control", "refused"]


class IepTerm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One value of one IEP field and what this node does with it."""

    field: str
    value: str
    effect: IepEffect
    reason: str


class IepReading(msgspec.Struct, frozen=True, kw_only=True):
    """What a policy asks. `starts` and `expires` bound the policy: outside them it gives no leave to pass on."""

    tlp: Tlp | None = None
    starts: Instant | None = None
    expires: Instant | None = None
    originator_control: bool = False
    unknown: bool = False
    flags: tuple[str, ...] = ()


IepTerms = Mapping[tuple[str, str], IepEffect]


def read_iep(policy: JsonObject, terms: IepTerms) -> IepReading:
    """Read the fields of a policy; whatever cannot be read makes the reading unknown."""
    unknown = _version_is_other(policy)
    effects: list[IepEffect] = []
    flags: list[str] = []
    for field, value in policy.items():
        if field in _DESCRIPTIVE or field in _DATES or field in ("iep_version", "tlp"):
            continue
        effect = terms.get((field, value.lower())) if isinstance(value, str) else None
        effects.append(effect or "refused")
        if effect:
            flags.append(f"iep:{field}={str(value).lower()}")
    tlp, tlp_unread = _tlp(policy)
    starts, starts_unread = _date(policy, "start_date")
    expires, expires_unread = _date(policy, "end_date")
    return IepReading(
        tlp=tlp,
        starts=starts,
        expires=expires,
        originator_control="originator-control" in effects,
        unknown=unknown or tlp_unread or starts_unread or expires_unread or "refused" in effects,
        flags=("iep", *sorted(flags)),
    )


def _version_is_other(policy: JsonObject) -> bool:
    version = policy.get("iep_version")
    return isinstance(version, bool) or version not in (2, 2.0, "2", "2.0")


def _tlp(policy: JsonObject) -> tuple[Tlp | None, bool]:
    word = policy.get("tlp")
    if word is None:
        return None, False
    try:
        return Tlp.of(word if isinstance(word, str) else ""), False
    except ValueError:
        return None, True


def _date(policy: JsonObject, field: str) -> tuple[Instant | None, bool]:
    text = policy.get(field)
    if text is None:  # IEP 2.0: a null end_date never ends
        return None, False
    try:
        return instant(text if isinstance(text, str) else ""), False
    except (ValueError, OverflowError):
        return None, True
