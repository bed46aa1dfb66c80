"""Numbers kept records in observed order and places them before readers; the one sequencer of a node.

Each step is one transaction: numbering, deliveries and the queue mark taken off stand or fall together, so a crash
repeats a step and never half of one.
"""

import threading
from collections.abc import Sequence

from sqlalchemy import Connection

from comity.desk.node_type import Node
from comity.desk.placing import Placer, type_number
from comity.desk.policy import GateBook, Policy, ReaderBook, load_policy, refresh
from comity.desk.unplace import unplace
from comity.errors import Busy, StoreError
from comity.records.facts import GATED_TYPES
from comity.stores import delivering, keeping, policies
from comity.stores.delivering import Placeable, Queued
from comity.stores.tables import MEMBER
from comity.values import Instant

IDLE_S = 0.5
_CHUNK = 5000


class Sequencer:
    """The right to number: an epoch that a later sequencer's outdoes, and the policy as last loaded."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._policy: Policy | None = None
        self._gates: GateBook | None = None
        self._forget()
        if node.store.epoch is None:  # the first of this process takes over from any before it
            with node.store.write() as tx:
                epoch = delivering.epoch_now(tx) + 1
                delivering.seize(tx, epoch)
            node.store.epoch = epoch
        self.epoch = node.store.epoch

    def step(self) -> bool:
        """Do one step; False if nothing is queued or due."""
        now = self._node.clock()
        try:
            with self._node.store.write() as tx:
                return self._due(tx, now) or self._take(tx, now)
        except BaseException:
            self._forget()  # what was undone must not be remembered as done
            raise

    def drain(self) -> None:
        """Do steps until nothing is left."""
        while self.step():
            pass

    def _take(self, tx: Connection, now: Instant) -> bool:
        queued = delivering.next_queued(tx)
        if queued is None:
            return False
        policy = self._policy_now(tx, now)
        if queued.kind == "new":
            self._new(tx, policy, queued, now)
        elif queued.kind == "again":
            self._again(tx, policy, queued, now)
        else:
            self._view(tx, policy, queued.first_no, now)
        delivering.done(tx, queued)
        return True

    def _forget(self) -> None:
        self._policy, self._gates = None, None
        self._books: dict[int, ReaderBook] = {}

    def _policy_now(self, tx: Connection, now: Instant) -> Policy:
        version = policies.policy_version(tx)
        if self._policy is None or self._policy.version != version:
            self._forget()
            self._policy = load_policy(tx, now)
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
        due = keeping.due_by(tx, now)
        if due:
            unplace(self._node.store, tx, due, now)
        for no in due:
            keeping.mark(tx, "again", no, no)
        return bool(due)

    def _new(self, tx: Connection, policy: Policy, queued: Queued, now: Instant) -> None:
        delivering.number(tx, self.epoch, queued.first_no, queued.last_no - queued.first_no + 1)
        items = delivering.placeable(tx, queued.first_no, queued.last_no, now)
        self._place(tx, policy, items, queued.last_no, now, fresh=True)

    def _again(self, tx: Connection, policy: Policy, queued: Queued, now: Instant) -> None:
        """Weigh records anew: their class has changed, or an embargo or an end of theirs."""
        nos = list(range(queued.first_no, queued.last_no + 1))
        delivering.withdraw_everywhere(tx, nos, now)
        items = delivering.placeable_of(tx, nos, now)
        self._place(tx, policy, items, self._last(tx), now, fresh=False)

    def _place(
        self, tx: Connection, policy: Policy, items: list[Placeable], upto: int, now: Instant, *, fresh: bool
    ) -> None:
        keys = {item.id_key for item in items}
        linked = delivering.linked_to(tx, keys, upto)
        own = {item.no for item in items}
        waiting = delivering.placeable_of(tx, sorted({no for _, no, _ in linked} - own), now)
        members = [(key, no) for key, no, role in linked if role == MEMBER and no not in own]
        for reader_no in delivering.readers_of(tx):
            placer = Placer(self._node.store, tx, self._book(tx, policy, reader_no), upto, now)
            visible = placer.place(items, maybe_held=not fresh)
            placer.flush()
            self._follow(tx, placer, reader_no, waiting, members, visible, upto, now)

    def _follow(
        self,
        tx: Connection,
        placer: Placer,
        reader_no: int,
        waiting: Sequence[Placeable],
        members: Sequence[tuple[bytes, int]],
        visible: set[bytes],
        upto: int,
        now: Instant,
    ) -> None:
        """Place what waited for the items just placed, and show again what can now name them."""
        if not visible:
            return
        gained = sorted({no for key, no in members if key in visible})
        if gained:
            delivering.redeliver(self._node.store, tx, reader_no, gained, now)
        if waiting:
            more = placer.place(waiting, maybe_held=True)
            placer.flush()
            while more:  # what waited may itself be waited for
                linked = delivering.linked_to(tx, more, upto)
                further = delivering.placeable_of(tx, sorted({no for _, no, _ in linked}), now)
                further = [item for item in further if item.type in GATED_TYPES]
                more = placer.place(further, maybe_held=True) if further else set()
                placer.flush()

    def _view(self, tx: Connection, policy: Policy, reader_no: int, now: Instant) -> None:
        """Carry a changed policy out for one reader: take away what is closed, place what has opened."""
        delivering.withdraw_closed(tx, reader_no, now)
        book = self._book(tx, policy, reader_no)
        placer = Placer(self._node.store, tx, book, self._last(tx), now)
        ruled = book.rulings(self._node.store, tx, ())
        held = policies.decisions_of(tx, reader_no)
        opened = sorted(no for no, row in held.items() if not row.placed and ruled[no].outcome == "permitted")
        keys = policies.class_keys(tx, opened)
        for class_no in opened:
            kind = type_number(keys[class_no])
            if kind is not None:
                placer.place_class(class_no, kind)
                self._place_rest(tx, placer, reader_no, class_no, now, portions_only=True)
        every = policies.class_keys(tx)
        for class_no in sorted(no for no, ruling in ruled.items() if ruling.outcome == "permitted"):
            if type_number(every[class_no]) is None:
                self._place_rest(tx, placer, reader_no, class_no, now, portions_only=False)
        self._place_companions(tx, placer, reader_no, now)
        policies.note_placed(tx, reader_no, opened)

    def _place_rest(
        self, tx: Connection, placer: Placer, reader_no: int, class_no: int, now: Instant, *, portions_only: bool
    ) -> None:
        """Place those of a class that need more than their class: ends, or granular portions."""
        after, upto = 0, self._last(tx)
        while items := delivering.not_delivered(tx, reader_no, class_no, after, upto, _CHUNK, now, portions_only):
            placer.place(items, maybe_held=False)
            placer.flush()
            after = items[-1].no

    def _place_companions(self, tx: Connection, placer: Placer, reader_no: int, now: Instant) -> None:
        """Place companions that are still named behind an open gate, though another gate of theirs has closed."""
        wanted = delivering.placeable_under(tx, delivering.wanted_keys(tx, reader_no), self._last(tx), now)
        placer.place(sorted(item for versions in wanted.values() for item in versions), maybe_held=True)
        placer.flush()

    def _last(self, tx: Connection) -> int:
        return delivering.last_numbered(tx)


def run_sequencer(node: Node, stop: threading.Event, wake: threading.Event) -> None:
    """Do steps until told to stop; sleeps until woken or for half a second when nothing is left."""
    sequencer = Sequencer(node)
    while not stop.is_set():
        wake.clear()
        try:
            busy = sequencer.step()
        except (Busy, StoreError):
            # A full disk or a busy database: keep what is queued and try again.
            busy = False
        if not busy:
            wake.wait(IDLE_S)


def settle(node: Node) -> None:
    """Sequence what is queued, so that a command that returns has its effect before readers.

    Beside a serving node's own loop this is safe: both hold the same epoch, and the single writer's lock is taken for
    each step.
    """
    Sequencer(node).drain()
