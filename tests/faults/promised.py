"""Says from what was put and agreed what each party must hold in the end, and what it may: a model of a few rules.

It shares no code with the product. Each party's own deeds are known to it at once; how they reach others is what the
simulation is about. What a party must hold follows from the last state of all; what it may, from all that was open.
"""

from collections import defaultdict
from itertools import product
from typing import NamedTuple

LEVELS = {"green": 1, "amber": 2, "red": 4}


class Passing(NamedTuple):
    """By a text, `by` passes on what came from `of`, to `to`, up to a level."""

    of: str
    by: str
    to: str
    level: str


class Text(NamedTuple):
    """An agreement: its parties, how many consents bring it into force, up to which level it opens, what goes on."""

    id: str
    parties: tuple[str, ...]
    consents: int
    level: str
    passing: Passing | None = None


class Version(NamedTuple):
    """One version of an item. `kept_back`: its originator consents to each reader. `ends`: of a relationship."""

    stix_id: str
    modified: str
    body: bytes
    level: str
    kept_back: bool
    ends: tuple[str, ...] = ()


class Standing:
    """What became of a text: who adhered, who of them left, for whom it rests."""

    def __init__(self) -> None:
        self.adhered: set[str] = set()
        self.left: set[str] = set()
        self.resting: set[str] = set()


class Promised:
    """What the parties did. Tell it of a deed before it is done; `may` is then never too small."""

    def __init__(self, texts: dict[str, Text], parties: tuple[str, ...]) -> None:
        self.texts, self.parties = texts, parties
        self.standing = {name: Standing() for name in texts}
        self.versions: dict[str, dict[str, list[Version]]] = {name: {} for name in parties}
        self.gone: dict[str, set[str]] = {name: set() for name in parties}  # taken back or erased
        self.granted: dict[bytes, set[str]] = defaultdict(set)
        self.may: dict[tuple[str, str], set[bytes]] = defaultdict(set)

    def live(self, giver: str) -> list[str]:
        """Give the ids of what a party has put, and neither taken back nor erased."""
        return [stix_id for stix_id in self.versions[giver] if stix_id not in self.gone[giver]]

    def gone_of(self, giver: str) -> set[bytes]:
        """Give every version of what a party has taken back or erased."""
        return {one.body for stix_id in self.gone[giver] for one in self.versions[giver][stix_id]}

    def put(self, giver: str, version: Version) -> None:
        """A party holds a new item, or a new version of one."""
        self.versions[giver].setdefault(version.stix_id, []).append(version)
        self.widen()

    def grant(self, giver: str, stix_id: str, reader: str) -> None:
        """An originator consents, for the versions that it holds now."""
        for one in self.versions[giver][stix_id]:
            self.granted[one.body].add(reader)
        self.widen()

    def adhere(self, text: str, party: str) -> None:
        """A party is bound, maybe anew."""
        self.standing[text].adhered.add(party)
        self.standing[text].left.discard(party)
        self.widen()

    def resume(self, text: str, party: str) -> None:
        """A text rests for a party no more."""
        self.standing[text].resting.discard(party)
        self.widen()

    def widen(self) -> None:
        """Note what is open now to whom, at the widest that any node may know of."""
        for giver, reader in product(self.parties, self.parties):
            if giver != reader:
                for stix_id in self.live(giver):
                    open_now = (one for one in self.versions[giver][stix_id] if self._may(one, giver, reader))
                    self.may[giver, reader].update(one.body for one in open_now)
        for text in self.texts.values():
            passing = text.passing
            if passing is not None and passing.by in _bound(self.standing[text.id]):
                # Who passes on hears late of what was taken back, and of who left.
                ever = self.may[passing.of, passing.by]
                on = (one.body for one in self._all(passing.of) if one.body in ever and _goes_on(one, passing))
                self.may[passing.by, passing.to].update(on)

    def _all(self, giver: str) -> list[Version]:
        return [one for versions in self.versions[giver].values() for one in versions]

    def must_pass_on(self, passing: Passing, held: set[bytes]) -> dict[str, bytes]:
        """Give the newest version of each item that has to go on of what is held there, once everyone knows all."""
        text = next(text for text in self.texts.values() if text.passing == passing)
        now = self.standing[text.id]
        if len(now.adhered) < text.consents or not {passing.of, passing.by, passing.to} <= _bound(now):
            return {}
        seen: dict[str, Version] = {}
        for one in self._all(passing.of):
            is_newer = one.stix_id not in seen or one.modified > seen[one.stix_id].modified
            if one.body in held and _goes_on(one, passing) and is_newer:
                seen[one.stix_id] = one
        return {stix_id: one.body for stix_id, one in seen.items() if seen.keys() >= set(one.ends)}

    def must(self, giver: str, reader: str) -> dict[str, bytes]:
        """Give the newest version of each item that is open to a reader now, when everyone knows everything."""
        found: dict[str, Version] = {}
        for stix_id in self.live(giver):
            seen = [one for one in self.versions[giver][stix_id] if self._must(one, giver, reader)]
            if seen:
                found[stix_id] = max(seen, key=lambda one: one.modified)
        return {stix_id: one.body for stix_id, one in found.items() if found.keys() >= set(one.ends)}

    def _shares(self, one: Version, giver: str, reader: str) -> list[Text]:
        if one.kept_back and reader not in self.granted[one.body]:
            return []
        return [
            text
            for text in self.texts.values()
            if giver in text.parties and reader in text.parties and LEVELS[one.level] <= LEVELS[text.level]
        ]

    def _may(self, one: Version, giver: str, reader: str) -> bool:
        """A party alone is bound to all; whether others are knows it only when their word has come."""
        live = self.live(giver)
        for end in one.ends:
            if end not in live or not any(self._may(version, giver, reader) for version in self.versions[giver][end]):
                return False
        return any(giver in _bound(self.standing[text.id]) for text in self._shares(one, giver, reader))

    def _must(self, one: Version, giver: str, reader: str) -> bool:
        for text in self._shares(one, giver, reader):
            now = self.standing[text.id]
            in_force = len(now.adhered) >= text.consents
            if giver not in _bound(now) or len(set(text.parties) - now.left) < 2:
                continue
            if not in_force or reader in _bound(now):
                return True
        return False


def _goes_on(one: Version, passing: Passing) -> bool:
    return LEVELS[one.level] <= LEVELS[passing.level] and not one.kept_back


def _bound(standing: Standing) -> set[str]:
    return standing.adhered - standing.left - standing.resting
