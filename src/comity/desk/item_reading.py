"""Decides what intake needs to know of an item's bytes: all that follows from them alone, read in one go.

Neither source, store nor time is asked, so that it can be done ahead, in another process.
"""

import hashlib

import msgspec

from comity.desk.derive import derive
from comity.records.envelope import SPEC_NUMBERS, read_envelope, scan_id
from comity.records.log.entry import encoded_own
from comity.records.personal import Personal, PersonalRules, personal_data
from comity.values import id_key

_MOST_REMEMBERED = 10_000


class ItemReading(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What is read of an item that is not held yet."""

    stix_id: str
    type: str
    version: str
    version_us: int
    spec: int  # the version of STIX, in tenths
    marking_ids: tuple[str, ...]
    granular: bool
    personal: Personal
    flags: int
    ref_keys: bytes | None
    companion_keys: bytes | None
    links: list[tuple[bytes, int]]  # (key, role)
    values: tuple[tuple[str, str], ...]  # (kind, value)
    logged: bytes  # as `encoded_own` writes it


class Seen(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What an item is looked up by; `reading` is there if it was read as well."""

    stix_id: str
    key: bytes
    sha256: bytes
    reading: ItemReading | None = None


class ItemReader:
    """Reads items. State: the keys of ids that many items name."""

    def __init__(self, rules: PersonalRules) -> None:
        self._rules = rules
        self._keys: dict[str, bytes] = {}

    def look(self, body: bytes) -> Seen | None:
        """Give what an item is looked up by; None if no id can be read."""
        stix_id = scan_id(body)
        return None if stix_id is None else Seen(stix_id, id_key(stix_id), hashlib.sha256(body).digest())

    def read(self, body: bytes, sha256: bytes) -> ItemReading:
        """Read an item; `sha256`: of its bytes.

        Raises:
            RecordRejected: it cannot be read.
        """
        envelope = read_envelope(body, sha256)
        beside = derive(envelope, self._key)
        moment, spec = envelope.version_us, SPEC_NUMBERS[envelope.spec_version]
        return ItemReading(
            envelope.stix_id,
            envelope.type,
            envelope.version,
            envelope.version_us,
            spec,
            envelope.marking_ids,
            envelope.granular,
            personal_data(envelope.parsed, self._rules),
            *beside,
            encoded_own(envelope.stix_id, envelope.type, envelope.version, moment, spec, sha256),
        )

    def _key(self, named: str) -> bytes:
        """Give the key of an id that many objects may name: an author's, a marking's."""
        key = self._keys.get(named)
        if key is None:
            if len(self._keys) >= _MOST_REMEMBERED:
                self._keys = {}
            key = self._keys[named] = id_key(named)
        return key
