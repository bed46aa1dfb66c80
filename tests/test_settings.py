"""Tests that settings survive their file, that a misspelt one is noticed, and that no password is shown."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.errors import NodeError
from comity.settings import Settings, read_settings, reference, settings_of, shown_db, write_settings


def some_settings(**given: str | int | bool) -> Settings:
    return settings_of(**{"party": "northwind", "title": "Northwind Energy", "kind": "company", **given})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(title=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=50), port=st.integers(0, 65535))
def test_settings_survive_their_file(title: str, port: int, tmp_path: Path) -> None:
    written = some_settings(title=title, port=port)
    write_settings(tmp_path, written)
    assert read_settings(tmp_path) == written


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    write_settings(tmp_path, some_settings())
    assert (tmp_path / "node.toml").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("prot = 1", "prot"),
        ("port = 70000", "port"),
        ('default_tlp = "clear"', "default_tlp"),
        ('db = "mysql://host/name"', "db"),
        ("port = ", "not sound TOML"),
        ('acts_for = "freedonia"', "acts_for is for an authority"),
        ('tls_key = "key.pem"', "go together"),
        ("version = 2", "newer"),
    ],
)
def test_a_wrong_line_is_said_with_its_name(tmp_path: Path, line: str, said: str) -> None:
    head = 'party = "northwind"\ntitle = "Northwind"\nkind = "company"\n'
    (tmp_path / "node.toml").write_text(head + line + "\n")
    with pytest.raises(NodeError, match=said):
        read_settings(tmp_path)


def test_a_folder_without_a_node_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(NodeError, match="there is no node"):
        read_settings(tmp_path)


def test_every_setting_has_a_meaning_in_the_reference() -> None:
    lines = reference()
    assert [line.name for line in lines] == [field.name for field in msgspec.structs.fields(Settings)]
    assert all(line.description.endswith(".") for line in lines)


@pytest.mark.parametrize(
    ("db", "shown"),
    [
        ("", "sqlite"),
        ("postgresql://comity:secret@db.example:5432/comity", "postgresql://comity@db.example:5432/comity"),
        ("postgresql://db.example/comity?password=secret", "postgresql://db.example/comity"),
        ("postgresql://a:p@ss@db.example/comity", "postgresql://a@db.example/comity"),
    ],
)
def test_a_database_is_shown_without_its_password(db: str, shown: str) -> None:
    assert shown_db(db) == shown
