"""Throws the named bombs through both doors: a clear answer, bounded memory, good objects kept, the server alive."""

import gzip
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.faults import bombs
from tests.faults.bombs import MIB, Bomb
from tests.faults.stage import Crew, Stage, lines_of, set_stage
from tests.support.command import Serving, command_line, serving
from tests.support.figures import Figures

MEDIA = "application/taxii+json;version=2.1"
IMPORT_MIB, SERVER_MIB = 420, 420
WITHIN_S = 600
TOO_LARGE, TOO_DEEP = frozenset(("too-large",)), frozenset(("too-deep",))
TINY = frozenset(("no-id", "no-type"))


def named(soak: bool) -> dict[str, Bomb]:
    """The bombs that go through a file."""
    many, types = (10_000_000, 100_000) if soak else (300_000, 100_000)
    return {
        "a string of 200 MB": Bomb(lambda: bombs.long_string(200 * MIB), quarantined=1, reasons=TOO_LARGE),
        "a depth of 10,000": Bomb(lambda: bombs.deep(10_000), quarantined=1, reasons=TOO_DEEP),
        "tiny objects": Bomb(lambda: bombs.tiny(many), quarantined=many, reasons=TINY),
        "unknown types": Bomb(lambda: bombs.unknown_types(types), kept=types),
        "10,000 markings on an object": Bomb(lambda: bombs.many_markings(10_000), kept=1),
        "reference cycles": Bomb(lambda: bombs.cycles(200), kept=204),
        **bombs.spoilt(),
    }


def imported(stage: Stage, folder: Path, pieces: Iterator[bytes]) -> tuple[dict[str, object], float]:
    """Import as a process of its own; gives its counts and the most memory it held, in MiB."""
    file, out = folder / "bomb.json", folder / "out"
    with file.open("wb") as written:
        for piece in pieces:
            written.write(piece)
    words = command_line(stage.folder, "--json", "item", "import", file, "--default-tlp", "amber")
    most = 0.0
    with out.open("w") as lines, subprocess.Popen(words, stdout=lines) as process:
        give_up_at = time.monotonic() + WITHIN_S
        while process.poll() is None:
            most = max(most, peak_mib(process.pid))
            assert time.monotonic() < give_up_at
            time.sleep(0.01)
    file.unlink()
    assert process.returncode == 0, out.read_text()
    return lines_of(out)[-1], most  # type: ignore[return-value]  # counts


