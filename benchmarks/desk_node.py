"""Builds a busy node for the desk: 200 parties under 40 agreements, sources, readers, peers, and what waits for people.

Deterministic but for keys and times. A tenth of the parties reads, most of them a little, a few much; three are peers
whose keys are accepted, so that what they are given is stated, and who ask for releases. What cannot be kept, alarms,
failing peers, lines of the audit and acts that wait for a second person are entered in shares of the stock.
"""

import json
import random
import shutil
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import NamedTuple

import pyotp

from benchmarks import nodes, stix
from benchmarks.report import say
from comity.desk.accept_anchor import AcceptAnchorRequest, accept_anchor
from comity.desk.actor import Actor, PersonRole
from comity.desk.acts import head
from comity.desk.add_account import AddAccountRequest, add_account
from comity.desk.add_agreement import AddAgreementRequest, add_agreement
from comity.desk.add_party import AddPartyRequest, add_party
from comity.desk.add_reader import AddReaderRequest, add_reader
from comity.desk.adhere_agreement import AdhereAgreementRequest, adhere_agreement
from comity.desk.begin_account import BeginRequest, begin_account
from comity.desk.export_anchor import ExportAnchorRequest, export_anchor
from comity.desk.import_items import ImportItemsRequest, import_items
from comity.desk.init_node import InitRequest, init_node
from comity.desk.node_type import Node
from comity.desk.registry import VERBS
from comity.desk.secrets import new_totp
from comity.desk.take_acts import take_acts
from comity.errors import AwaitsApproval
from comity.node import new_node
from comity.records import codec, dsse
from comity.records.kinds import ReleaseRequest
from comity.records.sets import commitment
from comity.settings import settings_of
from comity.stores import alarming, directory, erasing, keeping, policies, reading, registers, searching, subscribing
from comity.stores.searching import Among
from comity.values import Instant, PartyName

PARTIES, AGREEMENTS = 199, 40
PEERS = ("ruritania-csirt", "concord-secretariat", "northwind-energy")
SOURCES = (*PEERS[:2], "party-003")
PASSWORD = "plum river cabinet forty"  # of accounts that live as long as the measurement
ROLES: tuple[PersonRole, ...] = ("duty-officer", "releaser", "diplomat", "legal-adviser")
# Who signs in beside officers, to whom all rooms of the desk are open.
OTHERS: dict[str, tuple[PersonRole, ...]] = {
    "ada.brandt": ("administrator",),
    "tomas.weyl": ("approver",),
    "olga.tern": ("auditor",),
}
ACTS, REQUESTS, ALARMS = 40, 60, 12
FEW = 20_000  # objects
_SMALL_TYPES = ("course-of-action", "location", "tool", "threat-actor", "intrusion-set", "infrastructure", "note")


class Login(NamedTuple):
    """How a person signs in."""

    name: str
    secret: str  # of the codes


class Size(NamedTuple):
    """How much of what a node has."""

    objects: int
    parties: int = PARTIES
    agreements: int = AGREEMENTS
    officers: int = 8


def build(work: Path, size: Size) -> tuple[Path, dict[str, Login]]:
    """Give the folder of a busy node of such a size, and how its people sign in; made if it is not there yet."""
    folder, logins = work / "desk", work / "desk-people.json"
    if logins.exists():
        return folder, {name: Login(*one) for name, one in json.loads(logins.read_text()).items()}
    shutil.rmtree(folder, ignore_errors=True)
    say(f"a node with {size.parties + 1} parties under {size.agreements} agreements")
    _found(folder, nodes.ME)
    with ExitStack() as open_nodes:
        peers = [_peer(work, party, open_nodes) for party in PEERS]
        with nodes.opened(folder) as node:
            names = _parties(node, peers, size.parties)
            _agreements(node, names, size.agreements)
    _stock(folder, work / "desk-stock", size.objects)
    with ExitStack() as open_nodes:
        asking = [open_nodes.enter_context(nodes.opened(work / f"desk-{party}")) for party in PEERS]
        with nodes.opened(folder) as node:
            found = _people(node, size.officers)
            _busy(node, asking, size)
    logins.write_text(json.dumps(found))
    return folder, found


