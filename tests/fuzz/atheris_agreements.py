"""Feeds mutated texts to the reader of agreements; what is read must make policies that answer.

Run by test_fuzz_agreements, or by hand: `python tests/fuzz/atheris_agreements.py -max_total_time=600 CORPUS`.
"""

import sys

import atheris

with atheris.instrument_imports(include=["comity", "tomllib"]):
    from comity.errors import AgreementRejected
    from comity.records.facts import ClassFacts
    from comity.rooms.release.agreements import read_agreement
    from comity.rooms.release.engine import Engine
    from comity.rooms.release.standing import Standing, next_change, operational
    from comity.values import PartyName, Tlp, instant

ME, READER = PartyName("freedonia-csirt"), PartyName("ruritania-csirt")
NOW = instant("2026-06-01")
FACTS = ClassFacts(originator=ME, received_from=ME, type="indicator", category="indicator", tlp=Tlp.GREEN)
OUTCOMES = ("permitted", "forbidden", "silent")


def one_input(content: bytes) -> None:
    """Read the bytes as an agreement, let all adhere, and decide under it."""
    try:
        agreement = read_agreement(content)
    except AgreementRejected as refusal:
        assert refusal.detail
        return
    standing = Standing(agreement=agreement, adherences=tuple((party, NOW) for party in agreement.parties))
    after = next_change([standing], NOW)
    assert after is None or after > NOW
    for me in agreement.parties[:3]:
        engine = Engine(operational(standing, me, NOW), me)
        for reader in (READER, *agreement.parties[:3]):
            assert engine.decide(reader, FACTS).outcome in OUTCOMES
        assert engine.decide(me, FACTS).outcome != "permitted"


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
