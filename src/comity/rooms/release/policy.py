"""Decides how clauses become Cedar policies, and which handling rules refuse whatever the clauses say.

One policy a clause, `@id("<agreement>/<article>")`. Policies look at facts only: whom a clause concerns is decided
apart, by `audience()`. Forbid wins. Three sets, each of one effect so that every policy that holds is named: standing
refusals and withhold clauses; share and forward clauses; those that say which obligations and redactions go along.

Standing refusals, in force without any agreement; no clause lifts them:

    handling/tlp-red              RED goes to named persons, never into a collection
    handling/unknown-restriction  a marking says something we cannot read
    handling/originator-control   the originator keeps control and has not consented to this reader
    engine/facts                  the facts are not sound: one is missing, of the wrong kind or out of range

There is no rule that an originator may read back what it gave: that would tell it what we hold. The default is no.
"""

import json
from collections.abc import Iterable

import msgspec

from comity.records.facts import CATEGORIES, KNOWN_TYPES, OTHER_TYPE, ClassFacts
from comity.rooms.release.clauses import HIGHEST_CLASSIFICATION, Clause
from comity.rooms.release.standing import OperationalClause, givers
from comity.values import PartyName, Tlp

RULES_VERSION = 2  # raise it when the same clauses would decide otherwise: what was decided is then decided anew

TLP_RED = "handling/tlp-red"
UNKNOWN_RESTRICTION = "handling/unknown-restriction"
ORIGINATOR_CONTROL = "handling/originator-control"
UNSOUND_FACTS = "engine/facts"
ENGINE_ERROR = "engine/error"  # no policy has it: the engine gives it when an evaluation failed
STANDING_REFUSALS = (TLP_RED, UNKNOWN_RESTRICTION, ORIGINATOR_CONTROL, UNSOUND_FACTS, ENGINE_ERROR)

SCHEMA = """
entity Party, Item;
action read appliesTo {
  principal: [Party], resource: [Item],
  context: {
    originator: String, received_from: String, type: String, category: String, tlp: Long, classification: Long,
    personal: String, originator_control: Bool, restricted: Bool, own: Bool, consented: Bool
  }
};
"""


class Context(msgspec.Struct, frozen=True):
    """The facts as one reader's request carries them. `consented`: the originator consents to the reader.

    `own`: the reader is the originator, or it gave the item here for the originator.
    """

    originator: str
    received_from: str
    type: str
    category: str
    tlp: int
    classification: int
    personal: str
    originator_control: bool
    restricted: bool
    own: bool
    consented: bool


def gave(reader: PartyName, facts: ClassFacts) -> bool:
    """Did an item come from this reader, as its originator or by passing it on? Then it never goes back to it."""
    return reader in (facts.originator, facts.received_from)


def context(reader: PartyName, facts: ClassFacts) -> Context:
    """Give the facts as they stand towards one reader."""
    return Context(
        facts.originator,
        facts.received_from,
        facts.type,
        facts.category,
        int(facts.tlp),
        facts.classification,
        facts.personal,
        facts.originator_control,
        facts.restricted,
        gave(reader, facts),
        reader in facts.consents,
    )


def audience(clause: OperationalClause, me: PartyName) -> frozenset[PartyName]:
    """Give the readers about whom this clause, acted on by `me`, can say anything."""
    if me not in givers(clause.clause, clause.parties):
        return frozenset()
    return frozenset(clause.clause.to or clause.parties) - {me}


def reaches(clause: OperationalClause, kind: str, *, own: bool, consented: bool) -> bool:
    """Can a clause say anything about this node's own (or another's) items of a type, consented to or not?"""
    if clause.clause.types and kind not in clause.clause.types:
        return False
    if clause.clause.kind == "share":
        return own or (consented and not clause.own_only)
    return not own or clause.clause.kind != "forward"


def touches(clause: OperationalClause, me: PartyName, reader: PartyName, facts: ClassFacts) -> bool:
    """Can a clause that concerns the reader change the answer? May say True in vain, never False in vain."""
    if clause.clause.originators and facts.originator not in clause.clause.originators:
        return False
    return reaches(clause, facts.type, own=facts.originator == me, consented=reader in facts.consents)


def policy_text(clause: OperationalClause, me: PartyName) -> str:
    """Write the policy of one clause, for the set it belongs in."""
    return release_policy(clause, me) if decides(clause.clause) else attach_policy(clause)