def _found(folder: Path, party: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    settings = settings_of(party=party, title=party, kind="authority", log_level="warning", sync_every_s=0)
    with new_node(folder, settings) as node:
        init_node(node, nodes.ACTOR, InitRequest())


def _peer(work: Path, party: str, open_nodes: ExitStack) -> Node:
    _found(work / f"desk-{party}", party)
    return open_nodes.enter_context(nodes.opened(work / f"desk-{party}"))


def _parties(node: Node, peers: list[Node], count: int) -> list[str]:
    for peer in peers:
        anchor = export_anchor(peer, nodes.ACTOR, ExportAnchorRequest())
        request = AcceptAnchorRequest(file=anchor.text.encode(), fingerprint=anchor.fingerprint)
        accept_anchor(node, nodes.ACTOR, request)
    names = list(PEERS)
    for number in range(len(PEERS), count):
        kind = ("authority", "company", "organisation", "authority")[number % 4]
        added = add_party(node, nodes.ACTOR, AddPartyRequest(title=f"Party {number:03d}", kind=kind))  # type: ignore[arg-type]  # one of four
        names.append(added.name)
    return names


def _agreements(node: Node, names: list[str], count: int) -> None:
    """Two sharing groups, eight of many parties, the rest bilateral; every party is in one at least."""
    pick = random.Random(11)
    readers = _readers(names)
    for number in range(count):
        if number < 2:
            members = sorted({*pick.sample(names, min(20, len(names))), readers[number]})
            _group(node, f"group-{number}", members)
        elif number < 10:
            members = sorted({*names[number - 2 :: 8], *readers[4:9]})
            clauses = [_clause(pick, f"{1 + at}", members, at) for at in range(6)]
            _text(node, f"convention-{number}", members, clauses)
        else:
            party = readers[number % len(readers)]
            said = 'tlp_at_most = "amber+strict"' if number == 10 else _small(pick)
            clauses = [nodes.clause_text("1", (nodes.ME,), (party,), said)]
            clauses += [_clause(pick, f"{2 + at}", [party], at) for at in range(2)]
            _text(node, f"arrangement-{number}", [party], clauses)
    for party in readers:
        add_reader(node, nodes.ACTOR, AddReaderRequest(party=party))


def _readers(names: list[str]) -> list[str]:
    return [*names[:3], *names[3::12]]


def _clause(pick: random.Random, article: str, takers: list[str], at: int) -> str:
    if at % 6 == 5:
        said = 'types = ["tool", "vulnerability"]\ntlp_at_least = "amber"'
        return nodes.clause_text(article, (), tuple(takers), said, kind="withhold")
    return nodes.clause_text(article, (nodes.ME,), tuple(takers), _small(pick))


def _small(pick: random.Random) -> str:
    types, level = sorted(pick.sample(_SMALL_TYPES, 2)), pick.choice(("clear", "green", "amber"))
    return f'types = {json.dumps(types)}\ntlp_at_most = "{level}"'


def _text(node: Node, name: str, members: list[str], clauses: list[str]) -> None:
    text = nodes.agreement_text(name, (nodes.ME, *members), clauses)
    add_agreement(node, nodes.ACTOR, AddAgreementRequest(text=text))
    adhere_agreement(node, nodes.ACTOR, AdhereAgreementRequest(agreement=name))
    for party in members[:3]:
        request = AdhereAgreementRequest(agreement=name, party=party, evidence="its note")
        adhere_agreement(node, nodes.ACTOR, request)


def _group(node: Node, name: str, members: list[str]) -> None:
    text = nodes.agreement_text(name, (nodes.ME, *members), []).decode()
    text += 'form = "sharing-group"\ntlp_at_most = "clear"\n'
    add_agreement(node, nodes.ACTOR, AddAgreementRequest(text=text.encode()))
    adhere_agreement(node, nodes.ACTOR, AdhereAgreementRequest(agreement=name))


def _stock(folder: Path, files: Path, objects: int) -> None:
    """Take the stock in: four fifths as the node's own, the rest from three others."""
    foreign = objects // 15
    say(f"taking {objects:,} objects in")
    parts = [(None, objects - 3 * foreign, 1), *((party, foreign, 20 + n) for n, party in enumerate(SOURCES))]
    for source, count, seed in parts:
        stix.write_files(files, count, 1, seed=seed, rare=source is None)
        if objects > FEW:
            nodes.import_in_child(folder, files / "one.json", source)
        else:  # starting another process would take longer
            request = ImportItemsRequest(paths=(str(files / "one.json"),), default_tlp="green", source=source)
            with nodes.opened(folder) as node:
                import_items(node, nodes.ACTOR, request)
        shutil.rmtree(files)


def _people(node: Node, officers: int) -> dict[str, Login]:
    found, people = {}, {**{f"officer.{number}": ROLES for number in range(officers)}, **OTHERS}
    for name, roles in people.items():
        asked = AddAccountRequest(name=name, title=name.replace(".", " ").title(), roles=roles)
        invited, secret = add_account(node, nodes.ACTOR, asked), new_totp(node.entropy)
        code = pyotp.TOTP(secret).at(int(node.clock()) // 1000)
        begun = BeginRequest(
            code=invited.code, name=name, title=name, password=PASSWORD, totp_secret=secret, totp_code=code
        )
        begin_account(node, begun, "127.0.0.1")
        found[name] = Login(name, secret)
    return found


def _busy(node: Node, peers: list[Node], size: Size) -> None:
    say("what waits for people")
    _quarantine(node, max(100, size.objects // 100))
    _health(node)
    _audited(node, max(2_000, size.objects // 5))
    _acts(node, size.officers)
    for peer in peers[:2]:
        _ask_for(node, peer)


def _quarantine(node: Node, lines: int) -> None:
    broken = [{"type": "indicator", "name": f"broken {n}"} for n in range(lines)]
    file = node.folder / "broken.json"
    file.write_text(
        json.dumps({"type": "bundle", "id": "bundle--00000000-0000-4000-8000-000000000001", "objects": broken})
    )
    import_items(node, nodes.ACTOR, ImportItemsRequest(paths=(str(file),), default_tlp="green", source=SOURCES[0]))
    file.unlink()


def _health(node: Node) -> None:
    """Alarms, and peers of whom every third does not answer."""
    now = node.clock()
    with node.store.write() as tx:
        parties = [row for row in directory.party_rows(tx) if not row.is_self][:ALARMS]
        for number, party in enumerate(parties):
            alarming.raise_alarm(tx, party.no, "rollback", f"statement {number} after 14", now, b"two envelopes" * 99)
            url = f"https://hub-{number}.example/taxii2/root/collections/1/"
            there = subscribing.subscribe(tx, party.no, url, None, now)
            subscribing.note_success(tx, there.no, Instant(now - 45_000_000), Instant(now + 600_000))
            if number % 3 == 0:
                subscribing.note_failure(tx, there.no, "no answer within 30 s", now, Instant(now + 600_000))


def _audited(node: Node, lines: int) -> None:
    now, pick = node.clock(), random.Random(3)
    with node.store.write() as tx:
        for number in range(lines):
            verb, actor = (
                pick.choice(("item import", "item search", "item show", "desk show")),
                pick.choice(("officer.0", *OTHERS)),
            )
            at, facts = Instant(now - 500 * (lines - number)), '{"objects":1000,"file":"one.json"}'
            registers.note(tx, at=at, actor=actor, via="web", verb=verb, facts=facts)


def _acts(node: Node, officers: int) -> None:
    """Let officers ask for what needs a second person."""
    verb = VERBS["item mark"]
    with node.store.read() as tx:
        nos = searching.browse(tx, "vulnerability", 0, ACTS, Among(sorted(policies.class_keys(tx))), newest=True)
        ids = [held.stix_id for no in nos if (held := keeping.held_record(tx, no)) is not None]
    for number, stix_id in enumerate(ids):
        actor = Actor(name=f"officer.{number % officers}", role="duty-officer", via="web")
        asked = verb.request(id=stix_id, personal="no", reason="Looked at: it names nobody.")
        with suppress(AwaitsApproval):
            verb.run(node, actor, asked)


def _ask_for(node: Node, peer: Node) -> None:
    """Let a peer ask that items go on which it was given."""
    with node.store.read() as tx:
        party = directory.party_named(tx, peer.settings.party)
        assert party is not None
        rows = reading.shown(tx, party.no, reading.Wish(), 0, REQUESTS, node.clock())
        held = [keeping.held_record(tx, row.item_no) for row in rows]
        leaves = [(one.stix_id, commitment(erasing.salt_of(tx, one.no), one.sha256).hex()) for one in held if one]
    acts = [
        ReleaseRequest(
            **head(peer, peer.clock())._asdict(), of=PartyName(nodes.ME), item=stix_id, leaves=(leaf,),
            to=PartyName("party-007"), reason="The same server is in their grid.",
        )
        for stix_id, leaf in leaves
    ]  # fmt: skip
    with node.store.write() as tx:
        take_acts(node, tx, [dsse.sign(codec.encode(act), peer.keys.record) for act in acts], party, node.clock())
