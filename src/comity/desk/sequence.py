"""Numbers kept records in observed order, logs them and places them before readers; the one sequencer of a node.

Each step is one transaction: numbering, log entries, deliveries and the queue mark taken off stand or fall together, so
a crash repeats a step and never half of one.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress

from sqlalchemy import Connection

from comity.desk.acts import can_sign
from comity.desk.alike import Alike, leans
from comity.desk.around import Around
from comity.desk.class_again import class_again
from comity.desk.erasing import clear_files
from comity.desk.intake import Kept
from comity.desk.make_checkpoint import first_origin
from comity.desk.node_type import Node
from comity.desk.placing import Placer, type_number
from comity.desk.policy import GateBook, Policy, ReaderBook, is_of_other_rules, load_policy, refresh
from comity.desk.quiet import collector_resting
from comity.desk.statements import close_statement
from comity.desk.unplace import latest_again, unplace, weigh
from comity.errors import Busy
from comity.rooms.release.engine import COMPANION_TYPES
from comity.stores import (
    delivering,
    keeping,
    log,
    numbering,
    overtaking,
    placeables,
    policies,
    reading,
    reclassing,
    redacting,
    revoking,
    view_changes,
)
from comity.stores.delivering import HeldRow
from comity.stores.just_kept import JustKept
from comity.stores.numbering import Queued
from comity.stores.placeables import Placeable
from comity.stores.tables import FRAGILE, MEMBER, PORTIONS
from comity.stores.view_changes import Rest
from comity.values import Instant

_STATE_EVERY = 16  # steps
_CHUNK = 5000
_ENTRIES = 20_000  # entries of the log that one step makes up for


class Sequencer:
    """The right to number: an epoch that a later sequencer's outdoes, and the policy as last loaded."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._policy: Policy | None = None
        self._gates: GateBook | None = None
        self._changed: str | None = None
        self._is_logged = False  # whether all that is numbered has its entry: once it is so, each step sees to it
        self._steps = 0
        self._forget()
        if node.store.epoch is None:  # the first of this process takes over from any before it
            with node.store.write() as tx:
                epoch = numbering.epoch_now(tx) + 1
                numbering.seize(tx, epoch)
                if is_of_other_rules(tx):  # an upgrade: what an older program decided must not stand
                    refresh(node.store, tx, node.clock())
            node.store.epoch = epoch
        self.epoch = node.store.epoch

    def step(self) -> bool:
        """Do one step; False if nothing is queued or due."""
        now = self._node.clock()
        try:
            with self._node.store.write() as tx, collector_resting():
                self._steps += 1
                # Now and then first: peers wait for statements, and under load the queue is never empty.
                if self._steps % _STATE_EVERY == 0 and close_statement(self._node, tx, now):
                    return True
                if self._log_rest(tx) or self._due(tx, now) or self._take(tx, now):
                    return True
                return close_statement(self._node, tx, now)
        except BaseException:
            self._undone()
            raise

    def drain(self) -> None:
        """Do steps until nothing is left."""
        while self.step():
            pass

    def keep(self, work: Callable[[Connection, Instant], Kept], at_end: Callable[[], None] | None = None) -> Kept:
        """Keep a batch by `work`, and number and place it: in the same transaction, if nothing waits before it.

        `at_end` is called when nothing is left to do but to wait until it is durable.
        """
        now = self._node.clock()
        try:
            with self._node.store.write() as tx, collector_resting():
                kept = work(tx, now)
                is_done = kept.just_kept is None or self._take_kept(tx, kept.just_kept, now)
                if at_end is not None:
                    at_end()
        except BaseException:
            self._undone()
            raise
        self._steps += 1
        if not is_done or self._steps % _STATE_EVERY == 0:
            self.drain()
        return kept

    def _take_kept(self, tx: Connection, just_kept: JustKept, now: Instant) -> bool:
        if self._log_rest(tx) or self._due(tx, now):
            return False
        queued = numbering.next_queued(tx)
        first, last = just_kept.first_no, just_kept.last_no
        if queued is None or queued.kind != "new" or not queued.first_no <= first <= last <= queued.last_no:
            return False
        # What has been taken back or erased since, as a retraction that came earlier asks for, is to be read again.
        if placeables.standing(tx, first, last) != last - first + 1:
            return False
        self._new(tx, self._policy_now(tx, now), queued, now, just_kept)
        numbering.done(tx, queued)
        return True

    def _log_rest(self, tx: Connection) -> bool:
        """Give entries to what was numbered before there was a log; False once all have theirs."""
        if self._is_logged:
            return False
        state = log.log_state(tx) or log.begin_log(tx, first_origin(self._node.settings))
        self._is_logged = state.numbered >= log.numbered_of(tx)
        if not self._is_logged:
            log.append_numbered(self._node.store, tx, state, self._node.entropy, _ENTRIES)
        return not self._is_logged

    def _take(self, tx: Connection, now: Instant) -> bool:
        queued = numbering.next_queued(tx)
        if queued is None:
            return False
        if queued.kind == "marking" and not can_sign(self._node, tx, now):
            # What it names may have to be erased, by an act. Until then it stands under a marking that opens nothing.
            return numbering.put_behind(tx, queued)
        policy = self._policy_now(tx, now)
        if queued.kind == "new":
            self._new(tx, policy, queued, now)
        elif queued.kind == "again":
            self._again(tx, policy, queued, now)
        elif queued.kind == "anew":
            self._anew(tx, queued.first_no, queued.last_no, now)
        elif queued.kind == "fuller":
            self._fuller(tx, policy, queued.first_no, queued.last_no, now)
        elif queued.kind == "marking":
            self._marking(tx, queued.first_no, queued.last_no, now)
        else:
            self._view(tx, policy, queued.first_no, now)
        numbering.done(tx, queued)
        return True

    def _undone(self) -> None:
        self._is_logged = False
        self._forget()  # what was undone must not be remembered as done

    def _forget(self) -> None:
        self._policy, self._gates, self._changed = None, None, None
        self._books: dict[int, ReaderBook] = {}

    def _policy_now(self, tx: Connection, now: Instant) -> Policy:
        version = policies.policy_version(tx)
        if self._policy is None or self._policy.version != version:
            self._forget()
            self._policy = load_policy(tx, now)
        if self._changed is None or self._changed != policies.books_changed(tx):
            # Noted by each that takes over: a command in this process sequences too, and each remembers gates.
            policies.note_books_changed(tx)
            self._gates, self._books, self._changed = None, {}, policies.books_changed(tx)
        return self._policy

    def _book(self, tx: Connection, policy: Policy, reader_no: int) -> ReaderBook:
        if self._gates is None:
            self._gates = GateBook(tx)
        if reader_no not in self._books:
            self._books[reader_no] = ReaderBook(tx, policy, self._gates, reader_no)
        return self._books[reader_no]

    def _due(self, tx: Connection, now: Instant) -> bool:
        """Do what an instant asks for: a policy that changes by its dates, an embargo or a marking that has ended."""
        changes_at = policies.fact(tx, "policy_changes_at")
        if changes_at and int(changes_at) <= now:
            refresh(self._node.store, tx, now)
            return True
        due = reclassing.due_by(tx, now)
        if due:
            unplace(self._node.store, tx, due, now)
        return bool(due)

    def _new(
        self, tx: Connection, policy: Policy, queued: Queued, now: Instant, just_kept: JustKept | None = None
    ) -> None:
        """Number, log and place new records; `just_kept`: those among them that this transaction has kept."""
        first, last = queued.first_no, queued.last_no
        count = last - first + 1
        numbering.number(tx, self.epoch, first, count)
        if (state := log.log_state(tx)) is not None:
            log.append_numbered(self._node.store, tx, state, self._node.entropy, count, just_kept)
        if just_kept is None:
            items = placeables.placeable(tx, first, last, now)
        else:  # others may have come before it and behind it
            before = placeables.placeable(tx, first, just_kept.first_no - 1, now)
            items = before + just_kept.free + placeables.placeable(tx, just_kept.last_no + 1, last, now)
        self._place(tx, policy, items, last, now, fresh=True, just_kept=just_kept)

    def _again(self, tx: Connection, policy: Policy, queued: Queued, now: Instant) -> None:
        """Place what may have opened: its class has changed, or an embargo or an end of its.

        What has closed is gone already, and what is still open keeps its date: see `unplace`.
        """
        items = placeables.placeable_of(tx, range(queued.first_no, queued.last_no + 1), now)
        self._place(tx, policy, items, self._last(tx), now, fresh=False)

    def _place(
        self,
        tx: Connection,
        policy: Policy,
        items: list[Placeable],
        upto: int,
        now: Instant,
        *,
        fresh: bool,
        just_kept: JustKept | None = None,
    ) -> None:
        if not items:  # acts alone, which go to whom they are addressed: most steps of a node that few items reach
            return
        keys = {item.id_key for item in items}
        linked = placeables.linked_to(tx, keys, upto)
        own = {item.no for item in items}
        waiting = placeables.placeable_of(tx, sorted({no for _, no, _ in linked} - own), now)
        members = [(key, no) for key, no, role in linked if role == MEMBER and no not in own]
        alone = set[bytes]() if just_kept is None else {item.id_key for item in just_kept.free} - just_kept.shared
        # An id under which nothing else is held has nothing to be revoked.
        revoked = revoking.revocations(tx, keys - alone, upto, now)
        around = Around(tx, upto, now)
        if just_kept is not None:
            around.add_ends(just_kept.ends)
        alike = Alike(around, items if fresh else ())
        companions = {item.id_key for item in items if item.type in COMPANION_TYPES}
        for reader_no in delivering.readers_of(tx):
            start = delivering.last_date(tx, reader_no)
            placer = Placer(self._node.store, tx, self._book(tx, policy, reader_no), upto, now, around)
            visible = placer.place_new(alike) if fresh else placer.place(items)
            placer.flush()
            if visible:
                self._redeliver(tx, reader_no, members, visible, start, now)
                along = self._linked(tx, visible - (keys - companions), upto, now)
                self._follow(tx, placer, sorted({*waiting, *along}), upto, now)
            placer.place_revocations(revoked)
            self._keep_order(tx, reader_no, start, now)

    def _keep_order(self, tx: Connection, reader_no: int, start: int, now: Instant) -> None:
        """Let contents without a version stand in the order in which they came, for their dates are their versions."""
        if delivering.last_date(tx, reader_no) > start:
            late = overtaking.overtaken(tx, reader_no, start)
            delivering.redeliver(self._node.store, tx, reader_no, late, now)

    def _redeliver(
        self,
        tx: Connection,
        reader_no: int,
        members: Sequence[tuple[bytes, int]],
        visible: set[bytes],
        start: int,
        now: Instant,
    ) -> None:
        """Show again what can now name an id of which nothing was visible before."""
        named = {key for key, _ in members if key in visible}
        if named:
            named -= reading.visible_keys(tx, reader_no, named, now, upto_ms=start)
        gained = sorted({no for key, no in members if key in named})
        if gained:
            delivering.redeliver(self._node.store, tx, reader_no, gained, now)

    def _follow(self, tx: Connection, placer: Placer, waiting: Sequence[Placeable], upto: int, now: Instant) -> None:
        """Place what waited for items just placed, and what waited for that in its turn."""
        while waiting:
            placer.follow_ends(waiting)
            more = placer.place(waiting)
            placer.flush()
            waiting = self._linked(tx, more, upto, now)

    def _linked(self, tx: Connection, keys: set[bytes], upto: int, now: Instant) -> list[Placeable]:
        """Give what stands on these ids."""
        linked = placeables.linked_to(tx, keys, upto) if keys else []
        return list(filter(leans, placeables.placeable_of(tx, sorted({no for _, no, _ in linked}), now)))

    def _anew(self, tx: Connection, item_no: int, reader_no: int, now: Instant) -> None:
        """Deliver an item anew that is the latest visible version again."""
        start = delivering.last_date(tx, reader_no)
        delivering.redeliver(self._node.store, tx, reader_no, [item_no], now)
        self._keep_order(tx, reader_no, start, now)

    def _fuller(self, tx: Connection, policy: Policy, class_no: int, reader_no: int, now: Instant) -> None:
        """Deliver anew what shows more of its properties, now that clauses drop fewer of them."""
        ruled = self._book(tx, policy, reader_no).rulings(self._node.store, tx, [class_no])[class_no]
        dropped = redacting.dropped_of(tx, reader_no, [class_no]).get(class_no, set())
        freed = tuple(f'"{name}"'.encode() for name in sorted(dropped - set(ruled.redact)))
        last = 0
        while freed and (rows := view_changes.delivered_of_class(tx, reader_no, class_no, last, _CHUNK)):
            last = rows[-1][0]
            # A name may be written with escapes: such a body counts as one that holds it.
            fuller = [no for no, body in rows if any(name in body for name in freed) or b"\\u" in body]
            delivering.redeliver(self._node.store, tx, reader_no, fuller, now)

    def _marking(self, tx: Connection, source_no: int, record_no: int, now: Instant) -> None:
        """Class the next part of those anew that named a marking before its definition came; the rest goes in line."""
        definition = keeping.held_record(tx, record_no)
        if definition is None:
            return
        waiting = reclassing.waiting_for_marking(tx, source_no, definition.id_key)
        if waiting:
            class_again(self._node, tx, source_no, waiting, now)
            keeping.mark(tx, "marking", source_no, record_no)

    def _view(self, tx: Connection, policy: Policy, reader_no: int, now: Instant) -> None:
        """Carry a changed policy out for one reader: take away what is closed, place what has opened."""
        lost = delivering.closed_rows(tx, reader_no, now)
        along = view_changes.closed_companions(tx, reader_no, now)
        start, upto = delivering.last_date(tx, reader_no), self._last(tx)
        book = self._book(tx, policy, reader_no)
        placer = Placer(self._node.store, tx, book, upto, now)
        lost += self._weigh_flagged(tx, placer, reader_no, PORTIONS, now)  # before a closed gate takes all of them away
        if delivering.withdraw_closed(tx, reader_no, now):
            lost += self._weigh_flagged(tx, placer, reader_no, FRAGILE | PORTIONS, now)
        ruled = book.rulings(self._node.store, tx, ())
        held = policies.decisions_of(tx, reader_no)
        kinds = {no: type_number(key) for no, key in policies.class_keys(tx).items()}
        opened = sorted(no for no, row in held.items() if not row.placed and ruled[no].outcome == "permitted")
        plain = {no: kind for no in opened if (kind := kinds[no]) is not None}
        placer.place_classes(plain)
        gated = [no for no, ruling in ruled.items() if ruling.outcome == "permitted" and kinds[no] is None]
        self._place_rest(tx, placer, reader_no, Rest(sorted(gated), sorted(plain)), upto, now)
        parts = placeables.with_portions_in(tx, opened)
        came = placer.place(placeables.placeable_of(tx, sorted({*along, *parts}), now))
        placer.flush()
        self._follow(tx, placer, self._linked(tx, came, upto, now), upto, now)
        self._after_view(tx, placer, reader_no, parts, start, upto, now)
        again = latest_again(tx, reader_no, lost, now)
        delivering.redeliver(self._node.store, tx, reader_no, again, now)
        self._keep_order(tx, reader_no, start, now)
        policies.note_placed(tx, reader_no, opened)

    def _weigh_flagged(self, tx: Connection, placer: Placer, reader_no: int, flags: int, now: Instant) -> list[HeldRow]:
        held = delivering.rows_of(tx, view_changes.rows_flagged(tx, reader_no, flags)).get(reader_no, {})
        return weigh(tx, placer, reader_no, held, now)

    def _after_view(
        self,
        tx: Connection,
        placer: Placer,
        reader_no: int,
        parts: Sequence[int],
        start: int,
        upto: int,
        now: Instant,
    ) -> None:
        """Do what follows from what a policy has opened, as after any placing; of `parts` more is shown than before."""
        many = view_changes.are_many_new(tx, reader_no, start)
        placer.follow_ends(view_changes.linked_to_new_versions(tx, reader_no, start, many=many))
        naming = view_changes.naming_new(tx, reader_no, start, many=many)
        held = view_changes.rows_before(tx, reader_no, sorted({*naming, *parts}), start)
        delivering.redeliver(self._node.store, tx, reader_no, held, now)
        self._follow(tx, placer, list(filter(leans, placeables.placeable_of(tx, naming, now))), upto, now)
        placer.place_revocations(revoking.revocations(tx, None, upto, now))

    def _place_rest(self, tx: Connection, placer: Placer, reader_no: int, rest: Rest, upto: int, now: Instant) -> None:
        """Place those that need more than their class: ends, or granular portions."""
        placed = set[bytes]()
        lacking = view_changes.not_delivered(tx, reader_no, rest, upto)
        for begin in range(0, len(lacking), _CHUNK):
            items = placeables.placeable_of(tx, lacking[begin : begin + _CHUNK], now)
            placed |= placer.place(items)  # a companion of one may have come with one before it
            placer.flush()
        self._follow(tx, placer, self._linked(tx, placed, upto, now), upto, now)

    def _last(self, tx: Connection) -> int:
        return numbering.last_numbered(tx)


def settle(node: Node) -> None:
    """Sequence what is queued, so that a command that returns has its effect before readers.

    Beside a serving node's own loop this is safe: both hold the same epoch, and the single writer's lock is taken for
    each step.
    """
    Sequencer(node).drain()
    with suppress(Busy):  # a long reading; it is tried again
        clear_files(node, wait_s=0)