def peak_mib(pid: int) -> float:
    """The most memory that a process has held since it began, 0 if it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0.0)


@pytest.mark.parametrize("name", named(False))
def test_a_bomb_in_a_file_harms_nobody(name: str, crew: Crew, tmp_path: Path, soak: bool, figure: Figures) -> None:
    stage, bomb = set_stage(tmp_path / "node", log_level="error"), named(soak)[name]
    counts, most = imported(stage, tmp_path, bombs.in_bundle(bomb))
    assert (counts["new"], counts["quarantined"]) == (2 + bomb.kept, bomb.quarantined)
    quarantine = counts["quarantine"]
    assert isinstance(quarantine, list)
    assert {one["reason"] for one in quarantine} == bomb.reasons or not bomb.quarantined or bomb.reasons == TINY
    assert {one["reason"] for one in quarantine} <= bomb.reasons
    figure("bombs in files, by post and refused whole", bombs=1)
    print(f"{name}: {most:.0f} MiB")
    assert most < IMPORT_MIB, f"{most:.0f} MiB"
    (tmp_path / "good.json").write_bytes(b"[" + bombs.good(3) + b"]")
    again = crew.say(stage.folder, "--json", "item", "import", tmp_path / "good.json", "--default-tlp", "amber")
    assert again.json["new"] == 1


def test_a_bundle_cut_in_the_middle_keeps_what_was_whole(tmp_path: Path) -> None:
    stage = set_stage(tmp_path / "node", log_level="error")
    text = b'{"type":"bundle","id":"bundle--1","objects":[' + bombs.good(1) + b"," + bombs.good(2)[:-30]
    counts, _ = imported(stage, tmp_path, iter([text]))
    assert (counts["new"], counts["quarantined"]) == (1, 1)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stage, Serving]]:
    stage = set_stage(tmp_path_factory.mktemp("bombs") / "node", log_level="error")
    with serving(stage.folder) as running:
        yield stage, running


def submitted(server: tuple[Stage, Serving], body: bytes | Iterator[bytes], **headers: str) -> httpx.Response:
    """Submit, then see that the server is well, speaks TAXII only and holds its memory."""
    stage, running = server
    given = stage.submitter
    address = f"{running.url}/taxii2/root/collections/{given.inbox}/objects/"
    said = {"content-type": MEDIA, "accept": MEDIA, **{key.replace("_", "-"): value for key, value in headers.items()}}
    with httpx.Client(auth=(given.user, given.password), trust_env=False, timeout=120) as client:
        answer = client.post(address, content=body, headers=said)
        assert client.get(f"{running.url}/taxii2/", headers={"accept": MEDIA}).status_code == 200
    assert answer.headers["content-type"] == MEDIA
    assert answer.status_code < 500, answer.text
    assert peak_mib(running.process.pid) < SERVER_MIB
    return answer


BY_POST = {
    "a depth of 10,000": Bomb(lambda: bombs.deep(10_000), quarantined=1),
    "unknown types": Bomb(lambda: bombs.unknown_types(9_000), kept=9_000),
    "10,000 markings on an object": Bomb(lambda: bombs.many_markings(10_000), kept=1),
    "reference cycles": Bomb(lambda: bombs.cycles(200), kept=204),
    **bombs.spoilt(),
}


@pytest.mark.parametrize("name", BY_POST)
def test_a_bomb_by_post_is_answered_object_by_object(name: str, server: tuple[Stage, Serving], figure: Figures) -> None:
    figure("bombs in files, by post and refused whole", bombs=1)
    bomb = BY_POST[name]
    answer = submitted(server, b"".join(bombs.in_envelope(bomb)))
    assert answer.status_code == 202, answer.text
    status = answer.json()
    assert (status["success_count"], status["failure_count"]) == (2 + bomb.kept, bomb.quarantined)
    assert all(any(reason in one["message"] for reason in bomb.reasons) for one in status.get("failures", ())) or (
        not bomb.reasons
    )


REFUSED = {
    "a string of 200 MB": (413, lambda: b"".join(bombs.in_envelope(Bomb(lambda: bombs.long_string(200 * MIB)))), {}),
    "a gzip of 200 MB": (413, lambda: gzip.compress(b'{"objects":[' + b" " * 200 * MIB), {"content_encoding": "gzip"}),
    "a broken gzip": (400, lambda: gzip.compress(b'{"objects":[]}')[:-6], {"content_encoding": "gzip"}),
    "half a million tiny objects": (422, lambda: b"".join(bombs.in_envelope(Bomb(lambda: bombs.tiny(500_000)))), {}),
    "a cut envelope": (422, lambda: b'{"objects":[' + bombs.good(7) + b"," + bombs.good(8)[:-9], {}),
    "a repeated envelope key": (422, lambda: b'{"objects":[' + bombs.good(7) + b'],"objects":[]}', {}),
    "no JSON": (422, lambda: b"<html>", {}),
    "plain text": (415, lambda: b'{"objects":[]}', {"content_type": "text/plain"}),
    "an HTML form": (415, lambda: b"a=b", {"content_type": "application/x-www-form-urlencoded"}),
    "TAXII 2.0": (415, lambda: b'{"objects":[]}', {"content_type": "application/taxii+json;version=2.0"}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_bomb_that_is_no_envelope_is_refused_whole(name: str, server: tuple[Stage, Serving], figure: Figures) -> None:
    figure("bombs in files, by post and refused whole", bombs=1)
    code, body, headers = REFUSED[name]
    answer = submitted(server, body(), **headers)
    assert answer.status_code == code, answer.text
    assert answer.json()["http_status"] == str(code)
    assert answer.json()["title"]
