"""Whatever bytes come as an agreement, reading them gives an agreement or a refusal that names a place, and quickly."""

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.errors import AgreementRejected
from comity.rooms.release.agreements import LONGEST_LINE_BYTES, Agreement, read_agreement
from comity.rooms.release.clauses import KINDS
from comity.rooms.release.engine import Engine
from comity.rooms.release.standing import operational
from tests.support.agreements import FREE, NOW, RURI, facts, in_force
from tests.support.fuzzing import needs_atheris, run_target

HEAD = 'id = "a"\ntitle.en = "t"\nparties = ["freedonia-csirt", "ruritania-csirt"]\nin_force_from = 2026-01-01\n'
KEYS = """article kind from to by types categories originators tlp_at_most tlp_at_least classification_at_most
classification_at_least personal_data properties purpose text.en starts ends form title.fr clause nonsense""".split()
VALUES = (
    '"1"', '"share"', '"amber"', '"red"', "true", "false", "3", "-1", "1e400", "nan", "2026-07-01", "07:00:00",
    '["freedonia-csirt"]', '["ruritania-csirt"]', '["indicator", "other"]', "[[1]]", "{ a = 1 }", '"""x"""', "[]",
    '"\\u0000"', '"\\u202e"', "1979-05-27T07:32:00",
)  # fmt: skip


def read(text: bytes) -> Agreement | None:
    try:
        return read_agreement(text)
    except AgreementRejected as refused:
        assert str(refused)
        return None


@settings(max_examples=300)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(text: bytes) -> None:
    read(text)


lines = st.tuples(st.sampled_from(KEYS), st.sampled_from(VALUES)).map(" = ".join)
clause_texts = st.tuples(st.sampled_from(KINDS), st.lists(lines, max_size=5)).map(
    lambda said: f'[[clause]]\narticle = "1"\nkind = "{said[0]}"\ntlp_at_most = "amber"\n' + "\n".join(said[1])
)


@settings(max_examples=400)
@given(st.lists(lines, max_size=2), st.lists(clause_texts, max_size=3))
def test_any_mixture_of_keys_is_refused_or_makes_an_engine_that_answers(head: list[str], clauses: list[str]) -> None:
    agreement = read((HEAD + "\n".join([*head, *clauses])).encode())
    if agreement is not None:
        engine = Engine(operational(in_force(agreement), FREE, NOW), FREE)
        assert engine.decide(RURI, facts()).outcome in ("permitted", "forbidden", "silent")


LINE = LONGEST_LINE_BYTES
BOMBS = {
    "one deep key": b"a." * 400_000 + b"a = 1",
    "one deep array": b"x = " + b"[" * 500_000,
    "deep arrays": b"".join(b"k%d = %s\n" % (i, b"[" * (LINE - 20)) for i in range(50)),
    "deep tables": b"".join(b"[k%d.%sa]\n" % (i, b"a." * (LINE // 2 - 10)) for i in range(50)),
    "deep keys": b"".join(b"k%d.%sa = 1\n" % (i, b"a." * (LINE // 2 - 10)) for i in range(50)),
    "deep inline keys": b"".join(b"k%d = {%sa = 1}\n" % (i, b"a." * (LINE // 2 - 10)) for i in range(50)),
    "deep inline tables": b"".join(b"k%d = %s\n" % (i, b"{a=" * (LINE // 3 - 10)) for i in range(50)),
    "seven parts": b"".join(b"k%d.a.a.a.a.a.a = 1\n" % i for i in range(45_000)),
    "commas": b"x = [" + b"," * (LINE - 20) + b"]\n" + b'"a",' * (LINE // 5),
    "quotes": b"".join(b"k%d = [%s]\n" % (i, b'",' * (LINE // 2 - 20)) for i in range(50)),
    "spaces": b"".join(b",%s\n" % (b" " * (LINE - 20)) for i in range(50)),
    "long number": b"x = " + b"9" * (LINE - 10),
    "many keys": b"".join(b"k%d = 1\n" % i for i in range(80_000)),
    "many tables": b"[[clause]]\n" * 90_000,
    "many nested tables": b"[[a]]\n[[a.b]]\n[[a.b.c]]\n" * 40_000,
    "many parties": b"parties = [\n" + b'"a",\n' * 200_000 + b"]",
    "many lines in a text": b'x = """' + b"\\\n" * 400_000 + b'"""',
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_within_seconds(name: str) -> None:
    began = time.monotonic()
    assert read(BOMBS[name]) is None
    assert time.monotonic() - began < 20


SEEDS = [
    (HEAD + clause).encode()
    for clause in (
        '[[clause]]\narticle = "4(1)"\nkind = "share"\nto = ["ruritania-csirt"]\ntlp_at_most = "amber"\n',
        '[[clause]]\narticle = "5"\nkind = "forward"\nby = ["freedonia-csirt"]\ntlp_at_most = "red"\nends = 2027-01-01',
        '[[clause]]\narticle = "6"\nkind = "withhold"\npersonal_data = true\ntext.en = "No."\n',
        '[[clause]]\narticle = "7"\nkind = "redact"\nproperties = ["description"]\ntypes = ["indicator", "other"]\n',
        '[[clause]]\narticle = "8"\nkind = "use_limit"\npurpose = """defence"""\nclassification_at_least = 1\n',
        'form = "sharing-group"\ntlp_at_most = "green"\nreview_by = 2027-01-01\n',
    )
]


@needs_atheris
def test_coverage_guided_fuzzing_finds_no_crash(tmp_path: Path, soak: bool) -> None:
    run_target("atheris_agreements.py", SEEDS, tmp_path, seconds=600 if soak else 10)
