"""Holds every file of the project to the rules of the house, and every rule to a sample that breaks it."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path

import pytest

from tests.support import house

ROOT = Path(__file__).parent.parent
Rule = Callable[[str, str], Iterator[str]]
NOT_TEXT = {".gz", ".ico", ".png", ".webp", ".zst"}


def project_files() -> list[str]:
    """Every file that is or would be committed; outside a clone, every file that is neither made nor installed."""
    if (ROOT / ".git").exists() and shutil.which("git"):
        command = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
        return sorted({name for name in listed if (ROOT / name).is_file()})
    found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return sorted(str(path) for path in found if not any(part.startswith(".") for part in path.parts))


FILES = project_files()
SOURCES = [name for name in FILES if name.startswith("src/comity/") and name.endswith(".py")]
PYTHON = [name for name in FILES if name.endswith(".py")]
TESTS = [name for name in FILES if name.startswith("tests/") and name.endswith(".py")]


def broken(rule: Rule, names: list[str]) -> list[str]:
    return [finding for name in names for finding in rule(name, (ROOT / name).read_text(encoding="utf-8"))]


SOURCE_RULES: tuple[Rule, ...] = (
    house.impurities,
    house.sql_outside_stores,
    house.badly_opened,
    house.busy_packages,
    house.relative_imports,
    house.caught_all,
    house.work_at_import,
    house.loose_ends,
)


@cache
def findings() -> dict[Rule, list[str]]:
    """What breaks each rule: file by file, so that each is parsed once."""
    found: dict[Rule, list[str]] = {rule: [] for rule in SOURCE_RULES}
    for name in SOURCES:
        text = (ROOT / name).read_text(encoding="utf-8")
        for rule, lines in found.items():
            lines.extend(rule(name, text))
    return found


@pytest.mark.parametrize("rule", SOURCE_RULES, ids=lambda rule: rule.__name__)
def test_every_source_file_keeps_the_rule(rule: Rule) -> None:
    assert len(SOURCES) > 20, "the source was not found"
    assert findings()[rule] == []


def test_no_file_and_no_function_is_too_long() -> None:
    assert broken(house.too_long, PYTHON) == []


def test_every_source_file_that_does_something_has_its_test_file() -> None:
    rule = partial(house.untested, test_files=frozenset(TESTS))
    assert broken(rule, SOURCES) == []


def test_every_test_folder_mirrors_a_source_folder() -> None:
    folders = frozenset(str(Path(name).relative_to("src/comity").parent) for name in SOURCES)
    assert [finding for name in TESTS for finding in house.homeless_tests(name, folders)] == []


def test_no_committed_file_names_an_index_or_a_machine() -> None:
    names = [name for name in FILES if Path(name).suffix not in NOT_TEXT]
    assert {"README.md", "requirements.lock", "Makefile"} <= set(names)
    assert broken(house.foreign_words, names) == []


RELEASE = "src/comity/rooms/release/sample.py"
DESK = "src/comity/desk/sample.py"
BAD_SAMPLES: tuple[tuple[Rule, str, str], ...] = (
    (house.impurities, RELEASE, "import os"),
    (house.impurities, RELEASE, "import os.path as p"),
    (house.impurities, RELEASE, "from pathlib import Path"),
    (house.impurities, RELEASE, "def f():\n    import socket"),
    (house.impurities, RELEASE, "import logging"),
    (house.impurities, RELEASE, "from sqlalchemy import select"),
    (house.impurities, RELEASE, "import asyncio, threading"),
    (house.impurities, RELEASE, "import random"),
    (house.impurities, RELEASE, "from secrets import token_bytes"),
    (house.impurities, RELEASE, "import time"),
    (house.impurities, RELEASE, "from datetime import datetime\nx = lambda: datetime.now()"),
    (house.impurities, RELEASE, "import datetime as d\nx = lambda: d.date.today()"),
    (house.impurities, RELEASE, "import uuid\nx = lambda: uuid.uuid4()"),
    (house.impurities, RELEASE, "x = lambda: open('a')"),
    (house.impurities, RELEASE, "x = lambda: print('a')"),
    (house.impurities, RELEASE, "x = lambda a: hash(a)"),
    (house.impurities, RELEASE, "from typing import Any"),
    (house.impurities, "src/comity/records/kinds/sample.py", "import importlib.resources"),
    (house.impurities, "src/comity/procedures/sample.py", "import os"),
    (house.sql_outside_stores, DESK, "from sqlalchemy import select"),
    (house.sql_outside_stores, DESK, "from sqlalchemy import Connection, text"),
    (house.sql_outside_stores, DESK, "import sqlalchemy as sa"),
    (house.too_long, DESK, "\n" * 601),
    (house.too_long, DESK, "def f():\n" + "    x = 1\n" * 60),
    (house.too_long, DESK, "async def f():\n" + "    x = 1\n" * 60),
    (house.badly_opened, DESK, "import re"),
    (house.badly_opened, DESK, '"""Helpers."""'),
    (house.busy_packages, "src/comity/desk/__init__.py", '"""Decides a thing."""\nx = 1'),
    (house.busy_packages, "src/comity/desk/__init__.py", "import os"),
    (house.busy_packages, "src/comity/desk/__init__.py", "def f():\n    return 1"),
    (house.relative_imports, DESK, "from . import x"),
    (house.relative_imports, DESK, "from ..records import x"),
    (house.caught_all, DESK, "try:\n    x = 1\nexcept Exception:\n    x = 2"),
    (house.caught_all, DESK, "try:\n    x = 1\nexcept (ValueError, BaseException) as e:\n    x = 2"),
    (house.caught_all, DESK, "try:\n    x = 1\nexcept:\n    x = 2"),
    (house.work_at_import, DESK, "connect()"),
    (house.work_at_import, DESK, "with open('a') as f:\n    x = 1"),
    (house.loose_ends, DESK, "# TO" + "DO later"),
    (house.foreign_words, "docs/a.md", "see https://" + "pypi" + ".org/project/x"),
    (house.foreign_words, "docs/a.md", "lies in " + "/work" + "/main"),
    (house.foreign_words, "docs/a.md", "lies in " + "/tmp" + "/x"),
    (house.foreign_words, "docs/a.md", "lies in " + "/root" + "/x"),
    (partial(house.untested, test_files=frozenset()), DESK, "def f():\n    return 1"),
    (partial(house.untested, test_files=frozenset({"tests/test_sample.py"})), DESK, "def f():\n    return 1"),
)
GOOD_SAMPLES: tuple[tuple[Rule, str, str], ...] = (
    (house.impurities, DESK, "import os"),
    (house.impurities, RELEASE, "from datetime import datetime\nx = datetime.fromisoformat('2031-03-01')"),
    (house.impurities, RELEASE, "import re\nfrom comity.values import Tlp"),
    (house.sql_outside_stores, DESK, "from sqlalchemy import Connection"),
    (house.sql_outside_stores, "src/comity/stores/sample.py", "from sqlalchemy import select"),
    (house.too_long, DESK, "def f():\n" + "    x = 1\n" * 59),
    (house.busy_packages, "src/comity/desk/__init__.py", '"""Says."""\nfrom comity.a import b\n__all__ = ["b"]'),
    (house.caught_all, "src/comity/cli/main.py", "try:\n    x = 1\nexcept Exception:\n    x = 2"),
    (house.caught_all, DESK, "try:\n    x = 1\nexcept BaseException:\n    undo()\n    raise"),
    (house.caught_all, DESK, "try:\n    x = 1\nexcept ValueError:\n    x = 2"),
    (house.loose_ends, DESK, "# TO" + "DO(#12): later"),
    (house.foreign_words, "docs/a.md", "GET /taxii2/root/collections/"),
    (house.foreign_words, "docs/a.md", "lies in /var/lib/comity or ../shared/data"),
    (partial(house.untested, test_files=frozenset()), DESK, "LIMIT = 5\nclass A:\n    '''A thing.'''"),
    (partial(house.untested, test_files=frozenset({"tests/desk/test_sample.py"})), DESK, "def f():\n    return 1"),
)


def sample_name(value: object) -> str:
    return repr(value)[:50] if isinstance(value, str) else ""


@pytest.mark.parametrize(("rule", "path", "sample"), BAD_SAMPLES, ids=sample_name)
def test_the_rule_bites_on_a_bad_sample(rule: Rule, path: str, sample: str) -> None:
    assert list(rule(path, sample)) != []


@pytest.mark.parametrize(("rule", "path", "sample"), GOOD_SAMPLES, ids=sample_name)
def test_the_rule_lets_a_good_sample_pass(rule: Rule, path: str, sample: str) -> None:
    assert list(rule(path, sample)) == []


def test_a_test_folder_that_mirrors_nothing_is_found() -> None:
    folders = frozenset({"records", "records/kinds"})
    assert list(house.homeless_tests("tests/recrods/test_a.py", folders)) != []
    assert list(house.homeless_tests("tests/records/kinds/test_a.py", folders)) == []
    assert list(house.homeless_tests("tests/journeys/test_a.py", folders)) == []
