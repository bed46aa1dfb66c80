"""The rules of the house as functions: each takes a path and its text, and gives what breaks the rule.

Paths are relative to the project: `src/comity/rooms/release/policy.py`.
"""

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import PurePosixPath

PURE_FLOORS = ("rooms", "procedures", "records", "values")
# What a pure floor may import: nothing here touches files, sockets, the clock, randomness or threads.
PURE_IMPORTS = frozenset(
    """__future__ abc ast base64 binascii bisect collections contextlib copy dataclasses datetime decimal difflib enum
    fractions functools graphlib hashlib heapq hmac html ipaddress itertools json math operator re string struct
    textwrap tomllib types typing unicodedata uuid zlib cedarpy comity cryptography msgspec numpy scipy
    stix2patterns""".split()
)
IMPURE_CALLS = frozenset("open print input exec eval compile __import__ breakpoint id hash".split())
# Clock and randomness that hide in modules which are otherwise pure.
IMPURE_METHODS = frozenset(
    "now utcnow today uuid1 uuid4 generate generate_key generate_private_key fromtimestamp token_bytes".split()
)
LONGEST_FILE, LONG_FILE, LONGEST_FUNCTION = 600, 400, 60
# Below the doors an outside error is translated by its own name; only loops that must outlive any job catch all.
DOORS = ("cli", "taxii", "api", "web")
WORKER_LOOPS = frozenset(
    {
        "src/comity/wire/socket_rpc.py",  # the process's own door, node.sock: no call may end the server
        "src/comity/desk/schedule_sync.py",  # reads from peers while the node is served: no peer may end it
        "src/comity/wire/misp_child.py",  # a process of its own around misp-stix, which raises anything at all
        "src/comity/desk/schedule_mail.py",  # looks into the mailbox while the node is served
        "src/comity/desk/schedule_notices.py",  # tells people while the node is served: no server may end it
        "src/comity/desk/schedule_outlets.py",  # submits while the node is served: no outlet may end it
        "src/comity/desk/run_jobs.py",  # does jobs while the node is served: no job may end it
    }
)
# Folders of tests that mirror no folder of the source, each with what it holds.
OTHER_TESTS = frozenset({"faults", "fuzz", "journeys", "contract", "support", "vectors", "noninterference"})

_REGISTRIES = ["pypi" + ".org", "pythonhosted" + ".org", "npmjs" + ".org", "/simple" + "/", "files.python" + "hosted"]
_MACHINE_PATHS = ["/" + folder + "/" for folder in ("work", "tmp", "root", "home")]
# A machine's path begins there: `/taxii2/root/` is an address of ours.
FORBIDDEN = re.compile(rf"{'|'.join(map(re.escape, _REGISTRIES))}|(?<!\w)(?:{'|'.join(_MACHINE_PATHS)})")


# Each file is asked of by one rule after another.
@lru_cache(maxsize=4)
def _tree(source: str) -> ast.Module:
    return ast.parse(source)


def floor_of(path: str) -> str:
    """The floor that a file of the source stands on: `records`; a file beside them is its own, `texts`."""
    return PurePosixPath(path).parts[2].removesuffix(".py")


def impurities(path: str, source: str) -> Iterator[str]:
    """Rooms, procedures, records and values do no I/O, and read neither clock nor randomness."""
    if floor_of(path) not in PURE_FLOORS:
        return
    for node in ast.walk(_tree(source)):
        for module in _imported(node):
            if module.partition(".")[0] not in PURE_IMPORTS:
                yield f"{path}:{node.lineno}: imports {module}"  # type: ignore[attr-defined]  # imports have lines
            if module == "typing.Any":
                yield f"{path}: uses Any; decoded JSON is `Json`"
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id in IMPURE_CALLS:
                yield f"{path}:{node.lineno}: calls {node.func.id}()"
            if isinstance(node.func, ast.Attribute) and node.func.attr in IMPURE_METHODS:
                yield f"{path}:{node.lineno}: calls .{node.func.attr}()"


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and not node.level:
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def sql_outside_stores(path: str, source: str) -> Iterator[str]:
    """Statements are made in stores; above them a transaction is passed on, so only its type has a name there."""
    if floor_of(path) == "stores":
        return
    for node in ast.walk(_tree(source)):
        for module in _imported(node):
            if module.partition(".")[0] == "sqlalchemy" and module != "sqlalchemy.Connection":
                yield f"{path}: imports {module}"


