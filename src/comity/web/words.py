"""Says in words what the desk's answers name by codes: alarms, states, reasons, outcomes."""

from comity.desk.explain_release import ReleaseExplained
from comity.desk.peers import PeerView
from comity.texts import text


def alarm_title(kind: str, party: str) -> str:
    """Name an alarm; one of a newer kind by its code."""
    titles = {
        "gap": text("Statements of {party} are missing", party=party),
        "statement-gap": text("Statements of {party} are missing", party=party),
        "act-refused": text("An act of {party} was refused", party=party),
        "act-not-taken": text("An act of ours was not taken by {party}", party=party),
        "page-refused": text("A page of {party} was refused", party=party),
        "bad-signature": text("A signature of {party} does not hold", party=party),
        "unsigned-page": text("{party} sent a page without a signature", party=party),
        "unsigned-objects": text("{party} sent objects without a statement", party=party),
        "equivocation": text("{party} has stated two different things as one", party=party),
        "suspect-held": text("What came from {party} is in doubt: its key was in other hands", party=party),
        "log-still": text("The log of {party} stands still while things come from it", party=party),
        "tls-key": text("The server of {party} shows a TLS key that does not count", party=party),
        "bad-proof": text("{party} shows a signed set that does not hold", party=party),
        "rollback": text("{party} states something older than before", party=party),
        "fork": text("Statements of {party} do not follow one another", party=party),
    }
    return titles.get(kind) or text("An alarm about {party}: {kind}", party=party, kind=kind)


def act_name(act: str) -> str:
    """Name an act of the table of two persons, as an order."""
    return {
        "erase": text("Erase an item"),
        "lower-marking": text("Lower a marking"),
        "release-beyond": text("Grant a release above the level of one person"),
        "publish": text("Publish to a collection of another server"),
        "add-party": text("Enter a party"),
        "add-key": text("Accept a party's key"),
        "change-own-keys": text("Change a key of this node"),
        "make-approver": text("Give the role of approver"),
    }.get(act, act)


def act_rule(act: str) -> str:
    """Say why an act of the table needs a second person."""
    return {
        "erase": text("What is erased is gone from every file; nobody brings it back."),
        "lower-marking": text("What is marked lower goes further than its originator said."),
        "release-beyond": text("Above the stated level a release needs somebody who did not ask for it."),
        "publish": text("What another server takes, it does not give back."),
        "add-party": text("Whoever is in the directory can be given something."),
        "add-key": text("Whoever holds this key can speak as the party."),
        "change-own-keys": text("By its keys others know what this party says."),
        "make-approver": text("Whoever names the approvers alone could be both persons."),
    }.get(act, "")


def act_state(state: str) -> str:
    """Name where an act of the table stands."""
    return {
        "open": text("waits"),
        "done": text("done"),
        "refused": text("refused"),
        "withdrawn": text("withdrawn"),
        "expired": text("lapsed"),
    }.get(state, state)


def account_state(state: str) -> str:
    """Name where an account stands."""
    return {
        "active": text("active"),
        "invited": text("invited"),
        "disabled": text("disabled"),
        "no way in": text("no way in"),
    }.get(state, state)


def key_use(use: str) -> str:
    """Name what a key is for."""
    names = {"record": text("records"), "log": text("log"), "encryption": text("encryption"), "tls-pin": text("TLS")}
    return names.get(use, use)


def key_state(state: str) -> str:
    """Name whether a key counts."""
    return {
        "good": text("counts"),
        "not-yet-valid": text("counts later"),
        "no-longer-valid": text("counted until then"),
        "suspect": text("revoked"),
    }.get(state, state)


def verdict(name: str) -> str:
    """Name what the doctor says of one thing."""
    return {"good": text("good"), "warning": text("warning"), "fault": text("fault")}.get(name, name)


def act_method(method: str) -> str:
    """Name how an act was let be done."""
    return {
        "passkey": text("approved by passkey"),
        "password": text("approved by password and code"),
        "break-glass": text("without a second person"),
    }.get(method, method)


def agreement_state(state: str) -> str:
    """Name what this node makes of an agreement."""
    return {
        "suspended": text("suspended"),
        "ended": text("ended"),
        "withdrawn": text("left by this node's party"),
        "expired": text("expired"),
        "not-yet-in-force": text("not in force yet"),
        "not-adhered": text("not adhered to"),
        "signed": text("signed, not ratified"),
        "unilateral": text("applied as a unilateral undertaking"),
        "provisional": text("applied provisionally"),
        "operational": text("operational here"),
    }.get(state, state)


def clause_kind(kind: str) -> str:
    """Name a kind of clause."""
    return kind.replace("_", " ")


def peer_state(peer: PeerView) -> str:
    """Name how reading from a peer goes."""
    return {
        "new": text("not read yet"),
        "healthy": text("complete"),
        "failing": text("silent"),
        "paused": text("paused"),
    }.get(peer.state, peer.state)


def fate(name: str) -> str:
    """Name what becomes of an object that is taken in."""
    return {
        "new": text("new"),
        "changed": text("changed"),
        "upgraded": text("new, from STIX 2.0"),
        "duplicate": text("held already"),
        "quarantined": text("quarantined"),
    }.get(name, name)


