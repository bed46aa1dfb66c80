"""Finds the texts said to people, for the catalogue's template, and those said past the catalogue.

Doors say texts through `text` and `counted`, pages through `marked` too; below them an error carries its sentence and
facts up to a door, which asks the catalogue.
"""

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

import jinja2
from jinja2 import nodes

from comity import errors
from comity.texts import facts_of

# What shows its first argument to a person.
_SHOWING = frozenset({"print", "print_error", "add_column", "add_task", "rule", "log_line", "echo"})
# Errors that take a sentence; the others make theirs of a path and a detail, in `errors.py` itself.
_SENTENCES = frozenset(
    kind.__name__ for kind in errors.ComityError.__subclasses__() if kind.__module__ == errors.__name__
) - {"RecordRejected", "AgreementRejected", "CatalogueError", "TooLarge"}
_NOT_SAID = frozenset({"clauses", "retry_after_s"})
_WORD = re.compile(r"[A-Za-z]{2,}")
_TAG = re.compile(r"<[^>]*>|&[a-z]+;")
# Attributes that are read out or shown; what is said in them goes through the catalogue.
_SHOWN_ATTRIBUTE = re.compile(r'(?:aria-label|title|placeholder|alt|data-label|value)="([^"]*[A-Za-z]{2}[^"]*)"')
_SAID_AS_IT_IS = frozenset({"Comity", "SHA", "STIX", "TLP"})
_MARKUP = re.compile(r"\[/?[a-z ]*\]")


class Message(NamedTuple):
    """One text as written in the source, with its plural if it counts."""

    one: str
    many: str
    path: str
    line: int

    @property
    def facts(self) -> tuple[str, ...]:
        """The names of the facts that are put into it."""
        return facts_of(self.one + self.many)


def messages_in(path: str, source: str) -> Iterator[Message]:
    """Give each `text("…")`, `counted("…", "…", n)` and error of a file whose words stand there as literals."""
    for call, name in _calls(source):
        words = [literal for literal in map(_literal, call.args[: 2 if name == "counted" else 1]) if literal]
        if (name in ("text", "counted", "__init__") or name in _SENTENCES) and words:
            yield Message(words[0], words[1] if len(words) > 1 else "", path, call.lineno)


def messages_in_template(path: str, source: str) -> Iterator[Message]:
    """Give each `text(…)`, `counted(…)` and `marked(…)` of a template whose words stand there as literals."""
    for call in jinja2.Environment(autoescape=True).parse(source).find_all(nodes.Call):
        name = call.node.name if isinstance(call.node, nodes.Name) else ""
        words = [one.value for one in call.args[: 2 if name == "counted" else 1] if isinstance(one, nodes.Const)]
        if name in ("text", "counted", "marked") and words:
            yield Message(words[0], words[1] if len(words) > 1 else "", path, call.lineno)


def unspoken_in_template(path: str, source: str) -> Iterator[str]:
    """Find words of a template that are shown past the catalogue, and calls whose facts do not fit their message."""
    page = jinja2.Environment(autoescape=True)
    markup = "".join(str(value) if kind == "data" else " " for _, kind, value in page.lex(source))
    for shown in (*_SHOWN_ATTRIBUTE.findall(markup), *_TAG.split(markup)):
        words = [word for word in raw_words(shown) if word not in _SAID_AS_IT_IS]
        if words:
            yield f"{path}: shown past the catalogue: {' '.join(words)[:60]}"
    for call in page.parse(source).find_all(nodes.Call):
        if not isinstance(call.node, nodes.Name) or call.node.name not in ("text", "marked"):
            continue
        message = call.args[0].value if call.args and isinstance(call.args[0], nodes.Const) else None
        given = {keyword.key for keyword in call.kwargs}
        if message is None:
            yield f"{path}:{call.lineno}: a message must stand there as it is"
        elif given != set(facts_of(message)):
            yield f"{path}:{call.lineno}: facts {sorted(given)} do not fit {message!r}"


def unspoken(path: str, source: str) -> Iterator[str]:
    """Find what is shown without going through the catalogue, and calls whose message or facts do not hold."""
    for call, name in _calls(source):
        where = f"{path}:{call.lineno}"
        if name in _SHOWING and call.args and _has_words(call.args[0]):
            yield f"{where}: shown past the catalogue: {ast.unparse(call.args[0])[:60]}"
        if name == "text" and call.args:
            message = _literal(call.args[0])
            given = {keyword.arg for keyword in call.keywords}
            if message is None:
                yield f"{where}: a message must stand there as it is"
            elif None not in given and given != set(facts_of(message)):
                yield f"{where}: facts {sorted(map(str, given))} do not fit {message!r}"


def unsaid(path: str, source: str) -> Iterator[str]:
    """Find errors whose sentence has its facts in it already, so that no catalogue knows it, or whose facts do not fit.

    What another program or a library says has no sentence of ours: it is passed on as it is, by a name or a call.
    """
    for call, name in _calls(source):
        if name not in _SENTENCES or not call.args:
            continue
        where, message = f"{path}:{call.lineno}", _literal(call.args[0])
        said = {keyword.arg for keyword in call.keywords} - _NOT_SAID
        if isinstance(call.args[0], ast.JoinedStr | ast.BinOp):
            yield f"{where}: give the facts apart: {ast.unparse(call.args[0])[:60]}"
        elif message is not None and None not in said and said != set(facts_of(message)):
            yield f"{where}: facts {sorted(map(str, said))} do not fit {message!r}"


def raw_words(shown: str) -> list[str]:
    """The plain English words in a text: two or more unaccented letters in a row."""
    return _WORD.findall(shown)


def _calls(source: str) -> Iterator[tuple[ast.Call, str]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node, node.func.id
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr != "text":
            yield node, node.func.attr  # `page.text(…)` is somebody else's text


def _literal(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _has_words(node: ast.expr) -> bool:
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return any(raw_words(_MARKUP.sub("", _literal(part) or "")) for part in parts)
