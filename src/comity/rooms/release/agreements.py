"""Decides what an agreement text says: reads its TOML strictly into parties, dates and clauses.

The form is in docs/guides/agreements.md. What is not understood is refused, with the place and what to write instead.
"""

import re
import tomllib
from typing import Literal

import msgspec

from comity.errors import AgreementRejected
from comity.rooms.release.clauses import Clause, read_clause
from comity.rooms.release.entry import BINDINGS, SURVIVAL_DAYS, SURVIVALS, Binding, Entry, Survival, read_entry
from comity.rooms.release.fields import LANGUAGE, Fields, LanguageText, TomlTable, short_name
from comity.values import Instant, PartyName, Tlp

Form = Literal["arrangement", "treaty", "sharing-group"]
FORMS: tuple[Form, ...] = ("arrangement", "treaty", "sharing-group")

LARGEST_TEXT_BYTES = 1 << 20
LONGEST_LINE_BYTES = 20_000
MOST_CLAUSES = 2_000
MOST_PARTIES = 1_000
MEMBERSHIP = "membership"  # the article of the clause that a sharing group implies
RESERVED_IDS = frozenset({"handling", "engine"})  # the first halves of the standing refusals' ids

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LONGEST_ID = 80
LONGEST_NOTICE_DAYS = 3_650
# A key of nine parts or more. No key of ours has over two, and the time to read one grows with the square of its parts.
_DEEP_KEY = re.compile(rb"""(?:^|[\[{,])[ \t]*(?:(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){8}""", re.MULTILINE)


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """An agreement as read. `in_force_from` is inclusive, `in_force_until` exclusive; clauses in the text's order.

    `binding`: what makes a party bound. `reservable`: the articles that may be reserved. `languages`: those in which
    the text is authentic. Notice periods in days; `survival_days` too, from the end on.
    """

    id: str
    title: LanguageText
    parties: tuple[PartyName, ...]
    form: Form
    in_force_from: Instant
    in_force_until: Instant | None = None
    review_by: Instant | None = None
    clauses: tuple[Clause, ...] = ()
    binding: Binding = "adherence"
    entry: Entry = Entry()
    notice_days: int = 0
    suspension_notice_days: int = 0
    survival: Survival = "keep"
    survival_days: int = SURVIVAL_DAYS
    reservable: tuple[str, ...] = ()
    depositary: PartyName | None = None
    languages: tuple[str, ...] = ("en",)


def read_agreement(text: bytes) -> Agreement:
    """Read an agreement from TOML.

    Raises:
        AgreementRejected: with the path of the field, as in `clause[2].kind`, and what to write instead.
    """
    fields = Fields(_table(text), "")
    stem = _stem(fields)
    membership = _membership(fields, stem)
    stem = _consent(fields, stem)
    clauses = (*membership, *_clauses(fields, stem))
    fields.done()
    articles = {clause.article for clause in clauses}
    for i, article in enumerate(stem.reservable):
        if article not in articles:
            raise AgreementRejected(f"reservable[{i}]", "no clause has this article")
    if not clauses:
        raise AgreementRejected("clause", "write at least one [[clause]]")
    if stem.form == "sharing-group" and not any(clause.kind == "share" for clause in clauses):
        raise AgreementRejected("tlp_at_most", "a sharing group without share clauses says up to which marking")
    return msgspec.structs.replace(stem, clauses=clauses)


def said(text: LanguageText, language: str = "en") -> str:
    """Give the words in a language, else in English, else in the first language given; no words give ''."""
    known = dict(text)
    return known.get(language) or known.get("en") or next(iter(known.values()), "")


def _table(text: bytes) -> TomlTable:
    if len(text) > LARGEST_TEXT_BYTES:
        raise AgreementRejected("", f"larger than {LARGEST_TEXT_BYTES} bytes; split the agreement")
    _refuse_bombs(text)
    try:
        return dict(tomllib.loads(text.decode("utf-8")))
    except UnicodeDecodeError as exc:
        raise AgreementRejected("", f"save the file as UTF-8 (byte {exc.start} is not)") from exc
    except (ValueError, RecursionError) as exc:
        raise AgreementRejected("", f"not TOML: {exc}"[:300]) from exc


def _refuse_bombs(text: bytes) -> None:
    for number, line in enumerate(text.split(b"\n"), start=1):
        if len(line) > LONGEST_LINE_BYTES:
            raise AgreementRejected("", f"line {number} is longer than {LONGEST_LINE_BYTES} bytes; break it")
    deep = _DEEP_KEY.search(text)
    if deep is not None:
        number = text.count(b"\n", 0, deep.start()) + 1
        raise AgreementRejected("", f"line {number} has a key of nine parts or more; no key has so many")


