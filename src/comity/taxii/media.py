"""Decides which media types are understood: what a client may ask for, and in what it may send.

Lenient on purpose. Clients in the field send `application/json`, lists, quoted versions, odd case and spaces; all get
the same answer. Only a client that speaks of nothing but another TAXII version is refused: it could not read ours.
"""

import re

TAXII = "application/taxii+json;version=2.1"
STIX_21 = "application/stix+json;version=2.1"

_OTHER_VERSION = {"application/vnd.oasis.taxii+json", "application/vnd.oasis.stix+json"}  # TAXII 2.0's own types
_SENDABLE = {"application/taxii+json", "application/json", "application/stix+json"}
_LIST = re.compile(r'((?:[^,"]|"(?:[^"\\]|\\.)*"?)+)')
_PARTS = re.compile(r'((?:[^;"]|"(?:[^"\\]|\\.)*"?)+)')


def acceptable(accept: str | None) -> bool:
    """Tell whether a client that sent this `Accept` can take TAXII 2.1; False means 406."""
    if not accept or accept == TAXII:
        return True
    ranges = [_media_range(part) for part in _LIST.findall(accept)]
    wanted = [(kind, parameters) for kind, parameters in ranges if not _is_refused(parameters)]
    if any(not _is_other_version(kind, parameters) for kind, parameters in wanted):
        return True
    return not any(_is_other_version(kind, parameters) for kind, parameters in wanted)


def sendable(content_type: str | None) -> bool:
    """Tell whether a body of this `Content-Type` is read; False means 415. No type at all is taken as TAXII."""
    if content_type is None or not content_type.strip():
        return True
    kind, parameters = _media_range(content_type)
    return kind in _SENDABLE and (kind == "application/json" or parameters.get("version", "2.1") == "2.1")


def _media_range(text: str) -> tuple[str, dict[str, str]]:
    """Split `type/subtype;name=value`, names in lower case, values without quotes."""
    kind, *rest = _PARTS.findall(text) or [""]
    parameters: dict[str, str] = {}
    for part in rest:
        name, _, value = part.partition("=")
        parameters.setdefault(name.strip().lower(), value.strip().strip('"').strip())
    return kind.strip().lower(), parameters


def _is_other_version(kind: str, parameters: dict[str, str]) -> bool:
    return kind in _OTHER_VERSION or (
        kind in {"application/taxii+json", "application/stix+json"} and parameters.get("version", "2.1") != "2.1"
    )


def _is_refused(parameters: dict[str, str]) -> bool:
    """Tell whether the range has the weight 0, which says "not this one" (RFC 9110 §12.4.2)."""
    return bool(re.fullmatch(r"0(\.0{0,3})?", parameters.get("q", "1")))
