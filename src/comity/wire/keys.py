"""Decides where a node's keys lie and who may read them: files of mode 0600 in a folder of their own, in no database.

`root.pem` is the party's root key and may be taken away to a safe place: `root.pub` stays. `record.pem` signs acts,
`log.pem` the checkpoints of the log; `encryption.pem` is an X25519 key. `token.key` authenticates page tokens. A
rotation adds `record-2.pem` and so on; no private key is ever replaced or removed. The folder appears whole or not at
all, and so does each later file.
"""

import os
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal, TypeAlias

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from comity.errors import NodeError
from comity.records.dsse import KeyId, Signer, key_id, signer_of
from comity.wire.new_files import to_disk

KeyUse: TypeAlias = Literal["record", "log", "encryption"]
Private: TypeAlias = Ed25519PrivateKey | X25519PrivateKey

ROOT, ROOT_PUBLIC, RECORD, LOG, TOKEN = "root.pem", "root.pub", "record.pem", "log.pem", "token.key"
ENCRYPTION = "encryption.pem"
PASSWORDS: Final = ("mail-password", "notice-mail-password")  # where the settings look for them if they say nothing
MAIL_KEYS: Final = ("mail.asc", "mail.pem")  # by which the node reads sealed mails; laid there by the operator
USES: Final[tuple[KeyUse, ...]] = ("record", "log", "encryption")
TOKEN_BYTES: Final = 32
_SEED_BYTES: Final = 32  # RFC 8032 §5.1.5, RFC 7748 §6.1
_LARGEST_FILE: Final = 64 * 1024
_NUMBERED = re.compile(r"(record|log|encryption)(?:-([1-9][0-9]{0,5}))?\.pem")


class NodeKeys(msgspec.Struct, frozen=True, kw_only=True):
    """What a node signs and authenticates with. Shown without its secrets.

    `record` and `log` are the first ones; which of several counts now, the key set says: see `comity.desk.own_keys`.
    """

    root_public: bytes
    record: Signer
    log: Signer
    token_key: bytes
    encryption_public: bytes = b""
    root: Signer | None = None  # none while the root key is kept elsewhere

    @property
    def root_key_id(self) -> KeyId:
        """The id of the root key, there or not."""
        return key_id(self.root_public)

    def __repr__(self) -> str:
        return f"NodeKeys(root={self.root_key_id}, record={self.record.key_id})"


class HeldKey(msgspec.Struct, frozen=True, kw_only=True):
    """One private key in the folder by its public part; `signer` is none for a key that cannot sign."""

    use: KeyUse
    number: int  # 1 is the first, `record.pem`
    public: bytes
    signer: Signer | None


def create(folder: Path, entropy: Callable[[int], bytes]) -> NodeKeys:
    """Make a node's keys, durably. A creation that was cut short leaves nothing and can be repeated.

    Args:
        entropy: gives so many random bytes, fit for keys.

    Raises:
        NodeError: there are keys already, or the folder cannot be written.
    """
    root, record, log = (Ed25519PrivateKey.from_private_bytes(_fresh(entropy, _SEED_BYTES)) for _ in range(3))
    encryption = X25519PrivateKey.from_private_bytes(_fresh(entropy, _SEED_BYTES))
    files = {
        ROOT: _private_pem(root),
        ROOT_PUBLIC: root.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        RECORD: _private_pem(record),
        LOG: _private_pem(log),
        ENCRYPTION: _private_pem(encryption),
        TOKEN: _fresh(entropy, TOKEN_BYTES).hex().encode() + b"\n",
    }
    try:
        _write_whole(folder, files)
    except OSError as exc:
        raise NodeError("keys cannot be made in {folder}: {why}", folder=folder, why=exc.strerror) from exc
    return load(folder)