def too_long(path: str, source: str) -> Iterator[str]:
    """A file has at most 600 lines, a function at most 60."""
    lines = source.count("\n")
    if lines > LONGEST_FILE:
        yield f"{path}: {lines} lines, at most {LONGEST_FILE}; split it by what it decides"
    for node in ast.walk(_tree(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > LONGEST_FUNCTION:
                yield f"{path}:{node.lineno}: {node.name}() has {length} lines, at most {LONGEST_FUNCTION}"


def badly_opened(path: str, source: str) -> Iterator[str]:
    """A module opens with a sentence saying what it decides."""
    opening = ast.get_docstring(_tree(source))
    if not opening or not opening[0].isupper() or len(opening.split()) < 3:
        yield f"{path}: opens with no sentence on what it decides"


def busy_packages(path: str, source: str) -> Iterator[str]:
    """An `__init__.py` holds its sentence and re-exports, nothing else."""
    if not path.endswith("/__init__.py"):
        return
    for node in _tree(source).body:
        sentence = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        exports = isinstance(node, ast.Assign) and [ast.unparse(t) for t in node.targets] == ["__all__"]
        own = isinstance(node, ast.ImportFrom) and (node.module or "").startswith("comity")
        if not (sentence or exports or own):
            yield f"{path}:{node.lineno}: an __init__.py holds only re-exports"


def relative_imports(path: str, source: str) -> Iterator[str]:
    """Imports are absolute."""
    for node in ast.walk(_tree(source)):
        if isinstance(node, ast.ImportFrom) and node.level:
            yield f"{path}:{node.lineno}: relative import"


def caught_all(path: str, source: str) -> Iterator[str]:
    """Nothing below a door catches every error, but the worker loops."""
    if floor_of(path) in DOORS or path in WORKER_LOOPS:
        return
    for node in ast.walk(_tree(source)):
        if isinstance(node, ast.ExceptHandler):
            names = {"bare"} if node.type is None else {ast.unparse(part) for part in _types(node.type)}
            # One that raises again, whatever came, only tidies up.
            again = any(isinstance(part, ast.Raise) and part.exc is None for part in node.body)
            if names & {"bare", "Exception", "BaseException"} and not again:
                yield f"{path}:{node.lineno}: catches every error"


def _types(node: ast.expr) -> list[ast.expr]:
    return node.elts if isinstance(node, ast.Tuple) else [node]


def work_at_import(path: str, source: str) -> Iterator[str]:
    """Nothing happens at import: no bare call, loop, `with` or `try` at the top of a module."""
    for node in _tree(source).body:
        call = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
        if call or isinstance(node, ast.For | ast.While | ast.With | ast.Try):
            yield f"{path}:{node.lineno}: works at import"


def has_logic(source: str) -> bool:
    """Tell whether a module does anything: it has a function whose body is more than words and a placeholder."""
    for node in ast.walk(_tree(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name != "__init__":
            body = [
                part for part in node.body if not (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))
            ]
            if body and not all(isinstance(part, ast.Pass) for part in body):
                return True
    return False


def test_file_of(path: str) -> str:
    """Where the tests of a source file are: `src/comity/a/b.py` in `tests/a/test_b.py`."""
    inside = PurePosixPath(path).relative_to("src/comity")
    return str(PurePosixPath("tests") / inside.parent / f"test_{inside.name}")


def untested(path: str, source: str, test_files: frozenset[str]) -> Iterator[str]:
    """Each file that does anything has its test file at the same place."""
    if has_logic(source) and test_file_of(path) not in test_files:
        yield f"{path}: no {test_file_of(path)}"


def homeless_tests(path: str, source_folders: frozenset[str]) -> Iterator[str]:
    """A test folder mirrors a folder of the source, or is one of the few named ones."""
    inside = PurePosixPath(path).relative_to("tests").parent
    if inside.parts and inside.parts[0] not in OTHER_TESTS and str(inside) not in source_folders:
        yield f"{path}: tests/{inside} mirrors no folder of src/comity"


def foreign_words(path: str, source: str) -> Iterator[str]:
    """No tracked file names a package index or a path of somebody's machine."""
    for number, line in enumerate(source.splitlines(), 1):
        for match in FORBIDDEN.finditer(line):
            yield f"{path}:{number}: {match.group()}"


def loose_ends(path: str, source: str) -> Iterator[str]:
    """A note on work to do names its issue."""
    for number, line in enumerate(source.splitlines(), 1):
        if re.search(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b(?!.*#\d)", line):
            yield f"{path}:{number}: a note without an issue number"