def _stem(fields: Fields) -> Agreement:
    agreement_id = fields.text("id") or ""
    if not _ID.fullmatch(agreement_id) or len(agreement_id) > _LONGEST_ID:
        raise fields.reject("id", 'write lower-case letters, digits and hyphens, as in id = "free-ruri-2026"')
    if agreement_id in RESERVED_IDS:
        raise fields.reject("id", "this id is reserved; choose another")
    title = fields.languages("title")
    if not title:
        raise fields.reject("title", 'required, as in title.en = "…"')
    form = fields.one_of("form", FORMS, "arrangement")
    start, until = fields.moment("in_force_from"), fields.moment("in_force_until")
    if start is None:
        raise fields.reject("in_force_from", "required: a date without quotes, as in 2026-01-01")
    if until is not None and until <= start:
        raise fields.reject("in_force_until", "write a date after in_force_from")
    return Agreement(
        id=agreement_id,
        title=title,
        parties=_parties(fields),
        form=next(known for known in FORMS if known == form),
        in_force_from=start,
        in_force_until=until,
        review_by=fields.moment("review_by"),
    )


def _consent(fields: Fields, stem: Agreement) -> Agreement:
    """Read how parties become bound and cease to be: the final clauses."""
    binding = fields.one_of("binding", BINDINGS, "adherence")
    survival = fields.one_of("survival", SURVIVALS, "keep")
    survival_days = fields.number("survival_days", most=LONGEST_NOTICE_DAYS)
    if survival_days is not None and survival == "keep":
        raise fields.reject("survival_days", 'goes with survival = "return" or "destroy"')
    depositary = fields.text("depositary")
    try:
        keeper = None if depositary is None else short_name(depositary)
    except ValueError as exc:
        raise fields.reject("depositary", str(exc)) from exc
    return msgspec.structs.replace(
        stem,
        binding=next(known for known in BINDINGS if known == binding),
        entry=read_entry(fields.take("entry_into_force"), stem.parties),
        notice_days=fields.number("notice_days", most=LONGEST_NOTICE_DAYS) or 0,
        suspension_notice_days=fields.number("suspension_notice_days", most=LONGEST_NOTICE_DAYS) or 0,
        survival=next(known for known in SURVIVALS if known == survival),
        survival_days=SURVIVAL_DAYS if survival_days is None else survival_days,
        reservable=fields.words("reservable", str),
        depositary=keeper,
        languages=fields.words("languages", _language) or stem.languages,
    )


def _language(word: str) -> str:
    if not LANGUAGE.fullmatch(word):
        raise ValueError("a language is written as in en, fr, zh-Hans")
    return word


def _parties(fields: Fields) -> tuple[PartyName, ...]:
    parties = fields.names("parties")
    if len(parties) < 2:
        raise fields.reject("parties", 'name at least two, as in parties = ["freedonia-csirt", "ruritania-csirt"]')
    if len(parties) > MOST_PARTIES:
        raise fields.reject("parties", f"at most {MOST_PARTIES}")
    return parties


def _membership(fields: Fields, stem: Agreement) -> tuple[Clause, ...]:
    """Give the clause that a sharing group implies: each member shares its own with every other."""
    level: Tlp | None = fields.level("tlp_at_most")
    if level is None:
        return ()
    if stem.form != "sharing-group":
        raise fields.reject("tlp_at_most", "only a sharing group says it here; say it in a [[clause]]")
    if level is Tlp.RED:
        raise fields.reject("tlp_at_most", "TLP:RED goes to named persons, never to a group; write amber+strict")
    implied = Clause(id=f"{stem.id}/{MEMBERSHIP}", article=MEMBERSHIP, kind="share", tlp_at_most=level)
    return (implied,)


def _clauses(fields: Fields, stem: Agreement) -> tuple[Clause, ...]:
    tables = fields.take("clause")
    if tables is None:
        return ()
    if not isinstance(tables, list):
        raise fields.reject("clause", "write each clause under its own [[clause]], with two brackets")
    if len(tables) > MOST_CLAUSES:
        raise fields.reject("clause", f"at most {MOST_CLAUSES} clauses; split the agreement")
    parties = frozenset(stem.parties)
    seen = {MEMBERSHIP} if stem.form == "sharing-group" else set()
    clauses = []
    for i, table in enumerate(tables):
        if not isinstance(table, dict):
            raise fields.reject(f"clause[{i}]", "write each clause under its own [[clause]]")
        clause = read_clause(table, stem.id, f"clause[{i}]", parties)
        if clause.article in seen:
            raise fields.reject(f"clause[{i}].article", "this article stands already; number them apart, as in 4(1)")
        seen.add(clause.article)
        clauses.append(clause)
    return tuple(clauses)
