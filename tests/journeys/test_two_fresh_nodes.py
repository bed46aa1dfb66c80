"""Takes two fresh nodes from first contact to erasure by the command alone, each command a process of its own."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.faults.stage import Crew, first_line, hired
from tests.support.command import Said, a_bundle
from tests.support.nodes import a_relationship, agreement, an_id, an_object, clause

FREE, RURI = "freedonia-csirt", "ruritania-csirt"
SIGNED, GONE, KEPT = an_id("indicator", 1), an_id("indicator", 2), an_id("malware", 3)
NOWHERE = an_id("indicator", 99)
REFUSED, USAGE = 1, 2


class Party(NamedTuple):
    """A party's node, and who types its commands."""

    name: str
    folder: Path
    crew: Crew

    def __call__(self, *words: str | Path) -> dict[str, Any]:
        """Type a command that is carried out; gives its answer."""
        said = self.say(*words)
        assert said.code == 0, (words, said)
        return said.json

    def refused(self, *words: str | Path, code: int = REFUSED) -> str:
        """Type a command that is not; gives what it says."""
        said = self.say(*words)
        assert said.code == code, (words, said)
        return str(json.loads(said.out)["error"]["message"])

    def sync(self) -> dict[str, Any]:
        """Read from the other."""
        (told,) = self("peer", "sync")["peers"]
        assert told["error"] == ""
        return dict(told)

    def say(self, *words: str | Path) -> Said:
        """Type a command; gives all that it said."""
        return self.crew.say(self.folder, "--json", *words)


class Two(NamedTuple):
    """Both parties, who says to be one of them, where each is served, and a folder for files that go by hand."""

    free: Party
    ruri: Party
    impostor: Party
    urls: dict[str, str]
    hand: Path

    def anchor_of(self, one: Party) -> Path:
        """Give where a party's anchor file lies."""
        return self.hand / f"{one.name}.anchor"


@contextmanager
def serving(party: Party, folder: Path) -> Iterator[str]:
    """Serve a node by its own process until the block ends."""
    with hired(folder) as crew:
        child = crew.start(["--node", party.folder, "--json", "node", "serve", "--port", "0"])
        try:
            yield str(first_line(child.out)["serving"])
        finally:
            assert crew.kill() == -9


@pytest.fixture
def two(tmp_path: Path, crew: Crew) -> Iterator[Two]:
    with ExitStack() as stack:
        parties = [Party(name, tmp_path / name, crew) for name in (FREE, RURI, "impostor")]
        for party, title in zip(parties, ("Freedonia CSIRT", "Ruritania CSIRT", "Ruritania CSIRT"), strict=True):
            party("node", "init", "--party", title, "--kind", "authority", "--exercise")
            with (party.folder / "node.toml").open("a", encoding="utf-8") as settings:
                settings.write('outbound_networks = ["127.0.0.0/8"]\nsync_every_s = 0\n')
        urls = {
            party.name: stack.enter_context(serving(party, tmp_path / f"{party.name}-served")) for party in parties[:2]
        }
        (tmp_path / "by-hand").mkdir()
        yield Two(*parties, urls, tmp_path / "by-hand")


def test_two_fresh_nodes_go_from_first_contact_to_erasure(two: Two) -> None:
    for step in (meet, agree, sign_in, items_arrive, officers_say, explained_alike, taken_back, erased, proven):
        step(two)
    for one in (two.free, two.ruri):
        told = one("log", "verify")
        assert (told["sound"], told["differences"]) == (True, [])
        assert one("peer", "alarms")["alarms"] == []