def complete(folder: Path, entropy: Callable[[int], bytes]) -> None:
    """Make what a folder of keys from before there were keys for log and encryption lacks.

    Raises:
        NodeError: the folder cannot be written.
    """
    if not (folder / RECORD).exists():
        return
    if not (folder / LOG).exists():
        _add_file(folder, LOG, _private_pem(_made("log", entropy)))
    if not (folder / ENCRYPTION).exists():
        _add_file(folder, ENCRYPTION, _private_pem(_made("encryption", entropy)))


def add_key(folder: Path, use: KeyUse, entropy: Callable[[int], bytes]) -> HeldKey:
    """Make one more key for a use, durably, beside those that are there. It counts once the key set states it.

    Raises:
        NodeError: the folder cannot be written.
    """
    number = 1 + max((held.number for held in held_keys(folder) if held.use == use), default=0)
    private = _made(use, entropy)
    _add_file(folder, _name(use, number), _private_pem(private))
    return _held(use, number, private)


def held_keys(folder: Path) -> tuple[HeldKey, ...]:
    """Give every private key under the root that lies in the folder, by use and number.

    Raises:
        NodeError: a file is no key, or others may read it.
    """
    found = []
    for path in folder.iterdir():
        if match := _NUMBERED.fullmatch(path.name):
            use: KeyUse = next(one for one in USES if one == match.group(1))
            private = _x25519_key(path) if use == "encryption" else _private_key(path)
            found.append(_held(use, int(match.group(2) or 1), private))
    return tuple(sorted(found, key=lambda held: (held.use, held.number)))


def load_root(path: Path, root_public: bytes) -> Signer:
    """Read a root key that is kept elsewhere.

    Raises:
        NodeError: it is missing, is no key, others may read it, or it is not this party's root key.
    """
    private = _private_key(path)
    if private.public_key().public_bytes_raw() != root_public:
        raise NodeError("{path} is not this party's root key", path=path)
    return signer_of(private)


def load(folder: Path) -> NodeKeys:
    """Read a node's keys.

    Raises:
        NodeError: a file is missing, is no key, or others may read it; the sentence says what to do.
    """
    root = _private_key(folder / ROOT) if (folder / ROOT).exists() else None
    root_public = _public_key(folder / ROOT_PUBLIC)
    if root is not None and root.public_key().public_bytes_raw() != root_public:
        raise NodeError(
            "{path} and {path_2} are not one key: restore both from one backup",
            path=folder / ROOT,
            path_2=folder / ROOT_PUBLIC,
        )
    return NodeKeys(
        root_public=root_public,
        record=signer_of(_private_key(folder / RECORD)),
        log=signer_of(_private_key(folder / LOG)),
        token_key=_token_key(folder / TOKEN),
        encryption_public=_x25519_key(folder / ENCRYPTION).public_key().public_bytes_raw(),
        root=None if root is None else signer_of(root),
    )


def is_key_file(name: str) -> bool:
    """Say whether a file of this name belongs in a folder of keys."""
    return name in (ROOT, ROOT_PUBLIC, TOKEN, *MAIL_KEYS, *PASSWORDS) or _NUMBERED.fullmatch(name) is not None


def _name(use: KeyUse, number: int) -> str:
    return f"{use}.pem" if number == 1 else f"{use}-{number}.pem"


def _made(use: KeyUse, entropy: Callable[[int], bytes]) -> Private:
    seed = _fresh(entropy, _SEED_BYTES)
    if use == "encryption":
        return X25519PrivateKey.from_private_bytes(seed)
    return Ed25519PrivateKey.from_private_bytes(seed)


def _held(use: KeyUse, number: int, private: Private) -> HeldKey:
    public = private.public_key().public_bytes_raw()
    signer = signer_of(private) if isinstance(private, Ed25519PrivateKey) else None
    return HeldKey(use=use, number=number, public=public, signer=signer)


