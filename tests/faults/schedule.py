"""Draws what the nodes of a simulation do: deeds of their officers, reading from each other, deaths, cut links."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from comity.desk.add_agreement import AddAgreementRequest, add_agreement
from comity.desk.adhere_agreement import AdhereAgreementRequest, adhere_agreement
from comity.desk.erase_item import EraseItemRequest, erase_item
from comity.desk.give_receipt import GiveReceiptRequest, OfficersLevel, give_receipt
from comity.desk.grant_release import GrantReleaseRequest, grant_release
from comity.desk.leave_agreement import LeaveAgreementRequest, leave_agreement
from comity.desk.retract import RetractRequest, retract
from comity.desk.suspend_agreement import (
    ResumeAgreementRequest,
    SuspendAgreementRequest,
    resume_agreement,
    suspend_agreement,
)
from comity.desk.sync_peers import PeerSynced, SyncPeersRequest, sync_peers
from comity.errors import NotFound
from tests.faults.promised import Passing, Promised, Text, Version
from tests.faults.reality import RealWorld, Resident
from tests.faults.simulation import PARTIES, Citizen, Faults, World
from tests.support.federation import Member
from tests.support.nodes import OFFICER, Object, a_relationship, agreement, an_object, clause

FREE, RURI, NORTH, CONCORD, ELBONIA = PARTIES
TEXTS = {
    one.id: one
    for one in (
        Text("free-ruri", (FREE, RURI), 2, "amber"),
        Text("ruri-north", (RURI, NORTH), 2, "green"),
        Text("free-elbonia", (ELBONIA, FREE), 2, "amber"),
        Text("north-concord", (CONCORD, NORTH), 2, "amber"),
        Text("three", (RURI, CONCORD, ELBONIA), 2, "amber", Passing(RURI, CONCORD, ELBONIA, "green")),
        Text("all-five", PARTIES, 3, "green"),
    )
}
IEP = "extension-definition--762e2e97-ee51-43e5-a9ea-165fbb862c4a"
OUTAGES = ("unreachable", "busy")  # what a schedule may make of a reading; all else is a fault
MOST_OFF_MS = 5_000
LEVELS_SAID: tuple[OfficersLevel, ...] = ("seen", "accepted", "declined", "need-time")


def text_of(one: Text, since: str) -> bytes:
    """Write an agreement, in force since a day at the earliest."""
    rule = f"[entry_into_force]\nconsents = {one.consents}\n"
    clauses = clause("1", "share", tlp_at_most=one.level)
    if one.passing is not None:
        of, by, to, level = one.passing
        clauses += clause("2", "forward", from_=[of], by=[by], to=[to], tlp_at_most=level)
    written = agreement(clauses, name=one.id, parties=one.parties, since=since)
    head, _, rest = written.partition("\n\n[[clause]]")
    return f"{head}\n{rule}\n[[clause]]{rest}".encode()


def marking_of(number: int) -> Object:
    """Give a party's own marking by which nothing goes on without its word."""
    policy = {
        "extension_type": "property-extension",
        "iep_version": 2.0,
        "name": "Ask first",
        "permitted_actions": "contact-for-instruction",
    }
    return an_object("marking-definition", 900 + number, name="IEP", extensions={IEP: policy})  # type: ignore[dict-item]


def lay_texts(citizens: Mapping[str, Member], since: str = "2031-01-01") -> None:
    """Let the first party to each text lay it; how it comes to the others is part of what a seed decides."""
    for text in TEXTS.values():
        add_agreement(citizens[text.parties[0]].node, OFFICER, AddAgreementRequest(text=text_of(text, since)))