def refusal_set(policies: Iterable[str]) -> str:
    """Write the set that refuses: the standing refusals, then these policies."""
    return "\n".join([_STANDING, *policies])


def saying_set(policies: Iterable[str]) -> str:
    """Write a set of policies that permit, beside the check of the facts; '' if there is none."""
    given = tuple(policies)
    return "\n".join([_SOUND, *given]) if given else ""


def decides(clause: Clause) -> bool:
    """Does the clause permit or forbid (True), or does it attach something to what is permitted?"""
    return clause.kind in ("share", "forward", "withhold")


def release_policy(clause: OperationalClause, me: PartyName) -> str:
    """Write the policy of a share, forward or withhold clause."""
    said = clause.clause
    if said.kind == "share":
        own = f"context.originator == {_text(me)}"
        return _policy("permit", said, own if clause.own_only else f"({own} || context.consented)", *_reach(said))
    if said.kind == "forward":
        # What is passed on is another's, and never goes back to where it came from. The long list is looked at last.
        opened = [name for name in clause.open_from if name != me]
        return _policy("permit", said, *_reach(said), "!context.own", _within("originator", opened))
    return _policy("forbid", said, *_limits(said))


def attach_policy(clause: OperationalClause) -> str:
    """Write the policy of a use_limit or redact clause: satisfied means that it goes with the item."""
    return _policy("permit", clause.clause, *_limits(clause.clause))


def _reach(said: Clause) -> list[str]:
    tlp = Tlp.CLEAR if said.tlp_at_most is None else said.tlp_at_most
    tests = [f"context.tlp <= {int(tlp)}", f"context.classification <= {said.classification_at_most}", *_kinds(said)]
    if said.personal_data is False:
        tests.append('context.personal == "no"')
    return tests


def _limits(said: Clause) -> list[str]:
    tests = []
    if said.tlp_at_least is not None:
        tests.append(f"context.tlp >= {int(said.tlp_at_least)}")
    if said.classification_at_least is not None:
        tests.append(f"context.classification >= {said.classification_at_least}")
    if said.personal_data:
        tests.append('context.personal != "no"')  # what is undetermined may be personal
    if said.originators:
        tests.append(_within("originator", said.originators))
    return [*tests, *_kinds(said)]


def _kinds(said: Clause) -> list[str]:
    tests = [_within("type", said.types)] if said.types else []
    return [*tests, _within("category", said.categories)] if said.categories else tests


def _policy(effect: str, said: Clause, *tests: str) -> str:
    return f"@id({_text(said.id)})\n{effect} (principal, action, resource)\nwhen {{ {' && '.join(tests) or 'true'} }};"


def _within(fact: str, words: Iterable[str]) -> str:
    listed = tuple(words)
    if not listed:
        return "false"
    if len(listed) == 1:
        return f"context.{fact} == {_text(listed[0])}"
    return f"[{', '.join(map(_text, listed))}].contains(context.{fact})"


def _text(word: str) -> str:
    # Names, types and articles come through closed forms without quotes or backslashes, so JSON's quoting is Cedar's.
    return json.dumps(word, ensure_ascii=False)


# Every fact is looked at, so that a missing one is an error and a garbled one forbids.
_SOUND = f"""@id("{UNSOUND_FACTS}")
forbid (principal, action, resource)
unless {{
  context.tlp >= 0 && context.tlp <= {int(Tlp.RED)}
  && context.classification >= 0 && context.classification <= {HIGHEST_CLASSIFICATION}
  && (context.personal == "no" || context.personal == "yes" || context.personal == "undetermined")
  && context.originator like "*" && context.originator != ""
  && context.received_from like "*" && context.received_from != ""
  && (context.originator_control || true) && (context.restricted || true)
  && (context.own || true) && (context.consented || true)
  && {_within("category", CATEGORIES)}
  && {_within("type", (*sorted(KNOWN_TYPES), OTHER_TYPE))}
}};"""

_STANDING = f"""{_SOUND}
@id("{TLP_RED}")
forbid (principal, action, resource) when {{ context.tlp >= {int(Tlp.RED)} }};
@id("{UNKNOWN_RESTRICTION}")
forbid (principal, action, resource) when {{ context.restricted }};
@id("{ORIGINATOR_CONTROL}")
forbid (principal, action, resource) when {{ context.originator_control && !context.consented && !context.own }};"""