def refusal(reason: str) -> str:
    """Say why something was not taken in; a fault of form by its code."""
    return {
        "no-value": text("no value in this row"),
        "not-an-indicator": text("not read as an address, name, hash or other indicator"),
        "value-ambiguous": text("a file or a domain: say its type"),
        "type-unknown": text("its type is not known"),
        "type-differs": text("it is not of the type that is said"),
        "bad-first-seen": text("first seen: not a time, or in a local form"),
        "bad-valid-until": text("valid until: not a time, or not after it begins"),
        "bad-tlp": text("its TLP is no level"),
        "bad-confidence": text("its confidence is neither 0 to 100 nor low, medium, high"),
        "repeated-value": text("an earlier row says something else of the same value"),
    }.get(reason, "")


def value_kind(kind: str) -> str:
    """Name a kind of indicator."""
    return {
        "ipv4": text("IPv4 address"),
        "ipv6": text("IPv6 address"),
        "domain": text("domain"),
        "url": text("URL"),
        "email": text("mail address"),
        "md5": "MD5",
        "sha1": "SHA-1",
        "sha256": "SHA-256",
        "file": text("file name"),
    }.get(kind, kind)


def part_fault(fault: str) -> str:
    """Say why a part of a mail was not read."""
    return {
        "not-read": text("of a type that is not read"),
        "too-large": text("too large to be read"),
        "too-long": text("not read to its end"),
        "too-many": text("more parts than are read"),
        "too-deep": text("nested deeper than is read"),
        "took-too-long": text("reading it took too long"),
        "broken": text("broken"),
        "unsafe": text("not opened: it names what lies outside of it"),
        "encrypted": text("encrypted"),
        "no-head": text("no mail"),
    }.get(fault, fault)


def table_field(name: str) -> str:
    """Name what a column of a table can be."""
    return {
        "value": text("Value"),
        "type": text("Type of the value"),
        "description": text("Description"),
        "first_seen": text("First seen"),
        "valid_until": text("Valid until"),
        "tlp": text("TLP"),
        "confidence": text("Confidence"),
        "labels": text("Labels"),
    }.get(name, name)


def item_state(state: str) -> str:
    """Name the state of a version."""
    return {"live": text("live"), "withdrawn": text("withdrawn"), "erased": text("erased")}.get(state, state)


def outcome(why: ReleaseExplained) -> str:
    """Give the outcome of a release as the stylesheet knows it."""
    if not why.released:
        return "refused"
    return "redacted" if why.redacted else "goes"


def outcome_word(name: str) -> str:
    """Name an outcome."""
    return {"goes": text("Goes"), "redacted": text("Goes, redacted"), "refused": text("Refused")}[name]


def answer_word(name: str) -> str:
    """Name what becomes of the items of a cell."""
    return text("Goes along") if name == "along" else outcome_word(name)


def column(name: str) -> str:
    """Name a column of the release matrix."""
    return {
        "indicator": text("Indicators"),
        "observation": text("Observations"),
        "threat": text("Threats"),
        "vulnerability": text("Vulnerabilities"),
        "defence": text("Courses of action"),
        "incident": text("Reports, incidents"),
        "entity": text("Identities, places"),
        "link": text("Relationships"),
        "meta": text("Markings, translations"),
        "other": text("Other types"),
        "personal": text("Personal data"),
    }[name]


def column_note(name: str) -> str:
    """Say what a column holds beside what its name says; '' for most."""
    if name == "personal":
        return text("or undetermined")
    return text("with sightings") if name == "observation" else ""


def effect(name: str) -> str:
    """Name what a draft would change for a class of items."""
    return {
        "flows": text("would flow"),
        "stops": text("would stop"),
        "changes": text("would flow on other terms"),
    }.get(name, name)


def next_step(step: str | None) -> str:
    """Name what can be done about a refusal; '' if nothing is known."""
    return {
        "ask-originator": text("ask the originator"),
        "send-redacted": text("release it redacted"),
        "draft-tear-line": text("draft a tear-line version"),
        "get-adherence": text("get the missing adherence"),
        "wait-until": text("wait for the date"),
        "negotiate": text("negotiate a clause"),
        "mark-personal-data": text("say whether it holds personal data"),
    }.get(step or "", "")


def light(role: str, state: str) -> str:
    """Name an authority of the own party and how it stands to a release."""
    asks = role != "approver"
    names = {"releaser": text("Releaser"), "approver": text("Second person"), "operator": text("operator")}
    name = names.get(role, role)
    stands = {
        "not-asked": text("{who}: has not asked", who=name) if asks else text("{who}: not asked", who=name),
        "asked": text("{who}: has asked", who=name) if asks else text("{who}: has not answered", who=name),
        "cleared": text("{who}: cleared", who=name),
        "not-needed": text("{who}: not needed", who=name),
        "without": text("{who}: was not waited for", who=name),
        "refused": text("{who}: refused", who=name),
        "lapsed": text("{who}: did not answer in time", who=name),
    }
    return stands[state]


def survival(asks: str, days: int) -> str:
    """Say what a text asks of what was received, once it has ended."""
    if asks == "keep":
        return text("is kept on the terms under which it came")
    if asks == "return":
        return text("is returned within {days} days", days=days)
    return text("is destroyed within {days} days", days=days)


def officer_said(level: str | None) -> str:
    """Name what an office said of something it received."""
    return {
        "seen": text("seen"),
        "accepted": text("accepted"),
        "declined": text("declined"),
        "need-time": text("needs more time"),
    }.get(level or "", "")


def relation_word(word: str, *, outward: bool) -> str:
    """Name the line between two objects: the word of the relationship itself, a mere reference in ours."""
    if word != "names":
        return word.replace("-", " ")
    return text("names") if outward else text("named by")
