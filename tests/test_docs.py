"""Shows that the documents hold: generated pages are current, links lead somewhere, each kind of page has its form."""

import re
import shlex
import shutil
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from cyclopts import App
from cyclopts.exceptions import CycloptsError

from comity.cli.main import build_app
from comity.rooms.release.agreements import read_agreement
from comity.rooms.release.clauses import CARRIED_KINDS, KINDS
from scripts.reference import PAGES

ROOT = Path(__file__).parent.parent
PAGES_READ = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
DECISIONS = sorted((ROOT / "docs/decisions").glob("0*.md"))


def page_name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_what_the_source_gives(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == PAGES[name](), "run: make docs"


@pytest.mark.parametrize("page", PAGES_READ, ids=page_name)
def test_every_link_leads_to_a_file_of_the_project(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).resolve().is_relative_to(ROOT), target
        assert (page.parent / target).exists(), target


def test_every_page_can_be_reached_from_the_index() -> None:
    reached: set[Path] = set()
    waiting = [ROOT / "docs/index.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        links = re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
        waiting += [(page.parent / link).resolve() for link in links]
    assert {page for page in PAGES_READ if "docs" in page.parts} - reached == set()


@pytest.mark.parametrize("page", DECISIONS, ids=page_name)
def test_a_decision_has_its_form(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"# {page.name[:4]} ")
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert [name for name in headings if name != "Figures"] == ["Context", "Decision", "Consequences"]
    assert page.name in (page.parent / "index.md").read_text(encoding="utf-8")


def test_no_two_decisions_have_one_number() -> None:
    numbers = [page.name[:4] for page in DECISIONS]
    assert len(set(numbers)) == len(numbers)


def test_the_glossary_says_each_word_once_in_order() -> None:
    rows = re.findall(r"^\| ([^|]+?) \| [^|]+ \|$", (ROOT / "docs/glossary.md").read_text("utf-8"), re.MULTILINE)[1:]
    assert len(rows) > 30
    assert rows == sorted(set(rows), key=str.lower)


def shown_commands() -> list[str]:
    """Every whole line of the guides that a person is told to type, without the folder of the node."""
    handwritten = [page for page in PAGES_READ if "reference" not in page.parts]
    lines = re.findall(r"^comity (.+)$", "\n".join(page.read_text("utf-8") for page in handwritten), re.MULTILINE)
    return sorted({re.sub(r"^--node \S+ ", "", line) for line in lines})


@pytest.fixture(scope="module")
def app() -> App:
    """The command line with all its commands."""
    return build_app()


@pytest.mark.parametrize("line", shown_commands())
def test_a_command_that_is_shown_can_be_typed(app: App, line: str) -> None:
    app.parse_args(shlex.split(line), exit_on_error=False, print_error=False)


def test_a_command_that_is_not_there_is_found(app: App) -> None:
    assert len(shown_commands()) > 8
    for line in ("item imprt reports/", "reader add --partner x", "node init --party X --kind realm"):
        with pytest.raises(CycloptsError):
            app.parse_args(shlex.split(line), exit_on_error=False, print_error=False)


def agreements_guide() -> str:
    return (ROOT / "docs/guides/agreements.md").read_text(encoding="utf-8")


def test_the_agreement_in_the_guide_is_sound() -> None:
    samples = re.findall(r"```toml\n(.*?)```", agreements_guide(), re.DOTALL)
    assert [read_agreement(sample.encode()).id for sample in samples] == ["free-ruri-2026"]


def test_the_guide_names_every_kind_of_clause_and_no_other() -> None:
    assert all(f"`{kind}`" in agreements_guide() for kind in KINDS)
    carried = agreements_guide().partition("## Clauses that are carried")[2].partition("are kept with")[0]
    assert set(re.findall(r"`([a-z_]+)`", carried)) == set(CARRIED_KINDS)


def test_the_changes_stand_in_their_order() -> None:
    order = ["Security", "Removed", "Changed", "Added", "Fixed"]
    for version in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").split("\n## ")[1:]:
        parts = re.findall(r"^### (.+)$", version, re.MULTILINE)
        assert parts == [name for name in order if name in parts]


def test_every_picture_has_a_text_alternative() -> None:
    for picture in (ROOT / "docs").rglob("*.svg"):
        root = ElementTree.parse(picture).getroot()
        space = "{http://www.w3.org/2000/svg}"
        assert root.get("role") == "img"
        assert (root.findtext(f"{space}title") or "").strip()
        assert len(root.findtext(f"{space}desc") or "") > 40
    for page in PAGES_READ:
        assert "![](" not in page.read_text(encoding="utf-8")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not on this machine")
def test_the_unit_is_sound(tmp_path: Path) -> None:
    unit = (ROOT / "deploy/comity.service").read_text(encoding="utf-8")
    unit = re.sub(r"^ExecStart=\S+", f"ExecStart={sys.executable}", unit, flags=re.MULTILINE)
    unit = re.sub(r"^(User|Group)=.*\n", "", unit, flags=re.MULTILINE)
    copy = tmp_path / "comity.service"
    copy.write_text(unit, encoding="utf-8")
    checked = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(copy)], capture_output=True, text=True, check=False, timeout=60
    )
    assert (checked.returncode, checked.stderr) == (0, "")


def test_every_package_that_the_source_imports_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    declared = {re.split(r"[\[<>=; ]", line)[0].replace("-", "_") for line in [*project["dependencies"], *extras]}
    declared |= {"argon2"} if "argon2_cffi" in declared else set()
    declared |= {"misp_stix_converter"} if "misp_stix" in declared else set()
    imported = set()
    for path in (ROOT / "src").rglob("*.py"):
        for match in re.finditer(r"^\s*(?:from|import) (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE):
            imported.add(match[1])
    assert imported - declared - set(sys.stdlib_module_names) - {"comity"} == set()
