"""Tests the door for programs: whom it lets in, what it answers, and that every refusal has one shape."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.api.operations import OPERATIONS
from comity.desk.actor import PersonRole
from comity.desk.read_audit import SENSITIVE
from comity.desk.roles import OPENED
from comity.stores import registers
from tests.api.conftest import Program
from tests.support.desk import Office, an_office
from tests.support.desk_story import REPORT
from tests.support.nodes import an_object

ROLES: tuple[PersonRole, ...] = get_args(PersonRole)
Make = Callable[..., Program]


def check_shape(answer: httpx.Response) -> str:
    """Find the one shape of an error and give its code."""
    assert answer.headers["content-type"] == "application/json"
    assert set(answer.json()) == {"error"}
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "id", "facts"} and error["id"] == answer.headers["x-request-id"]
    return str(error["code"])


def test_a_program_gets_what_its_persons_pages_show(program: Make) -> None:
    ask = program("analyst")
    found = ask("item search", {"value": "locker*"})
    assert found.status_code == 200 and len(found.json()["items"]) == 2
    assert ask("item show", {"id": REPORT}).json()["versions"][0]["label"] == "Ransomware in grid control"
    assert found.headers["cache-control"] == "no-store"


def test_what_is_taken_in_under_a_key_is_taken_in_once(program: Make, office: Office) -> None:
    ask = program("analyst")
    bundle = json.dumps({"type": "bundle", "id": "bundle--1", "objects": [an_object("malware", 700, name="fresh")]})
    body = {"body": base64.b64encode(bundle.encode()).decode(), "name": "drop.json"}
    first = ask("item take-in", body, idempotency_key="night-1")
    again = ask("item take-in", body, idempotency_key="night-1")
    assert first.status_code == again.status_code == 200 and first.content == again.content
    other = ask("item take-in", body | {"name": "other.json"}, idempotency_key="night-1")
    assert (other.status_code, check_shape(other)) == (409, "conflict")
    assert len(ask("item search", {"value": "fresh"}).json()["items"]) == 1


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_by_the_api_what_it_opens_on_pages(program: Make, role: PersonRole) -> None:
    ask = program(role)
    for operation in OPERATIONS.values():
        answer = ask(operation.verb.name, b"[]")  # nothing that any verb takes
        opened = role in OPENED[operation.verb.name]
        closed = (404, "not-found") if role == "guest" else (403, "not-permitted")
        assert (answer.status_code, check_shape(answer)) == ((400, "usage") if opened else closed), operation.verb.name


def test_scopes_narrow_what_the_roles_open(program: Make) -> None:
    ask = program("analyst", scopes=("item:read",))
    assert ask("item search", {"value": "locker*"}).status_code == 200
    for verb in ("item take-in", "release matrix", "party list"):
        assert check_shape(ask(verb, {})) == "not-permitted"


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("item show", {"id": "report--nothing"}, "not-found"),
        ("item show", {"idd": REPORT}, "usage"),
        ("item show", {"id": 7}, "usage"),
        ("item show", {}, "usage"),
        ("item show", b"[" * 5_000, "usage"),
        ("item show", b"\xff\xfe", "usage"),
        ("item show", b'{"id": "\\ud800"}', "usage"),
        ("item show", b'"x"', "usage"),
        ("item nothing", {}, "not-found"),
        ("item import", {"paths": ["/etc/passwd"]}, "not-found"),  # files of the node's machine are not for programs
        ("node backup", {"path": "x"}, "not-found"),
        ("release what-if", {"text": "!!"}, "usage"),
        ("release what-if", {"text": base64.b64encode(b"id = [").decode()}, "agreement-rejected"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_one_shape(program: Make, path: str, body: object, code: str) -> None:
    assert check_shape(program("analyst", "releaser")(path, body)) == code


def test_without_a_good_token_nobody_gets_in(program: Make, office: Office) -> None:
    ask = program("analyst")
    basic = base64.b64encode(f"mara:{ask.token}".encode()).decode()
    for header in ("", "Bearer", "Bearer x", f"Basic {basic}", f"Bearer {ask.token}x", f"bearer {ask.token[:-1]}"):
        answer = ask("item show", {"id": REPORT}, authorization=header)
        assert (answer.status_code, check_shape(answer)) == (401, "unauthenticated")
        assert answer.headers["www-authenticate"].startswith("Bearer")
    # A signed-in browser's cookie is none either: a page of another site can make it do nothing.
    visitor = office.signed_in("analyst", name="tomas.weyl")
    answer = visitor("POST", "/api/v1/item/search", content=b"{}", headers={"content-type": "application/json"})
    assert answer.status_code == 401


def test_guessing_is_slowed_down_and_does_not_lock_the_person_out(program: Make) -> None:
    ask = program("analyst")
    assert ask("party list").status_code == 200
    answers = [ask("party list", authorization=f"Bearer guess-{n}") for n in range(12)]
    assert [one.status_code for one in answers[:10]] == [401] * 10
    assert answers[-1].status_code == 429 and int(answers[-1].headers["retry-after"]) > 0
    assert check_shape(answers[-1]) == "too-many-attempts"
    assert ask("party list").status_code == 200


def test_bodies_are_bounded_and_of_one_media_type(program: Make, office: Office) -> None:
    ask = program("analyst")
    most = office.hub.node.settings.max_content_length * 4 // 3 + 64 * 1024
    assert check_shape(ask("item show", b" " * (most + 1))) == "too-large"
    assert ask("item show", b"{}", content_type="text/plain").status_code == 415
    assert ask("item show", b"{}", content_encoding="br").status_code == 415
    assert ask("item show", b"{}", idempotency_key="x" * 65).status_code == 400


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/api"), ("GET", "/api/v1/item/show"), ("DELETE", "/api/v1/item/show"), ("GET", "/api/x/y")],
)
def test_other_paths_and_methods_are_refused_in_the_same_shape(office: Office, method: str, path: str) -> None:
    answer = office.visitor()(method, path)
    assert answer.status_code in (404, 405)
    check_shape(answer)


_WORDS = st.sampled_from(
    [REPORT, "ruritania-csirt", "locker*", "", "\x00", "<script>", "'; drop table", "a" * 3_000, "amber"]
)
_VALUES = st.recursive(
    _WORDS
    | st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_no_body_makes_any_operation_fail(program: Make, office: Office, data: st.DataObject) -> None:
    if not hasattr(office, "everything"):
        roles: tuple[PersonRole, ...] = ("administrator", "duty-officer", "releaser", "auditor", "guest")
        office.everything = [program(role) for role in roles]  # type: ignore[attr-defined]
    for operation in OPERATIONS.values():
        fields = operation.verb.request.__struct_fields__
        body = data.draw(st.dictionaries(st.sampled_from(fields), _VALUES, max_size=4) if fields else st.just({}))
        for ask in office.everything:  # type: ignore[attr-defined]
            answer = ask(operation.verb.name, body)
            assert answer.status_code < 500 or answer.status_code == 503, (operation.verb.name, body, answer.text)
            if answer.status_code != 200:
                check_shape(answer)


@pytest.mark.parametrize("exercise", [False, True])
def test_every_answer_of_an_exercise_says_so(tmp_path: Path, exercise: bool) -> None:
    with an_office(tmp_path / "other", exercise=exercise) as office:
        for answer in (office.visitor().get("/api/openapi.json"), office.visitor().get("/api/nothing")):
            assert answer.headers.get("comity-exercise") == ("true" if exercise else None)


def test_a_token_that_is_revoked_is_out_at_once(program: Make) -> None:
    ask = program("analyst")
    (token,) = ask("token list").json()["tokens"]
    assert ask("token revoke", {"number": token["number"]}).status_code == 200
    assert ask("token list").status_code == 401


def test_what_a_program_reads_is_noted_as_what_its_person_reads(program: Make, office: Office) -> None:
    ask = program("analyst")
    office.hub.put(an_object("report", 700, name="for few"), tlp="red")
    name = an_object("report", 700)["id"]
    asked = {"item show": {"id": name}, "item readers": {"id": name}, "item search": {"value": "for few"}}
    for verb, body in asked.items():
        assert ask(verb, body).status_code == 200
        assert ask(verb, {"id": 7}).status_code == 400
    office.hub.node.store.reads.flush()
    with office.hub.node.store.read() as tx:
        lines = [(row.via, row.verb) for row in registers.audit_rows(tx) if row.verb in SENSITIVE]
    assert lines == [("api", verb) for verb in asked]


def test_a_guests_token_opens_what_is_a_guests_whatever_its_scopes_say(program: Make, office: Office) -> None:
    mine = program("guest")
    listed = mine("guest list")
    assert listed.status_code == 200 and listed.json() == {"items": [], "before": None}
    bundle = base64.b64encode(json.dumps({"objects": [an_object("tool", 700)]}).encode()).decode()
    first = mine("guest submit", {"body": bundle}, idempotency_key="night-1")
    assert (
        first.status_code == 200
        and mine("guest submit", {"body": bundle}, idempotency_key="night-1").text == first.text
    )
    nothing = mine("item nothing", {})
    for verb, body in (
        ("item show", {"id": REPORT}),
        ("item search", {"value": "locker*"}),
        ("party list", {}),
        ("account list", {}),
        ("act list", {}),
        ("guest item", {"id": REPORT}),
        ("guest answer", {"id": REPORT, "level": "seen", "by": "Office"}),
        ("guest submissions", {"id": "00000000-0000-4000-8000-000000000000"}),
    ):
        answer = mine(verb, body)
        told = [one.json()["error"] | {"id": ""} for one in (answer, nothing)]
        assert answer.status_code == 404 and told[0] == told[1], verb
    assert check_shape(mine("token add", {"name": "x", "scopes": ["*:write"]})) == "not-permitted"


def test_scopes_narrow_a_guests_token_too(program: Make) -> None:
    mine = program("guest", scopes=("guest:read",))
    assert mine("guest show").status_code == 200
    for verb, body in (("guest submit", {"body": ""}), ("guest withdraw", {"id": "tool--1"}), ("token list", {})):
        assert check_shape(mine(verb, body)) == "not-permitted"


def test_what_a_guests_program_reads_is_noted(program: Make, office: Office) -> None:
    mine = program("guest")
    for verb in ("guest list", "guest show", "guest export"):
        assert mine(verb, {}).status_code == 200
    office.hub.node.store.reads.flush()
    with office.hub.node.store.read() as tx:
        lines = [row.verb for row in registers.audit_rows(tx) if row.actor.endswith("guest") and row.verb in SENSITIVE]
    assert lines == ["guest export"], "a list of nothing names nothing; an export is noted whatever it holds"
