"""Lets the nodes meet and agree as their officers would: anchors by hand, fingerprints by telephone, texts by sync."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, TypeVar

from federation import CONCORD, FREEDONIA, NORTHWIND, PARTIES, RURITANIA, Answer, Node, Party
from partner import Credentials

AGREEMENTS = Path(__file__).parent / "agreements"
LAID_BY = {"free-ruri-2026": FREEDONIA, "free-northwind-2026": FREEDONIA, "energy-circle-2026": CONCORD}
READS = (  # who reads from whom: acts cross each line both ways
    (FREEDONIA, NORTHWIND),
    (RURITANIA, FREEDONIA),
    (NORTHWIND, FREEDONIA),
    (CONCORD, FREEDONIA),
    (NORTHWIND, RURITANIA),
    (CONCORD, RURITANIA),
    (CONCORD, NORTHWIND),
)
One = TypeVar("One")
Result = TypeVar("Result")
Words = tuple[str | Path, ...]
Pair = tuple[str, str]  # who gives, who receives
Logins = dict[Pair, tuple[Credentials, Path]]


class Anchor(NamedTuple):
    """What a party hands over, and what it reads out over the telephone."""

    party: Party
    file: Path
    fingerprint: str


def each(those: Iterable[One], work: Callable[[One], Result]) -> list[Result]:
    """Do the same at several parties or nodes at once, as their people would; answers in their order."""
    with ThreadPoolExecutor(len(PARTIES)) as crew:
        return list(crew.map(work, those))


def meet(nodes: list[Node], folder: Path) -> list[Answer]:
    """Let each accept the anchors of all others, by the fingerprints read out; gives what was accepted."""
    (folder / "anchors").mkdir()
    anchors = each(nodes, lambda node: _export(node, folder / "anchors" / f"{node.party.name}.anchor"))
    return [one for accepted in each(nodes, lambda node: _accept(node, anchors)) for one in accepted]


def _export(node: Node, file: Path) -> Anchor:
    told = node.ask("anchor", "export", "--out", file)
    return Anchor(node.party, file, str(told["fingerprint"]))


def _accept(node: Node, anchors: list[Anchor]) -> list[Answer]:
    others = [one for one in anchors if one.party != node.party]
    return node.ask_each([("anchor", "accept", one.file, "--fingerprint", one.fingerprint) for one in others])


def let_in(nodes: list[Node], folder: Path) -> Logins:
    """Give each a login where it reads, and lay the texts; gives the credentials and where they are kept."""
    logins = folder / "credentials"
    logins.mkdir(mode=0o700)
    return dict(one for found in each(nodes, lambda node: _serve(node, logins)) for one in found)


def _serve(giver: Node, logins: Path) -> list[tuple[Pair, tuple[Credentials, Path]]]:
    readers = [reader for reader, at in READS if at == giver.party]
    laid = [name for name, by in LAID_BY.items() if by == giver.party]
    commands: list[Words] = [("reader", "add", "--party", one.name) for one in readers]
    for name in laid:
        commands += [("agreement", "add", AGREEMENTS / f"{name}.toml"), ("agreement", "adhere", name, "--yes")]
    found = []
    for reader, answer in zip(readers, giver.ask_each(commands), strict=False):
        login = Credentials(*(str(answer[key]) for key in Credentials._fields))
        file = logins / f"{reader.name}-at-{giver.party.name}.json"
        login.save(file)
        found.append(((giver.party.name, reader.name), (login, file)))
    return found


def agree(nodes: list[Node], logins: Logins) -> None:
    """Let the texts cross, and each party adhere at its own node.

    Nobody records another's adherence: each is that party's signed act, which reaches the others by sync.
    """
    each(nodes, lambda node: _subscribe(node, logins))
    each(nodes, _adhere_to_others)
    sync(nodes)


def _subscribe(reader: Node, logins: Logins) -> None:
    """Read from a giver from now on, and for the first time; the password goes by a file."""
    commands: list[Words] = []
    for (giver, _), (login, file) in ((pair, one) for pair, one in logins.items() if pair[1] == reader.party.name):
        secret = file.with_suffix(".txt")
        secret.touch(mode=0o600)
        secret.write_text(login.password, encoding="utf-8")
        commands.append(("peer", "add", login.url, "--party", giver, "--user", login.user, "--password-file", secret))
    reader.ask_each([*commands, ("peer", "sync")] if commands else [])


def _adhere_to_others(node: Node) -> None:
    texts = [file.stem for file in AGREEMENTS.glob("*.toml") if f'"{node.party.name}"' in file.read_text("utf-8")]
    node.ask_each([("agreement", "adhere", one, "--yes") for one in sorted(texts) if LAID_BY[one] != node.party])


def sync(nodes: Iterable[Node], *words: str) -> list[Answer]:
    """Let the nodes that read from others read what is new, and post what waits."""
    reading = [node for node in nodes if any(reader == node.party for reader, _ in READS)]
    return each(reading, lambda node: node.ask("peer", "sync", *words))
