"""Decides what a clause of an agreement says: which working kind it is, and under which conditions it speaks.

Working kinds decide releases. The other kinds of the instruments catalogue are carried: kept with their words, shown
to people, and without effect on any release.
"""

import re
from collections.abc import Collection

import msgspec

from comity.errors import AgreementRejected
from comity.records.facts import CATEGORIES, KNOWN_TYPES, OTHER_TYPE
from comity.records.required import UNTOUCHABLE
from comity.rooms.release.fields import Fields, LanguageText, TomlTable
from comity.values import Instant, PartyName, Tlp

OPENING = ("share", "forward")
RESTRICTING = ("withhold", "use_limit", "redact")
WORKING_KINDS = (*OPENING, *RESTRICTING)
CARRIED_KINDS = tuple(
    """offence procedure assist preserve disclose confidentiality refusal poc report consult capacity abstain
    implement review""".split()
)
KINDS = (*WORKING_KINDS, *CARRIED_KINDS)

HIGHEST_CLASSIFICATION = 4
LONGEST_ARTICLE = 60
_PROPERTY = re.compile(r"[a-z0-9_]{3,250}")


class Clause(msgspec.Struct, frozen=True, kw_only=True):
    """One clause. Empty tuples and None mean: no such condition. `id` is `<agreement>/<article>`.

    `from_`, `to` and `by` empty mean every party, every other party, every other party. `starts` is inclusive, `ends`
    exclusive. `personal_data`: on share and forward False limits to items known to hold none; on the restricting
    kinds True limits to items that hold some or may.
    """

    id: str
    article: str
    kind: str
    text: LanguageText = ()
    from_: tuple[PartyName, ...] = ()
    to: tuple[PartyName, ...] = ()
    by: tuple[PartyName, ...] = ()
    types: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    originators: tuple[PartyName, ...] = ()
    tlp_at_most: Tlp | None = None
    tlp_at_least: Tlp | None = None
    classification_at_most: int = 0
    classification_at_least: int | None = None
    personal_data: bool | None = None
    properties: tuple[str, ...] = ()
    purpose: str = ""
    starts: Instant | None = None
    ends: Instant | None = None
    extra: tuple[tuple[str, str], ...] = ()

    @property
    def works(self) -> bool:
        """Does the clause decide anything, or is it only carried?"""
        return self.kind in WORKING_KINDS


def read_clause(table: TomlTable, agreement: str, path: str, parties: Collection[str]) -> Clause:
    """Read one `[[clause]]` table.

    Raises:
        AgreementRejected: with the path of the field and what to write instead.
    """
    fields = Fields(table, path)
    article = _article(fields)
    kind = fields.one_of("kind", KINDS)
    stem = Clause(id=f"{agreement}/{article}", article=article, kind=kind, text=fields.languages("text"))
    if not stem.works:
        return msgspec.structs.replace(stem, extra=fields.rest())
    clause = _conditions(fields, stem)
    clause = _opening(fields, clause) if kind in OPENING else _restricting(fields, clause)
    fields.done()
    _check_parties(fields, clause, parties)
    return clause


def _article(fields: Fields) -> str:
    article = fields.take("article")
    if not isinstance(article, str):
        raise fields.reject("article", 'write the article in quotes, as in article = "4(1)"')
    if not 0 < len(article) <= LONGEST_ARTICLE or not article.isprintable() or set(article) & set("\"'\\"):
        raise fields.reject("article", f"write 1 to {LONGEST_ARTICLE} printable characters without quotation marks")
    if article != article.strip():
        raise fields.reject("article", "remove the space before or after it")
    return article


def _known_type(word: str) -> str:
    if word not in KNOWN_TYPES and word != OTHER_TYPE:
        raise ValueError(f'not a STIX 2.1 object type; custom types are covered by "{OTHER_TYPE}"')
    return word


def _known_category(word: str) -> str:
    if word not in CATEGORIES:
        raise ValueError(f"write one of: {', '.join(CATEGORIES)}")
    return word


def _droppable(word: str) -> str:
    if not _PROPERTY.fullmatch(word):
        raise ValueError("write a property name as STIX has it, as in description")
    if word in UNTOUCHABLE:
        raise ValueError("this property cannot be dropped; withhold the object instead")
    return word


def _conditions(fields: Fields, stem: Clause) -> Clause:
    """Read what every working kind may say."""
    clause = msgspec.structs.replace(
        stem,
        from_=fields.names("from"),
        to=fields.names("to"),
        types=fields.words("types", _known_type),
        categories=fields.words("categories", _known_category),
        personal_data=fields.flag("personal_data"),
        starts=fields.moment("starts"),
        ends=fields.moment("ends"),
    )
    if clause.starts is not None and clause.ends is not None and clause.starts >= clause.ends:
        raise fields.reject("ends", "write a date after starts")
    return clause


def _opening(fields: Fields, clause: Clause) -> Clause:
    """Read what only share and forward say: the highest marking they reach, and who may pass on."""
    level = fields.level("tlp_at_most")
    if level is None:
        raise fields.reject("tlp_at_most", 'required: say up to which marking, as in tlp_at_most = "amber"')
    if level is Tlp.RED:
        raise fields.reject("tlp_at_most", "TLP:RED goes to named persons, never by a clause; write amber+strict")
    return msgspec.structs.replace(
        clause,
        tlp_at_most=level,
        classification_at_most=fields.number("classification_at_most", most=HIGHEST_CLASSIFICATION) or 0,
        by=fields.names("by") if clause.kind == "forward" else (),
    )


def _restricting(fields: Fields, clause: Clause) -> Clause:
    """Read what only withhold, use_limit and redact say."""
    if clause.personal_data is False:
        raise fields.reject("personal_data", "only true can be said here; to give nothing else, limit the share clause")
    clause = msgspec.structs.replace(
        clause,
        originators=fields.names("originators"),
        tlp_at_least=fields.level("tlp_at_least"),
        classification_at_least=fields.number("classification_at_least", most=HIGHEST_CLASSIFICATION),
    )
    if clause.kind == "withhold":
        _check_withhold(fields, clause)
    elif clause.kind == "redact":
        clause = msgspec.structs.replace(clause, properties=fields.words("properties", _droppable))
        if not clause.properties:
            raise fields.reject("properties", 'required: say what is dropped, as in properties = ["description"]')
    else:
        clause = msgspec.structs.replace(clause, purpose=fields.text("purpose") or "")
        if not clause.purpose and not clause.text:
            raise fields.reject("purpose", 'required: say the permitted use, as purpose = "…" or text.en = "…"')
    return clause


def _check_withhold(fields: Fields, clause: Clause) -> None:
    said = (clause.to, clause.types, clause.categories, clause.originators, clause.personal_data)
    if any(said) or clause.tlp_at_least is not None or clause.classification_at_least is not None:
        return
    raise fields.reject(
        "kind",
        "a withhold clause needs a condition: to, types, categories, tlp_at_least, classification_at_least, "
        "personal_data or originators; to give nothing, leave the share clause out",
    )


def _check_parties(fields: Fields, clause: Clause, parties: Collection[str]) -> None:
    """Refuse names that are not parties of the agreement, and clauses that can concern nobody."""
    for key, names in (("from", clause.from_), ("to", clause.to), ("by", clause.by)):
        for i, name in enumerate(names):
            if name not in parties:
                raise AgreementRejected(f"{fields.at(key)}[{i}]", f"{name} is not among the parties")
    givers = clause.by if clause.kind == "forward" else clause.from_
    if len(givers) == 1 and givers == clause.to:
        raise fields.reject("to", "a clause from a party to itself concerns nobody; name another party")
