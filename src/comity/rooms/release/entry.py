"""Decides from when on an agreement is in force, and for whom, by the rule that its own text states.

Source: Vienna Convention on the Law of Treaties, articles 24 (entry into force) and 25 (provisional application).
Consent counts from its own effect. A party that consents after the entry into force is bound so many days later as the
text says of the entry itself.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec

from comity.errors import AgreementRejected
from comity.rooms.release.fields import Fields
from comity.values import Instant, PartyName

Binding = Literal["adherence", "ratification"]
BINDINGS: tuple[Binding, ...] = ("adherence", "ratification")
Survival = Literal["keep", "return", "destroy"]
SURVIVALS: tuple[Survival, ...] = ("keep", "return", "destroy")
SURVIVAL_DAYS = 30  # after the end, where the text asks for return or destruction and says no other
DAY_MS = 86_400_000
LONGEST_WAIT_DAYS = 3_650


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """The rule of entry into force: after how many consents (0: all), whose among them, and how many days later.

    `provisional`: signatories who agree to it apply the text before that.
    """

    consents: int = 0
    required: tuple[PartyName, ...] = ()
    days: int = 0
    provisional: bool = False

    @property
    def wait_ms(self) -> int:
        """The days between consent and effect, in milliseconds."""
        return self.days * DAY_MS


def read_entry(table: object, parties: tuple[PartyName, ...]) -> Entry:
    """Read `[entry_into_force]`; none means: when all parties have consented.

    Raises:
        AgreementRejected: with the path of the field and what to write instead.
    """
    if table is None:
        return Entry()
    if not isinstance(table, dict):
        raise AgreementRejected("entry_into_force", "write the rule under [entry_into_force]")
    fields = Fields(table, "entry_into_force")
    consents = fields.number("consents", most=len(parties))
    if consents is not None and consents < 2:
        raise fields.reject("consents", "at least two parties consent; leave the key out for all of them")
    required = fields.names("required")
    for name in required:
        if name not in parties:
            raise fields.reject("required", f"{name} is none of the parties")
    entry = Entry(
        consents=consents or 0,
        required=required,
        days=fields.number("days", most=LONGEST_WAIT_DAYS) or 0,
        provisional=fields.flag("provisional") or False,
    )
    fields.done()
    return entry


def entered(
    entry: Entry, parties: tuple[PartyName, ...], since: Mapping[PartyName, Instant], floor: Instant
) -> Instant | None:
    """Give the instant at which the text enters into force by these consents; None while some are lacking.

    Args:
        since: the effect of each party's consent to be bound.
        floor: the date before which the text itself says that it is not in force.
    """
    wanted = entry.consents or len(parties)
    if len(since) < wanted or not all(name in since for name in entry.required):
        return None
    last = sorted(since.values())[wanted - 1]
    decisive = max([last, *(since[name] for name in entry.required)])
    return Instant(max(decisive + entry.wait_ms, floor))


def in_force_since(
    entry: Entry, parties: tuple[PartyName, ...], since: Mapping[PartyName, Instant], floor: Instant
) -> dict[PartyName, Instant]:
    """Give for each party that has consented from when on the text is in force for it."""
    start = entered(entry, parties, since, floor)
    if start is None:
        return {}
    return {name: Instant(max(start, moment + entry.wait_ms)) for name, moment in since.items()}
