"""Shows that the built wheel holds the whole product, and that it runs from where it is installed."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    return next(folder.glob("comity-*.whl"))


def test_the_wheel_holds_every_file_of_the_source(wheel: Path) -> None:
    made = ("__pycache__", ".cache")
    wanted = {
        str(path.relative_to(SOURCE))
        for path in (SOURCE / "comity").rglob("*")
        if path.is_file() and not any(part in made for part in path.parts)
    }
    held = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("comity/")}
    assert held == wanted
    assert {"comity/py.typed", "comity/locale/comity.pot"} <= held


def test_the_wheel_brings_command_and_licence(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        meta = next(name.split("/")[0] for name in archive.namelist() if ".dist-info/" in name)
        assert "comity = comity.cli.main:main" in archive.read(f"{meta}/entry_points.txt").decode()
        assert "Apache License" in archive.read(f"{meta}/licenses/LICENSE").decode()


def test_the_command_runs_from_the_installed_wheel(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import comity.cli.main as m; print(m.__file__)"
    told = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60
    )
    assert told.stdout.strip() == str(tmp_path / "comity/cli/main.py")
