"""Decides which facts of an item a release decision may look at: a closed, versioned tuple, the item's class.

Decisions are made per class, never per object; whatever is not in here cannot change an answer. Instants (embargo,
expiry) are columns of the item and not facts.
"""

from functools import lru_cache

import msgspec

from comity.values import PartyName, Tlp

FACTS_VERSION = 1

Personal = str  # "no" | "yes" | "undetermined"

# The place in this list is the type's number in a node's tables: only ever append.
TYPES = tuple(
    """relationship sighting marking-definition extension-definition language-content identity
    attack-pattern campaign course-of-action grouping incident indicator infrastructure intrusion-set
    location malware malware-analysis note observed-data opinion report threat-actor tool vulnerability
    artifact autonomous-system directory domain-name email-addr email-message file ipv4-addr ipv6-addr mac-addr mutex
    network-traffic process software url user-account windows-registry-key x509-certificate""".split()
)
KNOWN_TYPES = frozenset(TYPES)
TYPE_NUMBERS = {name: number for number, name in enumerate(TYPES, 1)}
# Visible only if every end is. A translation repeats what it translates, so it stands and falls with that.
TRANSLATION = "language-content"
GATED_TYPES = frozenset(("relationship", "sighting", TRANSLATION))
OTHER_TYPE = "other"

_CATEGORIES = {
    "threat": "attack-pattern campaign infrastructure intrusion-set malware malware-analysis threat-actor tool",
    "indicator": "indicator",
    "observation": """observed-data sighting artifact autonomous-system directory domain-name email-addr email-message
        file ipv4-addr ipv6-addr mac-addr mutex network-traffic process software url user-account
        windows-registry-key x509-certificate""",
    "vulnerability": "vulnerability",
    "defence": "course-of-action",
    "incident": "incident grouping note opinion report",
    "entity": "identity location",
    "link": "relationship",
    "meta": "marking-definition extension-definition language-content",
}
CATEGORY_OF_TYPE = {kind: category for category, kinds in _CATEGORIES.items() for kind in kinds.split()}
CATEGORIES = (*_CATEGORIES, OTHER_TYPE)


class ClassFacts(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """The facts of one class of items.

    `tlp` and `classification` are the level in force for the object as a whole; each granular portion has a class of
    its own. `consents` names the parties to whom the originator has released it by an act.
    """

    originator: PartyName
    received_from: PartyName
    type: str
    category: str
    tlp: Tlp
    classification: int = 0
    personal: Personal = "no"
    originator_control: bool = False
    restricted: bool = False
    consents: tuple[PartyName, ...] = ()
    version: int = FACTS_VERSION

    @property
    def key(self) -> str:
        """One text per distinct class: its JSON with the fields in this order."""
        return msgspec.json.encode(self).decode()


def type_fact(stix_type: str) -> str:
    """Give the type as a fact: itself if STIX 2.1 defines it, else `other` (the tuple must stay closed)."""
    return stix_type if stix_type in KNOWN_TYPES else OTHER_TYPE


def category_fact(stix_type: str) -> str:
    """Give the category a type belongs to."""
    return CATEGORY_OF_TYPE.get(stix_type, OTHER_TYPE)


@lru_cache(maxsize=16_384)
def facts_of_key(key: str) -> ClassFacts:
    """Read a class back from its key."""
    return msgspec.json.decode(key.encode(), type=ClassFacts)
