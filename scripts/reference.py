"""Writes the pages that are made from the source: settings, commands, and the template of the text catalogue.

A test compares them with what is committed; `make docs` writes them anew.
"""

import inspect
import re
from collections.abc import Callable
from pathlib import Path

from comity import errors
from comity.cli.exits import exit_code
from comity.cli.main import build_app
from comity.errors import ComityError
from comity.settings import reference
from scripts.messages import Message, messages_in, messages_in_template

ROOT = Path(__file__).parent.parent
_SETTINGS_HEAD = """# Settings

Made from the source by `make docs`; do not edit.

A node's settings are in `node.toml` in its folder. What is not there has its default. An unknown setting is an error.

| setting | default | meaning |
|---|---|---|
"""
_CLI_HEAD = """# Commands

Made from the command's own help by `make docs`; do not edit.

"""
_ERRORS_HEAD = """# Errors

Made from the source by `make docs`; do not edit.

With `--json` a command that does not succeed writes one line, `{"error": {"code": …, "message": …}}`. The code is
stable. The exit codes are 0 done, 1 refused or not found, 2 wrong usage, 3 peer or network, 130 interrupted.

| code | exit | meaning |
|---|---|---|
"""
_POT_HEAD = """# Template of the texts of Comity, made from the source by `make docs`; do not edit.
# To begin a language: copy to <language>/LC_MESSAGES/comity.po, and keep every {fact} as it stands.
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"""


def settings_page() -> str:
    """The settings reference."""
    rows = (
        f"| `{line.name}` | {f'`{line.default}`' if line.default else 'must be given'} | {_cell(line.description)} |"
        for line in reference()
    )
    return _SETTINGS_HEAD + "\n".join(rows) + "\n"


def cli_page() -> str:
    """The command reference, in the command's own words."""
    body = build_app().generate_docs(output_format="markdown", heading_level=2, usage_name="comity")
    body = body.partition("## Table of Contents")[2]
    # Called by `python -m`, the command names that module in its usage.
    usage = re.sub(r"^(comity(?: [a-z-]+)*) -m \S+", r"\1", body, flags=re.MULTILINE)
    return _CLI_HEAD + "\n".join(line.rstrip() for line in usage.strip().splitlines()) + "\n"


def errors_page() -> str:
    """The reference of the errors that Comity raises on purpose."""
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, ComityError)]
    rows = []
    for kind in sorted(kinds, key=lambda kind: kind.code):
        if kind is not ComityError:
            meaning = inspect.cleandoc(kind.__doc__ or "").partition("\n\n")[0]
            rows.append(f"| `{kind.code}` | {exit_code(kind.__new__(kind))} | {_cell(meaning)} |")
    return _ERRORS_HEAD + "\n".join(rows) + "\n"


def catalogue_template() -> str:
    """The template that translators start from: every text once, with the files that say it."""
    said: dict[tuple[str, str], list[Message]] = {}
    for path in sorted((ROOT / "src/comity").rglob("*.py")):
        for message in messages_in(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")):
            said.setdefault((message.one, message.many), []).append(message)
    for path in sorted((ROOT / "src/comity/web/templates").glob("*.html")):
        for message in messages_in_template(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")):
            said.setdefault((message.one, message.many), []).append(message)
    blocks = [_block(one, many, said[one, many]) for one, many in sorted(said)]
    return "\n".join([_POT_HEAD, *blocks])


def _block(one: str, many: str, places: list[Message]) -> str:
    paths = sorted({message.path for message in places})
    lines = [f"#: {path}" for path in paths] + [f"msgid {_quoted(one)}"]
    lines += [f"msgid_plural {_quoted(many)}", 'msgstr[0] ""', 'msgstr[1] ""'] if many else ['msgstr ""']
    return "\n".join(lines) + "\n"


def _quoted(message: str) -> str:
    return '"' + message.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _cell(words: str) -> str:
    return words.replace("|", "\\|").replace("\n", " ")


PAGES: dict[str, Callable[[], str]] = {
    "docs/reference/settings.md": settings_page,
    "docs/reference/cli.md": cli_page,
    "docs/reference/errors.md": errors_page,
    "src/comity/locale/comity.pot": catalogue_template,
}


def main() -> None:
    """Write every page."""
    for name, page in PAGES.items():
        target = ROOT / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(page(), encoding="utf-8")
        print(name)


if __name__ == "__main__":
    main()
