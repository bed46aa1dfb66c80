"""Small values that every floor uses: instants, party names, TLP levels, STIX ids and times."""

from comity.values.json import Json, JsonObject
from comity.values.names import PartyName, party_name
from comity.values.stix import id_key, stix_us
from comity.values.times import Instant, instant, iso, iso_or_none
from comity.values.tlp import Tlp

__all__ = [
    "Instant",
    "Json",
    "JsonObject",
    "PartyName",
    "Tlp",
    "id_key",
    "instant",
    "iso",
    "iso_or_none",
    "party_name",
    "stix_us",
]
