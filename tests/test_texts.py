"""Shows that sentences go through the catalogue, and that catalogues are read as gettext reads them."""

import gettext
import io
import re
import threading
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity import texts
from comity.cli.main import build_app
from comity.errors import AgreementRejected, Busy, ComityError, NotFound, NotPermitted, RecordRejected, TooLarge
from scripts.messages import (
    Message,
    messages_in,
    messages_in_template,
    raw_words,
    unsaid,
    unspoken,
    unspoken_in_template,
)

ROOT = Path(__file__).parent.parent
DOORS = [path for door in ("cli", "taxii", "api", "web") for path in sorted((ROOT / "src/comity" / door).rglob("*.py"))]
TEMPLATES = sorted((ROOT / "src/comity/web/templates").rglob("*.html"))
SOURCES = sorted((ROOT / "src/comity").rglob("*.py"))
PO = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\\n"

#: src/comity/cli/item.py
msgid "{count} items from {source}"
msgstr "de {source} : {count} "
"éléments"

msgid "{count} item kept"
msgid_plural "{count} items kept"
msgstr[0] "{count} élément gardé"
msgstr[1] "{count} éléments gardés"

#, fuzzy
msgid "ready"
msgstr "peut-être"

msgid "done"
msgstr ""
"""


def french() -> gettext.GNUTranslations:
    return gettext.GNUTranslations(io.BytesIO(texts.compiled(PO)))


def test_a_sentence_without_catalogue_appears_in_english() -> None:
    assert texts.text("{count} items from {source}", count=3, source="a.json") == "3 items from a.json"


def test_a_number_takes_its_form() -> None:
    kept = [texts.counted("{count} item kept", "{count} items kept", count) for count in (0, 1, 2)]
    assert kept == ["0 items kept", "1 item kept", "2 items kept"]


def test_facts_are_never_read_as_placeholders() -> None:
    assert texts.text("from {source}", source="{0.__class__} {x}") == "from {0.__class__} {x}"


def test_a_catalogue_is_read_by_the_standard_library() -> None:
    assert french().gettext("{count} items from {source}") == "de {source} : {count} éléments"
    assert [french().ngettext("{count} item kept", "{count} items kept", count) for count in (0, 1, 2)] == [
        "{count} élément gardé",
        "{count} élément gardé",
        "{count} éléments gardés",
    ]


def test_a_doubtful_or_empty_translation_is_not_shown() -> None:
    assert french().gettext("ready") == "ready"
    assert french().gettext("done") == "done"


def test_a_broken_catalogue_is_refused() -> None:
    with pytest.raises(ValueError, match="not a line of a PO file"):
        texts.entries('msgid "a"\nmsgtr "b"\n')


@given(st.dictionaries(st.text(min_size=1).filter(lambda t: "\0" not in t), st.text(min_size=1), max_size=20))
def test_any_message_comes_back_from_the_compiled_catalogue(told: dict[str, str]) -> None:
    told = {key: value.replace("\0", "") or "x" for key, value in told.items()}
    blocks = ['msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"']
    blocks += [f"msgid {quoted(key)}\nmsgstr {quoted(value)}" for key, value in told.items()]
    read = gettext.GNUTranslations(io.BytesIO(texts.compiled("\n\n".join(blocks))))
    assert {key: read.gettext(key) for key in told} == told


def quoted(message: str) -> str:
    return (
        '"' + "".join(character if character in " abc" else f"\\U{ord(character):08x}" for character in message) + '"'
    )


def test_a_language_is_chosen_by_what_there_is() -> None:
    assert texts.choose(["xx", "en_XA"]) == "en_XA"
    assert texts.choose(["en_GB.UTF-8"]) == "en"
    assert texts.choose(["xx-YY", ""]) == "en"
    assert texts.choose([]) == "en"


def test_each_thread_speaks_its_own_language() -> None:
    heard = []
    with texts.speaking("en_XA"):
        other = threading.Thread(target=lambda: heard.append(texts.text("ready")))
        other.start()
        other.join()
        heard.append(texts.text("ready"))
    assert heard == ["ready", "⟦ŕéåðý·⟧"]
    assert texts.text("ready") == "ready"


def test_the_pseudo_locale_changes_every_letter_but_no_fact() -> None:
    with texts.speaking("en_XA"):
        told = texts.text("Not released to {reader}.", reader="Ruritania")
    assert told == "⟦Ñöţ ŕéļéåšéð ţö Ruritania.········⟧"
    assert raw_words(told.replace("Ruritania", "")) == []
    assert len(told) > len("Not released to Ruritania.") * 1.3


def spoken() -> list[Message]:
    said = [message for path in SOURCES for message in messages_in(str(path), path.read_text(encoding="utf-8"))]
    pages = [one for path in TEMPLATES for one in messages_in_template(str(path), path.read_text(encoding="utf-8"))]
    assert len(pages) > 50
    return said + pages


def test_every_sentence_of_doors_and_errors_goes_through_the_catalogue() -> None:
    with texts.speaking("en_XA"):
        for message in spoken():
            facts = dict.fromkeys(message.facts, 7)
            assert raw_words(texts.text(message.one, **facts)) == [], message  # type: ignore[arg-type]
            assert texts.text(message.one, **facts).startswith("⟦"), message  # type: ignore[arg-type]


def test_no_door_says_a_sentence_past_the_catalogue() -> None:
    past = [
        finding for path in DOORS for finding in unspoken(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8"))
    ]
    assert past == []


@pytest.mark.parametrize(
    "sample",
    [
        'print("Nothing to do")',
        'console.print(f"kept {count} items")',
        'err.print("[bold]Not released[/bold]")',
        'table.add_column("Party")',
        'text("kept " + name)',
        'text(f"kept {count}")',
        "text(message)",
        'text("kept {count} of {all}", count=1)',
        'text("kept", count=1)',
    ],
)
def test_a_sentence_past_the_catalogue_is_found(sample: str) -> None:
    assert list(unspoken("src/comity/cli/sample.py", sample)) != []


@pytest.mark.parametrize(
    "sample",
    ['print(text("Nothing to do"))', 'console.print("")', 'text("kept {count}", count=1)', 'text("kept", **facts)'],
)
def test_a_sentence_through_the_catalogue_is_let_pass(sample: str) -> None:
    assert list(unspoken("src/comity/cli/sample.py", sample)) == []


def test_no_page_says_a_word_past_the_catalogue() -> None:
    past = [one for path in TEMPLATES for one in unspoken_in_template(path.name, path.read_text(encoding="utf-8"))]
    assert past == []


@pytest.mark.parametrize(
    "sample",
    [
        "<p>Not released</p>",
        '<p>{{ text("Kept") }} by Ruritania</p>',
        '<input aria-label="Find a value">',
        '{% if mine %}<b title="yours">{{ x }}</b>{% endif %}',
        "{{ text(message) }}",
        '{{ text("kept {count}") }}',
        '{{ marked("kept {count}", number=1) }}',
    ],
)
def test_a_word_of_a_page_past_the_catalogue_is_found(sample: str) -> None:
    assert list(unspoken_in_template("sample.html", sample)) != []


def test_a_page_through_the_catalogue_is_let_pass_and_its_messages_found() -> None:
    sample = '<p class="small">{{ text("Kept") }} <a href="/x">{{ counted("one", "{count} more", n) }}</a> · Comity</p>'
    assert list(unspoken_in_template("sample.html", sample)) == []
    assert [(one.one, one.many) for one in messages_in_template("sample.html", sample)] == [
        ("Kept", ""),
        ("one", "{count} more"),
    ]


def test_no_error_has_its_facts_in_its_sentence_already() -> None:
    past = [
        finding for path in SOURCES for finding in unsaid(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8"))
    ]
    assert past == []


@pytest.mark.parametrize(
    "sample",
    [
        'NotFound(f"no party {name}")',
        'UsageError("no party " + name)',
        'NotFound("no party {name}")',
        'NotFound("no party {name}", party=name)',
        'Busy("not now", when=5)',
    ],
)
def test_an_error_that_no_catalogue_knows_is_found(sample: str) -> None:
    assert list(unsaid("src/comity/desk/sample.py", sample)) != []


@pytest.mark.parametrize(
    "sample", ['NotFound("no party {name}", name=name)', 'Busy("not now", retry_after_s=1)', "NodeError(str(exc))"]
)
def test_an_error_that_the_catalogue_may_know_is_let_pass(sample: str) -> None:
    assert list(unsaid("src/comity/desk/sample.py", sample)) == []


@pytest.mark.parametrize(
    ("error", "english", "facts"),
    [
        (NotFound("no party {name}: add it first", name="elbonia"), "no party elbonia: add it first", ["elbonia"]),
        (NotPermitted("{verb} is not open", clauses=("1",), verb="doctor"), "doctor is not open", ["doctor"]),
        (Busy("not now", retry_after_s=7), "not now", []),
        (RecordRejected("no-id", "$.id"), "no-id at $.id", ["no-id", "$.id"]),
        (AgreementRejected("clause[0]", "x"), "clause[0]: x", ["clause[0]", "x"]),
        (TooLarge(5), "larger than 5 bytes", ["5"]),
        (NotFound("as it {stands}"), "as it {stands}", ["{stands}"]),
    ],
)
def test_an_error_is_told_in_the_language_of_the_door_with_its_facts(
    error: ComityError, english: str, facts: list[str]
) -> None:
    assert (texts.told(error), str(error)) == (english, english)
    with texts.speaking("en_XA"):
        told = texts.told(error)
    assert told.startswith("⟦")
    assert all(fact in told for fact in facts)
    for fact in facts:
        told = told.replace(fact, "")
    assert raw_words(told) == []


def test_every_translation_has_the_facts_of_its_message() -> None:
    for language in texts.languages()[1:]:
        source = files("comity").joinpath("locale", language, "LC_MESSAGES", "comity.po").read_text("utf-8")
        for message, told in texts.entries(source).items():
            wanted = {fact for form in message.split("\0") for fact in texts.facts_of(form)}
            for form in told.split("\0") if message else []:
                assert set(texts.facts_of(form)) <= wanted, (language, message)


def test_the_whole_help_speaks_the_language_of_the_environment() -> None:
    with texts.speaking("en_XA"):
        told = build_app().generate_docs(output_format="markdown", usage_name="comity")
    told = told.partition("Table of Contents")[2]
    assert told.count("⟦") > 20
    # Names of commands, options and values stay as they are typed; these few words are the command library's own.
    typed = r"```.*?```|`[^`]*`|\[[^\]]*\]|\(#[^)]*\)|^#[^\n]*$|\*\*(Commands|Parameters|Arguments|Usage)\*\*"
    assert raw_words(re.sub(typed, "", told, flags=re.DOTALL | re.MULTILINE)) == []
