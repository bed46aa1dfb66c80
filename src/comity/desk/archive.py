"""Says what a backup is: a plain tar with a manifest that names every file, its length and its SHA-256.

A backup is read with suspicion: only the files a backup has, only plain ones, never outside the folder they go to.
"""

import hashlib
import io
import os
import re
import tarfile
from pathlib import Path
from typing import BinaryIO

import msgspec

from comity.errors import NodeError
from comity.wire.keys import is_key_file

MANIFEST = "manifest.json"
SETTINGS = "node.toml"
DATABASE = "node.db"
KEYS = "keys/"
MAIL = "mail"
BESIDE = ("logins", MAIL, "tls")  # folders beside the keys, each put back whole
_BESIDE = re.compile(
    r"logins/[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.json"
    r"|mail/[a-z0-9][a-z0-9.-]{0,99}\.(?:asc|pem)"
    r"|tls/(?:key|certificate)-[1-9][0-9]{0,5}\.pem"
)
LONGEST_MANIFEST_BYTES = 1024 * 1024
_PIECE = 1024 * 1024


class BackedUp(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of a backup."""

    name: str
    size_bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup says of itself; its first member."""

    version: int
    party: str
    made_at: str
    exercise: bool
    files: tuple[BackedUp, ...]


def key_names(folder: Path) -> list[str]:
    """Give the files of a node's keys as a backup names them."""
    return sorted(f"{KEYS}{path.name}" for path in (folder / KEYS).iterdir() if is_key_file(path.name))


def beside_names(folder: Path, *, secret: bool) -> list[str]:
    """Give what else a node needs and cannot make again: certificates of others for mails; what is `secret`, if asked.

    Secret are the logins at others and the TLS keys that the node has made.
    """
    wanted = BESIDE if secret else (MAIL,)
    found = (f"{name}/{path.name}" for name in wanted if (folder / name).is_dir() for path in (folder / name).iterdir())
    return sorted(name for name in found if _BESIDE.fullmatch(name) and (folder / name).is_file())


def is_known(name: str) -> bool:
    """Say whether a backup may hold a file of this name."""
    if name.startswith(KEYS):
        return is_key_file(name.removeprefix(KEYS))
    return name in (SETTINGS, DATABASE) or _BESIDE.fullmatch(name) is not None


def describe(folder: Path, name: str) -> BackedUp:
    """Measure one file for the manifest."""
    with (folder / name).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return BackedUp(name=name, size_bytes=(folder / name).stat().st_size, sha256=digest)


def pack(folder: Path, manifest: Manifest, target: BinaryIO) -> None:
    """Write a backup of the files in `folder` that the manifest names."""
    with tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as tar:
        _add(tar, MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
        for one in manifest.files:
            with (folder / one.name).open("rb") as file:
                entry = _entry(one.name, one.size_bytes)
                tar.addfile(entry, file)


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    tar.addfile(_entry(name, len(content)), io.BytesIO(content))


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry


def unpack(source: Path, folder: Path) -> Manifest:
    """Take a backup apart into an empty folder, checking every file against the manifest.

    Raises:
        NodeError: not a backup of ours, damaged, or holding what no backup holds.
    """
    try:
        with tarfile.open(source, mode="r:") as tar:
            members = iter(tar)
            manifest = _read_manifest(tar, next(members, None), source)
            wanted = {one.name: one for one in manifest.files}
            for member in members:
                _take(tar, member, wanted.pop(member.name, None), folder, source)
    except (OSError, tarfile.TarError, EOFError) as exc:
        raise NodeError("{source} cannot be read as a backup: {why}", source=source, why=exc) from exc
    if wanted:
        raise NodeError("{source} is damaged: {names} is missing", source=source, names=", ".join(sorted(wanted)))
    return manifest


def _read_manifest(tar: tarfile.TarFile, member: tarfile.TarInfo | None, source: Path) -> Manifest:
    if member is None or member.name != MANIFEST or not member.isreg() or member.size > LONGEST_MANIFEST_BYTES:
        raise NodeError("{source} is not a backup of a node: it does not begin with a manifest", source=source)
    file = tar.extractfile(member)
    try:
        manifest = msgspec.json.decode(file.read() if file else b"", type=Manifest)
    except (msgspec.DecodeError, RecursionError) as exc:
        raise NodeError("{source} is not a backup of a node: {why}", source=source, why=exc) from exc
    names = [one.name for one in manifest.files]
    if manifest.version != 1:
        raise NodeError(
            "{source} has version {version}; this Comity reads version 1", source=source, version=manifest.version
        )
    if len(set(names)) != len(names) or not all(map(is_known, names)) or not {SETTINGS, DATABASE} <= set(names):
        raise NodeError("{source} holds other files than a backup does", source=source)
    return manifest


def _take(tar: tarfile.TarFile, member: tarfile.TarInfo, expected: BackedUp | None, folder: Path, source: Path) -> None:
    """Write one member out. Its name is one of ours, so it cannot leave the folder, whatever the tar says."""
    if expected is None or not member.isreg() or member.size != expected.size_bytes:
        raise NodeError(
            "{source} holds what its manifest does not name: {member}", source=source, member=repr(member.name[:80])
        )
    safe = tarfile.data_filter(member, str(folder))  # refuses links, devices and paths that lead elsewhere
    file = tar.extractfile(safe)
    target = folder / expected.name
    target.parent.mkdir(mode=0o700, exist_ok=True)
    digest = hashlib.sha256()
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as out:
        while file is not None and (piece := file.read(_PIECE)):
            digest.update(piece)
            out.write(piece)
        out.flush()
        os.fsync(out.fileno())
    if digest.hexdigest() != expected.sha256:
        raise NodeError(
            "{source} is damaged: {expected} is not what was backed up", source=source, expected=expected.name
        )