def _add_file(folder: Path, name: str, content: bytes) -> None:
    """Write a file beside its place and move it there; what is there is never replaced."""
    draft = folder / f".{name}.new"
    try:
        draft.unlink(missing_ok=True)  # left by a writing that was cut short; nothing has used this key
        _write_private(draft, content)
        os.link(draft, folder / name)  # unlike a rename, refuses to replace
        draft.unlink()
        to_disk(folder)
    except OSError as exc:
        raise NodeError("{what} cannot be made: {strerror}", what=folder / name, strerror=exc.strerror) from exc


def _fresh(entropy: Callable[[int], bytes], size: int) -> bytes:
    found = entropy(size)
    if len(found) != size:
        raise NodeError("the source of randomness gave {count} bytes, not {size}", count=len(found), size=size)
    return found


def _private_pem(key: Private) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write_whole(folder: Path, files: dict[str, bytes]) -> None:
    """Write the files beside the place and move them there together."""
    if folder.is_dir() and any(folder.iterdir()):
        raise NodeError("{folder} holds keys already: keys are made once", folder=folder)
    draft = folder.with_name(f".{folder.name}.new")
    if draft.is_dir():  # left by a creation that was cut short; nothing has used these keys
        for leftover in draft.iterdir():
            leftover.unlink()
        draft.rmdir()
    draft.mkdir(mode=0o700)
    for name, content in files.items():
        _write_private(draft / name, content)
    to_disk(draft)
    # POSIX rename takes the place of an empty folder and refuses a filled one: no key is ever overwritten.
    draft.rename(folder)
    to_disk(folder.parent)


def _write_private(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _read_private(path: Path) -> bytes:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError as exc:
        raise NodeError("{path} is missing: restore it from the backup of the node's keys", path=path) from exc
    except OSError as exc:
        raise NodeError("{path} cannot be read: {why}", path=path, why=exc.strerror) from exc
    # Asked of the open file, not of the path, so that it cannot be exchanged in between.
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        os.close(handle)
        raise NodeError("{path} is not a plain file: restore it from the backup of the node's keys", path=path)
    with os.fdopen(handle, "rb") as file:
        if status.st_mode & 0o077:
            raise NodeError(
                "{path} can be read or changed by others (mode {mode}): run `chmod 600 {path}`, and replace the key "
                "if others may have read it",
                path=path,
                mode=format(stat.S_IMODE(status.st_mode), "04o"),
            )
        return file.read(_LARGEST_FILE)


def _private_key(path: Path) -> Ed25519PrivateKey:
    key = _any_private_key(path)
    if not isinstance(key, Ed25519PrivateKey):
        raise NodeError("{path} is no Ed25519 key: restore it from the backup of the node's keys", path=path)
    return key


def _x25519_key(path: Path) -> X25519PrivateKey:
    key = _any_private_key(path)
    if not isinstance(key, X25519PrivateKey):
        raise NodeError("{path} is no X25519 key: restore it from the backup of the node's keys", path=path)
    return key


def _any_private_key(path: Path) -> object:
    try:
        return load_pem_private_key(_read_private(path), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as exc:
        raise NodeError(
            "{path} is no PKCS #8 private key without a password: restore it from the backup", path=path
        ) from exc


def _public_key(path: Path) -> bytes:
    try:
        key = load_pem_public_key(_read_private(path))
    except (ValueError, UnsupportedAlgorithm) as exc:
        raise NodeError("{path} is no public key: restore it from the backup of the node's keys", path=path) from exc
    if not isinstance(key, Ed25519PublicKey):
        raise NodeError("{path} is no Ed25519 key: restore it from the backup of the node's keys", path=path)
    return key.public_bytes_raw()


def _token_key(path: Path) -> bytes:
    try:
        key = bytes.fromhex(_read_private(path).decode("ascii").strip())
    except ValueError as exc:
        raise NodeError(
            "{path} is no key in hexadecimal: restore it from the backup of the node's keys", path=path
        ) from exc
    if len(key) != TOKEN_BYTES:
        raise NodeError(
            "{path} has {count} bytes, not {token_bytes}: restore it from the backup",
            path=path,
            count=len(key),
            token_bytes=TOKEN_BYTES,
        )
    return key
