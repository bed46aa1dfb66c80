"""Reads the data files that come with the product: marking schemes, IEP terms, rules on personal data.

Unknown keys fail, every entry says its source and the day it was checked. Read once, when the node is opened.
"""

import tomllib
from datetime import date
from importlib.resources import files
from typing import TypeVar

import msgspec

from comity.errors import CatalogueError
from comity.records.iep import IepTerm
from comity.records.markings import MarkingRules
from comity.records.personal import PersonalRule, PersonalRules, index_rules
from comity.records.schemes import Scheme, index_schemes
from comity.values import Json, Tlp

SCHEMES = "schemes.toml"
IEP = "iep.toml"
PERSONAL = "personal_data.toml"


class SilentExtension(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An extension of marking definitions that is known to restrict nothing."""

    id: str
    reason: str
    source: str
    checked: str
    verified: bool


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """The product's data, ready for use, and the entries as they stand for the reference pages."""

    markings: MarkingRules
    personal: PersonalRules
    schemes: tuple[Scheme, ...]
    iep_terms: tuple[IepTerm, ...]
    personal_rules: tuple[PersonalRule, ...]
    silent_extensions: tuple[SilentExtension, ...]


class _SchemesFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    scheme: tuple[Scheme, ...]
    silent_extension: tuple[SilentExtension, ...]


class _IepFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    source: str
    checked: str
    verified: bool
    term: tuple[IepTerm, ...]


class _PersonalFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rule: tuple[PersonalRule, ...]


_File = TypeVar("_File", bound=msgspec.Struct)


def load_catalogue() -> Catalogue:
    """Read every data file of the product.

    Raises:
        CatalogueError: a file is not in order; names it and the field.
    """
    return catalogue_of({name: files(__package__).joinpath(name).read_bytes() for name in (SCHEMES, IEP, PERSONAL)})


def catalogue_of(contents: dict[str, bytes]) -> Catalogue:
    """Make the catalogue from the contents of its files by name.

    Raises:
        CatalogueError: a file is not in order.
    """
    schemes = _read(SCHEMES, contents, _SchemesFile)
    iep = _read(IEP, contents, _IepFile)
    personal = _read(PERSONAL, contents, _PersonalFile)
    _distinct(SCHEMES, "scheme.id", [scheme.id for scheme in schemes.scheme])
    _distinct(IEP, "term", [f"{term.field}={term.value}" for term in iep.term])
    _distinct(PERSONAL, "rule.id", [rule.id for rule in personal.rule])
    try:
        rules = index_rules(personal.rule)
    except ValueError as exc:
        raise CatalogueError(PERSONAL, "rule", str(exc)) from exc
    return Catalogue(
        markings=MarkingRules(
            schemes=index_schemes(schemes.scheme),
            iep={(term.field, term.value): term.effect for term in iep.term},
            silent_extensions=frozenset(extension.id for extension in schemes.silent_extension),
        ),
        personal=rules,
        schemes=schemes.scheme,
        iep_terms=iep.term,
        personal_rules=personal.rule,
        silent_extensions=schemes.silent_extension,
    )


def _read(name: str, contents: dict[str, bytes], shape: type[_File]) -> _File:
    try:
        raw = tomllib.loads(contents[name].decode())
    except ValueError as exc:  # TOML and UTF-8 errors
        raise CatalogueError(name, "$", str(exc)) from exc
    try:
        return msgspec.convert(_plain(name, "$", raw), shape)
    except msgspec.ValidationError as exc:
        what, _, path = str(exc).partition(" - at ")
        raise CatalogueError(name, path.strip("`") or "$", what) from exc


def _plain(name: str, path: str, value: object) -> Json:
    """Turn what TOML gives into JSON, its dates into text and TLP words into levels."""
    if isinstance(value, dict):
        return {key: _field(name, f"{path}.{key}", key, inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(name, f"{path}[{n}]", inner) for n, inner in enumerate(value)]
    if isinstance(value, bool | int | float | str):
        return value
    raise CatalogueError(name, path, "a date stands only in `checked`")


def _field(name: str, path: str, key: str, value: object) -> Json:
    if key == "checked":
        if not isinstance(value, date):
            raise CatalogueError(name, path, "must be a date")
        return value.isoformat()
    if key == "tlp":
        try:
            return int(Tlp.of(value if isinstance(value, str) else ""))
        except ValueError as exc:
            raise CatalogueError(name, path, str(exc)) from exc
    return _plain(name, path, value)


def _distinct(name: str, field: str, ids: list[str]) -> None:
    seen: set[str] = set()
    for one in ids:
        if one in seen:
            raise CatalogueError(name, field, f"{one} stands twice")
        seen.add(one)
