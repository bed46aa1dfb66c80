"""Tests that a backup is taken apart only if it is one: no other files, no ways out, nothing damaged."""

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from comity.desk.archive import BackedUp, Manifest, describe, pack, unpack
from comity.errors import NodeError


def packed(folder: Path) -> Path:
    """Pack a small backup."""
    source = folder / "source"
    source.mkdir()
    (source / "node.toml").write_text("version = 1\n")
    (source / "node.db").write_bytes(b"database" * 1000)
    files = tuple(describe(source, name) for name in ("node.toml", "node.db"))
    manifest = Manifest(version=1, party="northwind", made_at="2031-03-01T12:00:00.000Z", exercise=False, files=files)
    target = folder / "backup.tar"
    with target.open("wb") as out:
        pack(source, manifest, out)
    return target


def forged(folder: Path, forge: Callable[[tarfile.TarFile], None], *names: str) -> Path:
    """Make a backup whose manifest names these files and whose members are what `forge` adds."""
    files = tuple(BackedUp(name=name, size_bytes=4, sha256="0" * 64) for name in ("node.toml", "node.db", *names))
    manifest = Manifest(version=1, party="x", made_at="", exercise=False, files=files)
    target = folder / "forged.tar"
    with tarfile.open(target, "w") as tar:
        add(tar, "manifest.json", msgspec.json.encode(manifest))
        forge(tar)
    return target


def add(tar: tarfile.TarFile, name: str, content: bytes = b"evil") -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    tar.addfile(entry, io.BytesIO(content))


def link(tar: tarfile.TarFile, name: str, kind: bytes, to: str) -> None:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, to
    tar.addfile(entry)


def test_what_was_packed_comes_out_the_same(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    manifest = unpack(packed(tmp_path), tmp_path / "out")
    assert manifest.party == "northwind"
    assert (tmp_path / "out" / "node.db").read_bytes() == b"database" * 1000
    assert (tmp_path / "out" / "node.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "forge",
    [
        lambda tar: add(tar, "../outside"),
        lambda tar: add(tar, "/outside"),
        lambda tar: add(tar, "keys/../../outside"),
        lambda tar: add(tar, "other"),
        lambda tar: link(tar, "node.db", tarfile.SYMTYPE, "../outside"),
        lambda tar: link(tar, "node.db", tarfile.LNKTYPE, "/etc/passwd"),
        lambda tar: link(tar, "node.db", tarfile.CHRTYPE, ""),
        lambda tar: link(tar, "node.db", tarfile.FIFOTYPE, ""),
        lambda tar: link(tar, "keys", tarfile.DIRTYPE, ""),
        lambda tar: add(tar, "node.toml"),
        lambda tar: None,
    ],
)
def test_a_member_that_is_not_the_named_file_is_refused(
    tmp_path: Path, forge: Callable[[tarfile.TarFile], None]
) -> None:
    out = tmp_path / "inner" / "out"
    out.mkdir(parents=True)
    before = sorted(tmp_path.rglob("*"))
    source = forged(tmp_path, forge)
    with pytest.raises(NodeError):
        unpack(source, out)
    outside = [path for path in tmp_path.rglob("*") if out not in path.parents and path not in (*before, source)]
    assert outside == []


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "node.lock", "keys/../x", "log.lock", "node.toml"])
def test_a_manifest_that_names_other_files_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(NodeError, match="other files"):
        unpack(forged(tmp_path, lambda tar: add(tar, name), name), tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_flipped_bit_is_found(tmp_path: Path) -> None:
    source = packed(tmp_path)
    content = bytearray(source.read_bytes())
    content[content.index(b"databasedatabase") + 5] ^= 1
    source.write_bytes(content)
    (tmp_path / "out").mkdir()
    with pytest.raises(NodeError, match="is not what was backed up"):
        unpack(source, tmp_path / "out")


@pytest.mark.parametrize("kept", [0, 100, 600, 2000, 6000])
def test_a_backup_cut_short_is_found(tmp_path: Path, kept: int) -> None:
    source = packed(tmp_path)
    source.write_bytes(source.read_bytes()[:kept])
    (tmp_path / "out").mkdir()
    with pytest.raises(NodeError):
        unpack(source, tmp_path / "out")


def test_a_file_that_is_no_backup_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "x.tar").write_text("hello")
    with pytest.raises(NodeError, match="cannot be read as a backup"):
        unpack(tmp_path / "x.tar", tmp_path)