class Schedule:
    """Deeds drawn one after another, and told to the model before they are done."""

    def __init__(self, world: World | RealWorld) -> None:
        self.world, self.chance = world, world.chance
        self.promised = Promised(TEXTS, PARTIES)
        self._count = 0
        self._nested = False
        self._spoken_of = set[str]()
        world.between = self._between
        self._deeds: dict[Callable[[], None], int] = {
            self.put: 5, self.renew: 4, self.relate: 3, self.retract: 2, self.erase: 2, self.say: 4, self.grant: 1,
            self.adhere: 5, self.leave: 1, self.rest: 1, self.resume: 1, self.read: 12, self.read_all: 2, self.work: 3,
            self.restart: 1, self.doom: 3, self.cut: 2, self.mend: 2, self.late: 3, self.step_clock: 1,
            self.pass_time: 1,
        }  # fmt: skip
        self._beside = {
            deed: weight for deed, weight in self._deeds.items() if deed not in (self.cut, self.mend, self.pass_time)
        }

    def run(self, steps: int) -> None:
        """Let so much happen."""
        world, chance = self.world, self.chance
        for citizen in world.citizens.values():
            citizen.off_ms = chance.randint(-MOST_OFF_MS, MOST_OFF_MS)
        if chance.random() < 0.3:
            self._open_chain()
        rate = chance.choice((0.0, 0.05, 0.15, 0.3))
        world.faults = Faults(*(rate * chance.random() for _ in range(4)), between=chance.choice((0.0, 0.1, 0.3)))
        world.say(f"{world.faults}")
        for _ in range(steps):
            world.now_ms += chance.choice((1, 10, 100, 1_000, 20_000))
            self._draw(self._deeds)

    def _open_chain(self) -> None:
        """Let all parties to the text by which one passes on be bound, and something go the whole way."""
        text = next(text for text in TEXTS.values() if text.passing is not None)
        first, by, to = (self.world.citizens[name] for name in text.parties)
        self._adhere(first, text.id)
        self._put(first, "green", kept_back=False)
        for citizen in (by, to):
            self.sync(citizen, first.name)
            self._adhere(citizen, text.id)
        for reader, giver in ((first, by), (by, to), (by, first), (to, by), (to, first)):
            self.sync(reader, giver.name)

    def _draw(self, deeds: dict[Callable[[], None], int]) -> None:
        (deed,) = self.chance.choices(list(deeds), weights=list(deeds.values()))
        deed()

    def _between(self) -> None:
        """Let something else happen while a call is on its way; not in calls of its own."""
        if not self._nested:
            self._nested = True
            try:
                self._draw(self._beside)
            finally:
                self._nested = False

    def _someone(self) -> Citizen | Resident:
        return self.world.citizens[self.chance.choice(PARTIES)]

    def _other(self, than: Citizen | Resident) -> Citizen | Resident:
        return self.world.citizens[self.chance.choice([name for name in PARTIES if name != than.name])]

    def _key(self) -> str:
        self._count += 1
        return f"deed-{self._count}"

    def _ask(
        self, citizen: Citizen | Resident, verb: Callable[..., Any], request: msgspec.Struct, *, again: bool = True
    ) -> Any:
        """Let an officer ask a verb of a node, in its next life if it dies of it."""
        return self.world.attempt(citizen, lambda: citizen.ask(verb, request), again=again)

    def put(self) -> None:
        """Put one to three new items at a party."""
        citizen = self._someone()
        level, kept_back = self.chance.choice(("green", "green", "amber", "red")), self.chance.random() < 0.2
        self._put(citizen, level, kept_back=kept_back)

    def _put(self, citizen: Citizen | Resident, level: str, *, kept_back: bool) -> None:
        made = []
        for _ in range(self.chance.randint(1, 3)):
            self._count += 1
            made.append(self._version(citizen, self.chance.choice(("indicator", "malware")), self._count, kept_back))
        self._take_in(citizen, made, level, kept_back)

    def renew(self) -> None:
        """Put a new version of an item, sometimes under a stricter level."""
        citizen = self._someone()
        if not (mine := self._things(citizen)):
            return
        last = self.promised.versions[citizen.name][self.chance.choice(mine)][-1]
        level = self.chance.choice((last.level, last.level, last.level, "red"))
        kind, number = last.stix_id.split("--")[0], int(last.stix_id[-12:])
        self._take_in(citizen, [self._version(citizen, kind, number, last.kept_back)], level, last.kept_back)

    def _version(self, citizen: Citizen | Resident, kind: str, number: int, kept_back: bool) -> Object:
        self._count += 1
        minutes, seconds = divmod(self._count, 60)
        marked = [marking_of(PARTIES.index(citizen.name))["id"]] if kept_back else None
        modified = f"2031-02-02T00:{minutes:02}:{seconds:02}.000Z"
        return an_object(kind, number, modified=modified, object_marking_refs=marked)

    def _take_in(
        self, citizen: Citizen | Resident, made: list[Object], level: str, kept_back: bool, ends: tuple[str, ...] = ()
    ) -> None:
        for one in made:
            version = Version(str(one["id"]), str(one["modified"]), json.dumps(one).encode(), level, kept_back, ends)
            self.promised.put(citizen.name, version)
            self.world.say(f"{citizen.name} puts {version.stix_id[-4:]} {version.modified[14:19]} {level} {kept_back}")
        told = self.world.attempt(citizen, lambda: citizen.put(*made, tlp=level))
        assert told is not None and told.quarantined == 0

    def retract(self) -> None:
        """Take an own item back."""
        citizen = self._someone()
        if not (mine := self.promised.live(citizen.name)):
            return
        stix_id = self.chance.choice(mine)
        self.promised.gone[citizen.name].add(stix_id)
        request = RetractRequest(id=stix_id, reason="An error.", idempotency_key=self._key())
        told = self._ask(citizen, retract, request)
        self.world.say(f"{citizen.name} retracts {stix_id[-4:]} from {told and told.served_to}")

    def _things(self, citizen: Citizen | Resident) -> list[str]:
        return [one for one in self.promised.live(citizen.name) if not one.startswith("relationship--")]

    def relate(self) -> None:
        """Put a relationship between two own items."""
        citizen = self._someone()
        if len(mine := self._things(citizen)) < 2:
            return
        ends = self.chance.sample(mine, 2)
        self._count += 1
        self.world.counts["relationships"] += 1
        made = a_relationship(self._count, *ends)
        self._take_in(citizen, [made], self.chance.choice(("green", "amber")), kept_back=False, ends=tuple(ends))

    def erase(self) -> None:
        """Erase an own item, if nobody has said anything of it: a word on what is gone would be an alarm."""
        citizen = self._someone()
        mine = [one for one in self._things(citizen) if one not in self._spoken_of]
        if not mine:
            return
        stix_id = self.chance.choice(mine)
        self.promised.gone[citizen.name].add(stix_id)
        self.world.say(f"{citizen.name} erases {stix_id[-4:]}")
        self.world.counts["erasures"] += 1
        try:
            self._ask(citizen, erase_item, EraseItemRequest(id=stix_id, reason="An order.", ordered_by="Court"))
        except NotFound:  # it died with it done
            return

    def say(self) -> None:
        """Let an officer say something of an item that another gave."""
        citizen = self._someone()
        asked = (
            "select r.stix_id, p.name from records r join parties p on p.no = r.source_no where p.name <> ?"
            " and r.family = 0 and r.state = 0 and r.type in ('indicator', 'malware') order by r.no"
        )
        held = self.world.attempt(citizen, lambda: citizen.rows(asked, citizen.name)) or []
        gone = set().union(*self.promised.gone.values())
        if not (free := [(str(stix_id), str(giver)) for stix_id, giver in held if stix_id not in gone]):
            return
        (stix_id, giver), level = self.chance.choice(free), self.chance.choice(LEVELS_SAID)
        self._spoken_of.add(stix_id)
        until = "2039-01-01" if level == "need-time" else None
        self.world.counts["officers' words"] += 1
        self.world.say(f"{citizen.name} says {level} of {stix_id[-4:]} from {giver}")
        request = GiveReceiptRequest(
            id=stix_id, level=level, by="Duty officer", reason="So.", until=until, source=giver,
            idempotency_key=self._key(),
        )  # fmt: skip
        self._ask(citizen, give_receipt, request)

    def grant(self) -> None:
        """Consent to the release of an own item to a party."""
        citizen = self._someone()
        mine = self.promised.live(citizen.name)
        kept_back = [name for name in mine if self.promised.versions[citizen.name][name][-1].kept_back]
        if not kept_back:
            return
        stix_id, reader = self.chance.choice(kept_back), self._other(citizen).name
        self.promised.grant(citizen.name, stix_id, reader)
        request = GrantReleaseRequest(ids=(stix_id,), to=(reader,), idempotency_key=self._key())
        self.world.say(f"{citizen.name} grants {stix_id[-4:]} to {reader}")
        self._ask(citizen, grant_release, request)

    def adhere(self) -> None:
        """Let a party adhere to a text that it holds, for the first time or again."""
        citizen = self._someone()
        held = self.world.attempt(citizen, citizen.texts_held) or []
        standing = self.promised.standing
        free = [
            name
            for name in held
            if citizen.name not in standing[name].adhered - standing[name].left
            and len(set(TEXTS[name].parties) - standing[name].left) >= 2
        ]
        if not free:
            return
        self._adhere(citizen, self.chance.choice(free))

    def _adhere(self, citizen: Citizen | Resident, text: str) -> None:
        self.promised.adhere(text, citizen.name)
        request = AdhereAgreementRequest(agreement=text, idempotency_key=self._key())
        self.world.say(f"{citizen.name} adheres to {text}")
        self._ask(citizen, adhere_agreement, request)

    def _bound(self, citizen: Citizen | Resident) -> list[str]:
        standing = self.promised.standing.items()
        return [name for name, one in standing if citizen.name in one.adhered - one.left]

    def leave(self) -> None:
        """Let a party leave."""
        citizen = self._someone()
        if not (bound := self._bound(citizen)):
            return
        text = self.chance.choice(bound)
        request = LeaveAgreementRequest(agreement=text, idempotency_key=self._key())
        self.world.say(f"{citizen.name} leaves {text}")
        self._ask(citizen, leave_agreement, request)
        self.promised.standing[text].left.add(citizen.name)

    def rest(self) -> None:
        """Let a text rest for a party."""
        citizen = self._someone()
        bound = [text for text in self._bound(citizen) if citizen.name not in self.promised.standing[text].resting]
        if not bound:
            return
        text = self.chance.choice(bound)
        request = SuspendAgreementRequest(agreement=text, reason="A pause.", idempotency_key=self._key())
        self.world.say(f"{citizen.name} lets {text} rest")
        self._ask(citizen, suspend_agreement, request)
        self.promised.standing[text].resting.add(citizen.name)

    def resume(self) -> None:
        """Take a text up again."""
        resting = [(text, name) for text, one in self.promised.standing.items() for name in sorted(one.resting)]
        if not resting:
            return
        text, name = self.chance.choice(resting)
        citizen = self.world.citizens[name]
        self.promised.resume(text, name)
        request = ResumeAgreementRequest(agreement=text, reason="Go on.", idempotency_key=self._key())
        self.world.say(f"{name} resumes {text}")
        self._ask(citizen, resume_agreement, request)

    def read(self) -> None:
        """Let a node read from another."""
        citizen = self._someone()
        self.sync(citizen, self._other(citizen).name)

    def read_all(self) -> None:
        """Let a node read from all that are due."""
        self.sync(self._someone(), None, due_only=True)

    def sync(self, citizen: Citizen | Resident, party: str | None, *, due_only: bool = False) -> tuple[PeerSynced, ...]:
        """Let a node read from one party or from all, and say what it was told."""
        request = SyncPeersRequest(party=party, due_only=due_only)
        answer = self._ask(citizen, sync_peers, request, again=False)
        told = () if answer is None else answer.peers
        for one in told:
            words = f"{one.code or 'ok'} {one.objects} objects, {one.acts} acts, {one.posted} posted"
            self.world.say(f"{citizen.name} reads {one.party}: {words}")
            assert one.code in ("", *OUTAGES), one.error
            assert one.missing == 0 == one.quarantined
        return told

    def work(self) -> None:
        """Let a node's sequencer do what waits, and sign its log."""
        citizen = self._someone()
        self.world.say(f"{citizen.name} works")
        self.world.attempt(citizen, citizen.work)

    def restart(self) -> None:
        """Stop a node and start it again."""
        citizen = self._someone()
        self.world.say(f"{citizen.name} restarts")
        self.world.counts["restarts"] += 1
        citizen.restart()

    def doom(self) -> None:
        """Let a node die at one of its next transactions or calls."""
        self._someone().doom(self.chance.randint(1, 25), self.chance.choice(("before", "after")))

    def cut(self) -> None:
        """Cut the link between two nodes."""
        one = self._someone()
        other = self._other(one)
        self.world.cut.add(frozenset((one.name, other.name)))
        self.world.say(f"{one.name} and {other.name} are cut off")

    def mend(self) -> None:
        """Mend a cut link."""
        if cut := sorted(sorted(pair) for pair in self.world.cut):
            pair = self.chance.choice(cut)
            self.world.cut.discard(frozenset(pair))
            self.world.say(f"{' and '.join(pair)} are linked again")

    def late(self) -> None:
        """Let a call arrive that was held up."""
        if self.world.late:
            self.world.deliver_late()

    def step_clock(self) -> None:
        """Set a clock."""
        self._someone().off_ms = self.chance.randint(-MOST_OFF_MS, MOST_OFF_MS)

    def pass_time(self) -> None:
        """Let time go by."""
        self.world.now_ms += self.chance.choice((60_000, 600_000, 7_200_000))
