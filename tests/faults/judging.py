"""Judges five nodes after a schedule: each by the model, each giver by its readers, each log by its node."""

from itertools import permutations

from comity.desk.verify_log import VerifyLogRequest, verify_log
from comity.records import codec, dsse
from comity.stores import consenting
from tests.faults.promised import Passing
from tests.faults.reality import RealWorld, Resident
from tests.faults.schedule import TEXTS, Schedule
from tests.faults.simulation import Citizen, World
from tests.support.nodes import OFFICER


def waits(reader: Citizen | Resident, giver: Citizen | Resident) -> bool:
    """Is there a page that the reader has not, or an act or receipt on its way between the two?"""
    line = "select no from outbox where to_party = ? and state = 'waiting'"
    return bool(
        giver.rows(line, reader.name) or reader.rows(line, giver.name) or stated(giver, reader) != held(reader, giver)
    )


def judge(schedule: Schedule) -> None:
    """Compare every node with the model, every giver with its readers, and every log with its node."""
    world, promised = schedule.world, schedule.promised
    for citizen in world.citizens.values():
        alarms = [(citizen.name, one.party, one.kind, one.facts) for one in citizen.alarms()]
        assert not alarms, alarms
        verified = verify_log(citizen.node, OFFICER, VerifyLogRequest())
        assert (verified.sound, verified.waiting) == (True, 0), verified.differences
        own = live_of(citizen, citizen.name)
        assert len(own) == len(set(own)), "held twice"
        assert set(own) == {
            one.body for stix_id in promised.live(citizen.name) for one in promised.versions[citizen.name][stix_id]
        }, "what was put stays"
    for giver, reader in permutations(world.citizens.values(), 2):
        judge_items(schedule, giver, reader)
        judge_receipts(giver, reader)
    for text in TEXTS.values():
        if text.passing is not None:
            judge_passing(schedule, text.passing)
    judge_agreements(world)


def judge_items(schedule: Schedule, giver: Citizen | Resident, reader: Citizen | Resident) -> None:
    found = live_of(reader, giver.name)
    assert len(found) == len(set(found)), "held twice"
    assert set(found) <= schedule.promised.may[giver.name, reader.name], "not given, or never open"
    must = schedule.promised.must(giver.name, reader.name)
    lost = {stix_id for stix_id, body in must.items() if body not in found}
    assert not lost, f"{reader.name} lacks the newest version of {sorted(lost)} of {giver.name}"
    gone = schedule.promised.gone_of(giver.name)
    assert not gone & set(found), f"{reader.name} holds what {giver.name} has taken back or erased"


def judge_passing(schedule: Schedule, passing: Passing) -> None:
    """What may go on went on, and what its originator took back was taken back along the whole way."""
    by, to = schedule.world.citizens[passing.by], schedule.world.citizens[passing.to]
    found = set(live_of(to, passing.by))
    must = schedule.promised.must_pass_on(passing, set(live_of(by, passing.of)))
    schedule.world.counts["items passed on"] += len(must)
    lost = {stix_id for stix_id, body in must.items() if body not in found}
    assert not lost, f"{to.name} lacks {sorted(lost)} of {passing.of}, which {by.name} passes on"
    gone = schedule.promised.gone_of(passing.of)
    assert not gone & found, f"{to.name} holds what {passing.of} has taken back or erased, from {by.name}"


def live_of(citizen: Citizen | Resident, source: str) -> list[bytes]:
    """Give the bytes of the live items from a source, but for markings."""
    asked = (
        "select r.body from records r join parties p on p.no = r.source_no where p.name = ? and r.family = 0"
        " and r.state = 0 and r.type <> 'marking-definition' order by r.no"
    )
    return [row[0] for row in citizen.rows(asked, source) if isinstance(row[0], bytes)]


def judge_receipts(giver: Citizen | Resident, reader: Citizen | Resident) -> None:
    """What the giver stated, the reader holds and has acknowledged; and it acknowledged nothing else."""
    assert stated(giver, reader) == held(reader, giver), "pages given are pages held"
    asked = "select distinct r.of_sha256 from receipts r join parties p on p.no = r.party_no where p.name = ?"
    asked += " and r.level in ('stored', 'erased')"  # by its node
    acknowledged = {row[0] for row in giver.rows(asked, reader.name)}
    assert stated(giver, reader) <= acknowledged, "every page is acknowledged"
    known = held(reader, giver) | acts_held(reader, giver)
    assert acknowledged <= known, "and nothing that is not there"
    sent = "select s.sha256 from sent_acts s join parties p on p.no = s.party_no where p.name = ?"
    assert {row[0] for row in giver.rows(sent, reader.name)} <= acts_held(reader, giver), "every act has come"
    assert giver.rows("select kind, state from outbox where to_party = ?", reader.name) == [], "nothing waits"


def stated(giver: Citizen | Resident, reader: Citizen | Resident) -> set[object]:
    """Give the digests of the pages that a giver stated to a reader."""
    asked = "select s.sha256 from statements s join parties p on p.no = s.reader_no where p.name = ?"
    return {row[0] for row in giver.rows(asked, reader.name)}


def held(reader: Citizen | Resident, giver: Citizen | Resident) -> set[object]:
    """Give the digests of the pages that a reader holds from a giver."""
    asked = (
        "select h.sha256 from held_statements h join held_streams s on s.no = h.stream_no"
        " join parties p on p.no = s.party_no where p.name = ?"
    )
    return {row[0] for row in reader.rows(asked, giver.name)}


def acts_held(reader: Citizen | Resident, giver: Citizen | Resident) -> set[object]:
    """Give the digests of the payloads of the acts that a reader holds from a giver."""
    asked = "select r.body from records r join parties p on p.no = r.source_no where p.name = ? and r.family = 1"
    bodies = [row[0] for row in reader.rows(asked, giver.name)]
    return {bytes.fromhex(codec.digest(dsse.unverified_payload(body))) for body in bodies if isinstance(body, bytes)}


def judge_agreements(world: World | RealWorld) -> None:
    """All parties to a text know the same of it."""
    for text in TEXTS.values():
        known = {}
        for name in text.parties:
            with world.citizens[name].node.store.read() as tx:
                became = consenting.consents_of(tx).get(text.id)
            rests = sorted((rest.party, rest.until_ms is None) for rest in became.rests) if became else []
            resting = sorted({party for party, is_open in rests if is_open and party})
            known[name] = (became.adhered, became.left, resting) if became else ({}, {}, [])
        first = known[text.parties[0]]
        assert all(one == first for one in known.values()), f"{text.id}: {known}"
