"""Decides what stands beside an item's bytes because of them: flags, keys, links and search values.

Intake writes it; `log verify` makes it again and compares.
"""

from collections.abc import Callable
from typing import NamedTuple

from comity.records.envelope import Envelope
from comity.records.required import BARE, SELF_STANDING
from comity.records.search_values import search_values
from comity.rooms.release.renditions import Recipe, Withheld, render
from comity.stores.states import END, FRAGILE, MEMBER, REFS, REVOKED, UPGRADE
from comity.values import id_key


class Derived(NamedTuple):
    """What follows from the bytes of an item alone; whether it has PORTIONS follows from markings too."""

    flags: int
    ref_keys: bytes | None
    companion_keys: bytes | None
    links: list[tuple[bytes, int]]  # (key, role)
    values: tuple[tuple[str, str], ...]  # (kind, value)


def derive(envelope: Envelope, key: Callable[[str], bytes] = id_key) -> Derived:
    """Derive it all; `key` may remember what it was asked before."""
    refs, created_by = envelope.refs, envelope.created_by
    flags = (
        (UPGRADE if envelope.spec_version == "2.0" else 0)
        | (REFS if refs else 0)
        | (REVOKED if envelope.revoked else 0)
        | (FRAGILE if refs and is_fragile(envelope) else 0)
    )
    links = [(id_key(end), END) for end in envelope.ends]
    if refs and refs != (created_by,):
        links += [(key(ref), MEMBER) for ref in refs if ref != created_by]
    return Derived(
        flags,
        b"".join(map(key, refs)) or None,
        b"".join(map(key, companions(envelope))) or None,
        links,
        search_values(envelope.parsed),
    )


def companions(envelope: Envelope) -> tuple[str, ...]:
    """Give the ids of what flows along with an object: its creator, its markings, its extensions."""
    named: list[str] = [envelope.created_by] if envelope.created_by else []
    named.extend(envelope.marking_ids)
    if envelope.granular:
        granular = envelope.parsed.get("granular_markings")
        for marking in granular if isinstance(granular, list) else []:
            ref = marking.get("marking_ref") if isinstance(marking, dict) else None
            named.extend([ref] if isinstance(ref, str) else [])
    extensions = envelope.parsed.get("extensions")
    if isinstance(extensions, dict):
        named.extend(key for key in extensions if key.startswith("extension-definition--"))
    return tuple(named if len(named) < 2 else dict.fromkeys(named))


def is_fragile(envelope: Envelope) -> bool:
    """Is nothing left of an object without the references it makes to others?"""
    if not envelope.refs or envelope.refs == (envelope.stix_id,):
        return False
    if envelope.type in SELF_STANDING:
        for key in envelope.parsed:  # the usual case, without the work
            if key not in BARE and not key.endswith(("_ref", "_refs")):
                return False
    refs = frozenset(envelope.refs) - {envelope.stix_id}
    recipe = Recipe(upgrade=envelope.spec_version == "2.0", hidden_refs=refs)
    return isinstance(render(envelope.parsed, recipe), Withheld)
