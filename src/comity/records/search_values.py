"""Decides under which values an item can be found: what it names, observes and detects, in one normal form.

Values are trimmed and in lower case, not otherwise changed: what is written defanged is found as written. At most 64
are given, each at most 256 characters, ids of catalogues and names first.
"""

import re

from comity.values import Json, JsonObject

MOST_VALUES = 64
LONGEST_VALUE = 256
LONGEST_PATTERN = 64 << 10  # characters read of one pattern

SearchValue = tuple[str, str]  # (kind, value)

# One comparison of a pattern: path, operator, then a literal or the list after IN. Each quantifier is possessive and
# each begins with what the one before cannot take; a name is tried only at its start, and a literal
# that never ends takes all the rest: so the time is linear in the text.
_COMPARISON = re.compile(
    r"""(?<![a-z0-9-])([a-z][a-z0-9-]*+):((?:[A-Za-z0-9_.-]++|'[^'\\]*+'|\[(?:[0-9]++|\*)\])++)\s*+
    (?:NOT\s++)?(?:=|IN\s*+\(|LIKE|MATCHES|ISSUBSET|ISSUPERSET)\s*+((?:'[^'\\]*+(?:\\.[^'\\]*+)*+'[\s,]*+)++)
    |'[^'\\]*+(?:\\.[^'\\]*+)*+(?:'|\\?\Z)""",
    re.VERBOSE | re.DOTALL,
)
_LITERAL = re.compile(r"'([^'\\]*+(?:\\.[^'\\]*+)*+)'", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)

_OBSERVABLE_KEYS = {
    "artifact": ("url",),
    "autonomous-system": ("number", "name"),
    "directory": ("path",),
    "domain-name": ("value",),
    "email-addr": ("value", "display_name"),
    "email-message": ("subject", "message_id"),
    "file": ("name",),
    "ipv4-addr": ("value",),
    "ipv6-addr": ("value",),
    "mac-addr": ("value",),
    "mutex": ("name",),
    "process": ("command_line", "name"),
    "software": ("name", "cpe"),
    "url": ("value",),
    "user-account": ("user_id", "account_login", "display_name"),
    "windows-registry-key": ("key",),
    "x509-certificate": ("serial_number", "subject", "issuer"),
}


def search_values(obj: JsonObject) -> tuple[SearchValue, ...]:
    """Give the (kind, value) pairs of an item; kinds are `name`, `external-id` and object paths (`url:value`)."""
    found: dict[SearchValue, None] = {}
    references = obj.get("external_references")
    if isinstance(references, list):
        _external_ids(references, found)
    kind = obj.get("type")
    keys = _OBSERVABLE_KEYS.get(kind) if isinstance(kind, str) else None
    if keys is not None and isinstance(kind, str):
        _observable(kind, keys, obj, found)
    else:
        _add(found, "name", obj.get("name"))
        for key in ("aliases", "x_mitre_aliases"):
            aliases = obj.get(key)
            if isinstance(aliases, list):
                for alias in aliases[:MOST_VALUES]:
                    _add(found, "name", alias)
    pattern = obj.get("pattern")
    if isinstance(pattern, str) and obj.get("pattern_type", "stix") == "stix":
        _pattern_values(pattern, found)
    if kind == "observed-data":
        _observed(obj.get("objects"), found)
    return tuple(found)[:MOST_VALUES]


def _add(found: dict[SearchValue, None], kind: str, value: Json) -> None:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, str) and 0 < len(value) <= 4 * LONGEST_VALUE:
        plain = value.strip().lower()
        # PostgreSQL's text takes no NUL; a value with one names nothing that anybody looks for.
        if 0 < len(plain) <= LONGEST_VALUE and "\0" not in plain and "\0" not in kind:
            found[kind, plain] = None


def _external_ids(references: list[Json], found: dict[SearchValue, None]) -> None:
    for reference in references[:MOST_VALUES]:
        if isinstance(reference, dict) and "external_id" in reference:
            _add(found, "external-id", reference["external_id"])


def _observable(kind: str, keys: tuple[str, ...], obj: JsonObject, found: dict[SearchValue, None]) -> None:
    for key in keys:
        if key in obj:
            _add(found, f"{kind}:{key}", obj[key])
    hashes = obj.get("hashes")
    if isinstance(hashes, dict):
        for algorithm, digest in list(hashes.items())[:MOST_VALUES]:
            _add(found, _hash_kind(kind, algorithm), digest)


def _hash_kind(kind: str, algorithm: str) -> str:
    return f"{kind}:hashes.'{algorithm[:32].upper()}'"


def _observed(observables: Json, found: dict[SearchValue, None]) -> None:
    if isinstance(observables, dict):
        for inner in list(observables.values())[:MOST_VALUES]:
            kind = inner.get("type") if isinstance(inner, dict) else None
            if isinstance(inner, dict) and isinstance(kind, str) and kind in _OBSERVABLE_KEYS:
                _observable(kind, _OBSERVABLE_KEYS[kind], inner, found)


def _pattern_values(pattern: str, found: dict[SearchValue, None]) -> None:
    for comparison in _COMPARISON.finditer(pattern[:LONGEST_PATTERN]):
        kind, path, literals = comparison.groups()
        if kind is None:
            continue  # a literal that no comparison claims
        is_hash = path.startswith("hashes.")
        name = _hash_kind(kind, path[7:].strip("'")) if is_hash else f"{kind}:{path[:80]}"
        for literal in _LITERAL.findall(literals):
            _add(found, name, _ESCAPED.sub(r"\1", literal) if "\\" in literal else literal)
            if len(found) >= MOST_VALUES:
                return