def meet(two: Two) -> None:
    """Each hands its anchor over, and accepts the other's by the fingerprint that it heard."""
    heard = {one.name: exported(one, two.anchor_of(one)) for one in (two.free, two.ruri)}
    for one, other in ((two.free, two.ruri), (two.ruri, two.free)):
        file, right = two.anchor_of(other), heard[other.name]
        shown = one("anchor", "inspect", file)
        assert (shown["party"], shown["fingerprint"]) == (other.name, right)
        assert shown["endpoints"] == [f"{two.urls[other.name]}/taxii2/"]
        assert "give the fingerprint" in one.refused("anchor", "accept", file, code=USAGE)
        wrong = one.refused("anchor", "accept", file, "--fingerprint", heard[one.name])
        assert "the fingerprint is not that of this anchor" in wrong
        damaged = two.hand / f"damaged-{other.name}"
        lines = file.read_text().splitlines()
        at = lines.index("-----BEGIN COMITY ANCHOR-----") + 2
        damaged.write_text("\n".join([*lines[:at], lines[at].swapcase(), *lines[at + 1 :]]))
        one.refused("anchor", "inspect", damaged)
        one.refused("anchor", "accept", damaged, "--fingerprint", right)
        assert "speaks for the party whose node this is" in one.refused(
            "anchor", "accept", two.anchor_of(one), "--yes", code=USAGE
        )
        assert one("anchor", "accept", file, "--fingerprint", right)["done"] == "accepted"
        assert one("anchor", "accept", file, "--fingerprint", right)["done"] == "known", "twice changes nothing"
    forged = two.hand / "forged.anchor"
    digits = exported(two.impostor, forged)
    assert "another root key" in two.free.refused("anchor", "accept", forged, "--fingerprint", digits)


def exported(one: Party, file: Path) -> str:
    """Write a party's anchor; gives its fingerprint."""
    return str(one("anchor", "export", "--out", file)["fingerprint"])


def agree(two: Two) -> None:
    """One lays the text and adheres; what is no text, or unknown, is refused."""
    text, broken = two.hand / "agreement.toml", two.hand / "broken.toml"
    written = agreement(
        clause("1", "share", tlp_at_most="amber"), name="fresh", parties=(FREE, RURI), since="2020-01-01"
    )
    text.write_text(written)
    broken.write_text(written.replace('kind = "share"', 'kind = "sharing"'))
    assert "clause[0].kind" in two.free.refused("agreement", "add", broken)
    assert "no agreement" in two.free.refused("agreement", "adhere", "fresh", "--yes")
    two.free("agreement", "add", text)
    assert "held already" in two.free.refused("agreement", "add", text)
    assert two.free("agreement", "adhere", "fresh", "--yes")["adhered"] == [FREE]


def sign_in(two: Two) -> None:
    """Each lets the other read and reads from it; the text crosses, and the other adheres at its own node."""
    for one, other in ((two.free, two.ruri), (two.ruri, two.free)):
        login = other("reader", "add", one.name)
        secret, wrong = two.hand / f"{one.name}.secret", two.hand / "wrong.secret"
        secret.write_text(str(login["password"]))
        wrong.write_text("wrong")
        words = ["peer", "add", f"{two.urls[other.name]}/taxii2/", "--party", other.name, "--user", str(login["user"])]
        assert "these credentials" in one.refused(*words, "--password-file", wrong)
        one(*words, "--password-file", secret)
    assert two.ruri.sync()["acts"] == 2
    two.ruri("agreement", "adhere", "fresh", "--yes")
    assert two.free.sync()["acts"] == 1
    for one in (two.free, two.ruri):
        (held,) = one("agreement", "list")["agreements"]
        assert (held["state"], held["adhered"]) == ("operational", [FREE, RURI])


def items_arrive(two: Two) -> None:
    """What one imports arrives at the other verified, and is acknowledged by its node alone."""
    bundle = a_bundle(
        two.hand,
        an_object("indicator", 1), an_object("indicator", 2), an_object("malware", 3), a_relationship(4, KEPT, SIGNED),
    )  # fmt: skip
    assert two.free("item", "import", bundle, "--default-tlp", "green")["new"] == 4
    told = two.ruri.sync()
    assert (told["error"], told["new"], told["missing"]) == ("", 4, 0)
    for stix_id in (SIGNED, GONE, KEPT):
        (version,) = two.ruri("item", "show", stix_id)["versions"]
        assert (version["vouched"], version["statement"], version["source"]) == ("signed", 1, FREE)
    two.free.sync()
    (party,) = two.free("peer", "list")["parties"]
    assert (party["stated"], party["acknowledged"]) == (1, 1)
    assert two.free("receipt", "list")["receipts"] == [], "no person has said anything"


