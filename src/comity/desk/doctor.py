"""Judges whether a node is in order: its folder, its keys, its database and who uses it."""

import msgspec

from comity.desk.actor import Actor
from comity.desk.folder_checks import Finding, check_folder
from comity.desk.make_checkpoint import WAY_OUT
from comity.desk.node_type import Node
from comity.desk.party_keys import known_keys
from comity.desk.spilling import SPILLAGE, Spillage
from comity.desk.tls_pins import live_pins, served_pin
from comity.records.facts import facts_of_key
from comity.records.key_judging import judge
from comity.stores import directory, health, log, placeables, policies, registers
from comity.stores.health import Engine
from comity.stores.schema import revision_of
from comity.values import Instant, iso
from comity.wire.keys import USES, held_keys
from comity.wire.lock import lock_holder


class DoctorRequest(msgspec.Struct, frozen=True, kw_only=True):
    """How thoroughly to look."""

    deep: bool = False  # read the whole database, indices too; long on a large one


class DoctorAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What was found; `sound` if nothing is a fault."""

    sound: bool
    findings: tuple[Finding, ...]


def judged(findings: tuple[Finding, ...]) -> DoctorAnswer:
    """Give findings with their verdict as a whole."""
    return DoctorAnswer(sound=all(one.verdict != "fault" for one in findings), findings=findings)


def doctor(node: Node, actor: Actor, request: DoctorRequest) -> DoctorAnswer:
    """Look at everything."""
    engine = health.engine_of(node.store)
    return judged(
        (
            *check_folder(node.folder),
            _check_lock(node),
            _check_engine(engine),
            _check_schema(node),
            _check_whole(node, deep=request.deep),
            _check_party(node),
            _check_key_set(node),
            _check_tls_key(node),
            _check_queue(node),
            _check_ceiling(node),
            _check_spillage(node),
            _check_log(node),
        )
    )


def _check_lock(node: Node) -> Finding:
    holder = lock_holder(node.folder)
    if holder is None:
        return Finding(
            check="lock",
            verdict="fault",
            seen="nobody holds the node's lock while it is open",
            advice="the folder's file system does not lock: move the node to a local disk",
        )
    return Finding(check="lock", verdict="good", seen=f"held by process {holder.pid} ({holder.purpose})")


def _check_engine(engine: Engine) -> Finding:
    seen = f"{engine.name} {engine.version}"
    if engine.name != "sqlite":
        return Finding(check="database", verdict="good", seen=f"{seen}, synchronous_commit {engine.synchronous}")
    seen += f", journal {engine.journal_mode}, synchronous {engine.synchronous}"
    if engine.synchronous not in ("full", "extra"):
        return Finding(
            check="database", verdict="fault", seen=seen, advice="an acknowledged item could be lost in a power cut"
        )
    if engine.wal_reset_fault:
        seen += "; this version has the WAL-reset fault mended in 3.51.3, so one process alone writes and checkpoints"
    return Finding(check="database", verdict="good", seen=seen)


def _check_schema(node: Node) -> Finding:
    missing = health.missing_tables(node.store)
    if missing:
        return Finding(
            check="schema",
            verdict="fault",
            seen=f"missing tables: {', '.join(missing)}",
            advice="restore the node from its last backup",
        )
    with node.store.read() as tx:
        revision = revision_of(tx) or "none"
    return Finding(check="schema", verdict="good", seen=f"revision {revision}, every table is there")


def _check_whole(node: Node, *, deep: bool) -> Finding:
    if node.store.dialect != "sqlite":
        return Finding(check="integrity", verdict="good", seen="left to the database server's own checks")
    damages = health.damages(node.store, deep=deep)  # looked at each time: who asks wants to know of now
    if damages:
        return Finding(
            check="integrity",
            verdict="fault",
            seen="; ".join(damages[:3]),
            advice="stop the node, keep a copy of its folder, and restore the last backup",
        )
    return Finding(check="integrity", verdict="good", seen="whole" if deep else "whole, as far as a quick look shows")


def _check_party(node: Node) -> Finding:
    with node.store.read() as tx:
        own = directory.own_party(tx)
    if own is None or own.name != node.settings.party:
        return Finding(
            check="party",
            verdict="fault",
            seen=f"the settings say {node.settings.party}, the database {own.name if own else 'nobody'}",
            advice="settings and database are not of one node: restore both from one backup",
        )
    return Finding(check="party", verdict="good", seen=own.name)


def _check_key_set(node: Node) -> Finding:
    with node.store.read() as tx:
        own = directory.own_party(tx)
        keys = () if own is None else known_keys(tx, own.no)
    if not keys:
        return Finding(
            check="key set",
            verdict="warning",
            seen="no key set states the keys of this node, so no peer can judge what it signs",
            advice="fetch the root key once: comity key rotate --use record --root FILE",
        )
    now = node.clock()
    here = {held.public for held in held_keys(node.folder / "keys")}
    ended = [use for use in USES if not any(key.public in here and judge(key, use, now) == "good" for key in keys)]
    if ended:
        advice = f"comity key rotate --use {ended[0]}"
        return Finding(
            check="key set",
            verdict="fault",
            seen=f"no key that lies here counts now for: {', '.join(ended)}",
            advice=advice,
        )
    return Finding(check="key set", verdict="good", seen="a key that lies here counts for each use")


def _check_tls_key(node: Node) -> Finding:
    """Compare the certificate that the node is served with to what peers will take. A proxy's is not seen from here."""
    with node.store.read() as tx:
        own = directory.own_party(tx)
        live = frozenset[bytes]() if own is None else live_pins(known_keys(tx, own.no), node.clock())
    pin = served_pin(node)
    if live and pin is not None and pin not in live:
        return Finding(
            check="tls key",
            verdict="fault",
            seen="peers take none but the TLS keys that are stated, and the one of the settings is not among them",
            advice="comity key pin, and wait with the new certificate until your peers have read it",
        )
    seen = f"{len(live)} stated" if live else "none stated: peers go by the certificate's authority"
    return Finding(check="tls key", verdict="good", seen=seen)