def officers_say(two: Two) -> None:
    """An officer's receipt goes back with the next reading."""
    officer = "Duty officer, Ruritania CSIRT"
    assert "nothing of another party" in two.ruri.refused("receipt", "accept", NOWHERE, "--by", officer)
    two.ruri("receipt", "accept", SIGNED, "--by", officer, "--reason", "Blocked.")
    assert two.ruri.sync()["posted"] == 1
    (receipt,) = two.free("receipt", "list")["receipts"]
    assert (receipt["party"], receipt["level"], receipt["about"]) == (RURI, "accepted", SIGNED)
    assert (receipt["by"], receipt["reason"]) == (officer, "Blocked.")


def explained_alike(two: Two) -> None:
    """Both nodes name the same clause for it."""
    told = [one("release", "explain", SIGNED, "--to", RURI) for one in (two.free, two.ruri)]
    assert {one["sentence"] for one in told} == {f"Released to {RURI} under fresh/1."}
    assert [one["stated_by"] for one in told] == [None, FREE]
    for one in (two.free, two.ruri):
        assert "no item" in one.refused("release", "explain", NOWHERE, "--to", RURI)


def taken_back(two: Two) -> None:
    """A retraction reaches who was served, waits there for an officer, and his answer is seen."""
    assert "only its originator" in two.ruri.refused("item", "retract", SIGNED, "--reason", "no", "--yes")
    words = ("--reason", "A bystander's address.", "--deadline", "2040-01-01", "--yes")
    assert two.free("item", "retract", SIGNED, *words)["served_to"] == [RURI]
    assert two.ruri.sync()["acts"] == 1
    (version,) = two.ruri("item", "show", SIGNED)["versions"]
    assert version["state"] == "withdrawn"
    (waiting,) = two.ruri("receipt", "list")["unanswered"]
    assert (waiting["party"], waiting["deadline"]) == (FREE, "2040-01-01T00:00:00.000Z")
    two.ruri("receipt", "accept", str(waiting["act"]), "--by", "Duty officer, Ruritania CSIRT")
    assert two.ruri("receipt", "list")["unanswered"] == []
    two.ruri.sync()
    assert waiting["act"] in [one["about"] for one in two.free("receipt", "list")["receipts"]]


def erased(two: Two) -> None:
    """An erasure goes through both nodes, and the other reports that it is done."""
    words = ("--reason", "Court order.", "--ordered-by", "Court", "--deadline", "2040-01-01", "--yes")
    told = two.free("item", "erase", GONE, *words)
    assert (told["told"], told["untold"], told["served_to"]) == ([RURI], [], 1)
    assert any("backups" in one for one in told["remains"])
    assert "no item" in two.free.refused("item", "erase", GONE, *words)
    (open_one,) = two.free("receipt", "list")["erasures"]
    assert open_one["done_at"] is None
    two.ruri.sync()
    two.free.sync()
    assert "no item" in two.ruri.refused("item", "show", GONE)
    (done,) = two.free("receipt", "list")["erasures"]
    assert (done["party"], done["act"], done["done_at"] is None) == (RURI, open_one["act"], False)


def proven(two: Two) -> None:
    """A proof file holds in an empty folder, without a node; another log's key, or another file, does not."""
    for one in (two.free, two.ruri):
        one("log", "checkpoint")
    empty = two.hand / "elsewhere"
    empty.mkdir()
    assert "no item" in two.free.refused("proof", "export", NOWHERE, "--out", empty / "none")
    made = two.free("proof", "export", KEPT, "--out", empty / "proof")
    told = verified(empty, "--key", str(made["key"]))
    assert (told.code, told.json["id"], told.json["key_given"]) == (0, KEPT, True)
    foreign = verified(empty, "--key", str(two.ruri("log", "show")["key"]))
    assert foreign.code == REFUSED, foreign
    proof = bytearray((empty / "proof").read_bytes())
    proof[len(proof) // 2] ^= 1
    (empty / "proof").write_bytes(proof)
    assert verified(empty).code == REFUSED
    (empty / "proof").write_bytes(two.anchor_of(two.ruri).read_bytes())
    assert verified(empty).code == REFUSED


def verified(folder: Path, *words: str) -> Said:
    """Verify a proof where nothing else lies."""
    command = [sys.executable, "-m", "comity.cli.main", "--json", "proof", "verify", "proof", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False, env={})
    assert [path.name for path in folder.iterdir()] == ["proof"]
    return Said(done.returncode, done.stdout, done.stderr)