def _check_queue(node: Node) -> Finding:
    with node.store.read() as tx:
        queued = health.queued_marks(tx)
    if queued:
        return Finding(check="queue", verdict="good", seen=f"{queued} marks wait for the sequencer of the serving node")
    return Finding(check="queue", verdict="good", seen="nothing waits")


def _check_ceiling(node: Node) -> Finding:
    ceiling = node.settings.classification_ceiling
    with node.store.read() as tx:
        above = [no for no, key in policies.class_keys(tx).items() if facts_of_key(key).classification > ceiling]
        held = policies.class_counts(tx) if above else {}
        whole = sum(held.get(no, 0) for no in above)
        parts = len(placeables.with_portions_in(tx, above)) if above else 0
    if whole or parts:
        return Finding(
            check="ceiling",
            verdict="fault",
            seen=f"{whole} items, and portions of {parts}, are above the node's ceiling, which was higher once",
            advice="erase them, or set classification_ceiling to what the node is accredited for",
        )
    return Finding(check="ceiling", verdict="good", seen=f"nothing held is above {ceiling}")


def _check_spillage(node: Node) -> Finding:
    with node.store.read() as tx:
        count, latest = registers.audit_of(tx, SPILLAGE, 1)
    if not latest:
        return Finding(check="spillage", verdict="good", seen="none")
    last = msgspec.json.decode(latest[0].facts, type=Spillage)
    served = f", served to {', '.join(last.served)}" if last.served else ", served to nobody"
    return Finding(
        check="spillage",
        verdict="warning",
        seen=(
            f"{count} held above the ceiling and erased; last on {iso(Instant(latest[0].at_ms))}, "
            f"from {last.source}, held since {last.kept_at}{served}"
        ),
        advice="follow the guide's spillage procedure: backups and input files may still hold them",
    )


def _check_log(node: Node) -> Finding:
    if node.store.read_only:
        return Finding(check="log", verdict="fault", seen=node.store.read_only, advice=WAY_OUT)
    with node.store.read() as tx:
        state = log.log_state(tx)
        last = None if state is None else log.last_checkpoint(tx, state.origin)
    if state is None:
        return Finding(check="log", verdict="good", seen="none yet: it begins with the first record that is numbered")
    signed = f"{last.size} of them signed" if last else "none of them signed yet"
    seen = f"{state.origin}, {state.size} entries, {signed}; the lock store agrees"
    return Finding(check="log", verdict="good", seen=seen)
