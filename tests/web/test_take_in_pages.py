"""Tests taking in by upload and paste: preview first, then the deed, by its own person only."""

import json
import re

import httpx
import msgspec
import pytest

from comity.desk.actor import PersonRole
from comity.desk.node_status import StatusRequest, node_status
from comity.desk.poll_mail import PollMailRequest, poll_mail
from comity.desk.run_intake import PART_OBJECTS, run_intake
from comity.desk.run_jobs import do_next
from comity.stores import taking
from comity.web.take_in_pages import MOST_AT_ONCE
from tests.desk.test_run_intake import GOES_ON, EndsAfter, leased
from tests.support.desk import Forms, Office, Visitor
from tests.support.desk_story import busy
from tests.support.mailbox import PASSWORD, USER, a_mailbox
from tests.support.mails import a_mail
from tests.support.misp import an_event, written
from tests.support.nodes import OFFICER, Object, an_id, an_object
from tests.support.sealed_mails import an_x509, signed_by_smime


def upload(
    visitor: Visitor,
    content: bytes,
    *,
    file: bool = True,
    csrf: str | None = None,
    file_name: str = "drop.json",
    **fields: str,
) -> httpx.Response:
    visitor.get("/take-in")
    said = {"csrf": visitor.csrf if csrf is None else csrf, "default_tlp": "green", "source": "", "embargo_until": ""}
    said |= fields | ({} if file else {"pasted": content.decode()})
    form = httpx.Request(
        "POST", "http://localhost/", data=said, files={"file": (file_name, content) if file else ("", b"")}
    )
    return visitor("POST", "/take-in", content=form.read(), headers={"content-type": form.headers["content-type"]})


def a_bundle(*objects: Object) -> bytes:
    return json.dumps({"type": "bundle", "id": "bundle--1", "objects": objects}).encode()


def items(office: Office) -> int:
    return node_status(office.hub.node, OFFICER, StatusRequest()).items


@pytest.mark.parametrize("file", [True, False])
def test_content_is_previewed_then_taken_in_on_ones_word(office: Office, file: bool) -> None:
    busy(office.hub)
    before, visitor = items(office), office.signed_in("duty-officer")
    page = upload(visitor, a_bundle(an_object("indicator", 50, name="fresh"), an_object("tool", 51)), file=file).text
    assert "<h1>2 objects would come, of 2</h1>" in page and "2 new" in page
    assert "Ruritania CSIRT" in page and "example-agreement/4(1)" in page
    assert items(office) == before
    done = visitor.fill("/take-in/commit").text
    assert "<h1>Taken in: 2 new objects</h1>" in done
    assert items(office) == before + 2
    assert an_id("indicator", 50) in office.hub.ids("ruritania-csirt")
    assert visitor.get(f"/items/{an_id('indicator', 50)}").status_code == 200


def test_a_preview_is_of_its_person_and_session_alone(office: Office) -> None:
    mara, tomas = office.signed_in("analyst"), office.signed_in("analyst", name="tomas.weyl")
    upload(mara, a_bundle(an_object("tool", 1)))
    (_, fields), *_ = [form for form in Forms(mara.page.text).found if form[0].endswith("/commit")]
    tomas.get("/account")
    other = tomas.csrf
    assert tomas.post("/take-in/commit", fields | {"csrf": other}).status_code == 409
    assert mara.post("/take-in/commit", fields | {"csrf": other}).status_code == 403
    assert mara.post("/take-in/commit", fields | {"draft": "x"}).status_code == 409
    office.hub.later(1600)
    assert mara.post("/take-in/commit", fields).status_code == 200
    assert mara.post("/take-in/commit", fields).status_code == 409
    assert items(office) == 1


@pytest.mark.parametrize("role", ["auditor", "operator", "administrator", "releaser", "approver", "legal-adviser"])
def test_taking_in_is_for_who_does_intake(office: Office, role: PersonRole) -> None:
    visitor = office.signed_in(role)
    assert visitor.get("/take-in").status_code == 403
    visitor.get("/account")
    token = visitor.csrf
    form = httpx.Request("POST", "http://localhost/", data={"csrf": token}, files={"file": ("a", a_bundle())})
    headers = {"content-type": form.headers["content-type"]}
    assert visitor("POST", "/take-in", content=form.read(), headers=headers).status_code == 403
    assert visitor.post("/take-in/commit", {"csrf": token, "draft": "x"}).status_code in (403, 409)
    assert items(office) == 0


@pytest.mark.parametrize("token", ["", "x"])
def test_an_upload_needs_the_token_of_its_session(office: Office, token: str) -> None:
    visitor = office.signed_in("analyst")
    assert upload(visitor, a_bundle(an_object("tool", 1)), csrf=token).status_code == 403


def test_what_cannot_be_read_is_told_and_what_was_typed_stays(office: Office) -> None:
    visitor = office.signed_in("analyst")
    answer = upload(visitor, b"", file=False, embargo_until="2031-05-01")
    assert answer.status_code == 422
    assert "There is nothing in it that could be taken in." in answer.text and "2031-05-01" in answer.text
    quarantined = upload(visitor, b"no stix at all").text
    assert "0 objects would come, of 1" in quarantined and "quarantined" in quarantined


def test_too_much_at_once_is_refused_before_it_is_read(office: Office) -> None:
    visitor = office.signed_in("analyst")
    answer = upload(visitor, b" " * (8 * 1024 * 1024 + 200_000))
    assert answer.status_code == 413


def test_what_an_upload_says_of_itself_is_text(office: Office) -> None:
    visitor = office.signed_in("analyst")
    hostile = "<script>alert(1)</script>"
    page = upload(visitor, a_bundle(an_object("tool", 1, name=hostile))).text
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)" in page
    assert not re.search(r"<script(?! src=\"/static/)", page)


def test_a_files_name_is_shown_as_one_plain_line(office: Office) -> None:
    visitor = office.signed_in("analyst")
    page = upload(visitor, a_bundle(an_object("tool", 1)), file_name="../<b>\u202egnp.json" + "x" * 500).text
    assert "../&lt;b&gt; gnp.jsonxxx" in page and "\u202e" not in page and "x" * 121 not in page


TABLE = b"kind,indicator,note\nip,198.51.100.7,<b>grid</b>\ndomain,locker[.]example,=cmd\ndomain,words,\n"


def test_a_tables_columns_are_asked_for_before_its_preview(office: Office) -> None:
    visitor = office.signed_in("analyst")
    page = upload(visitor, TABLE, file_name="drop.csv").text
    assert "<h1>Is each column what it seems to be?</h1>" in page
    assert '<option value="#2" selected>2 · indicator</option>' in page and "&lt;b&gt;grid" in page
    preview = visitor.fill("/take-in/columns", value="#2", type="#1", description="", header="1").text
    assert "<h1>2 objects would come, of 3</h1>" in preview
    assert "not read as an address, name, hash or other indicator" in preview and "<code>row 4</code>" in preview
    assert "Columns not taken" in preview and "<bdi>note</bdi>" in preview
    assert items(office) == 0
    done = visitor.fill("/take-in/commit").text
    assert "<h1>Taken in: 2 new objects</h1>" in done and items(office) == 2


def test_the_columns_can_be_chosen_anew(office: Office) -> None:
    visitor = office.signed_in("analyst")
    upload(visitor, TABLE, file_name="drop.csv")
    visitor.fill("/take-in/columns", value="#3", header="1")
    (_, fields), *_ = [form for form in Forms(visitor.page.text).found if form[0].endswith("/commit")]
    asked = visitor.post("/take-in/columns", fields | {"again": "1"}).text
    assert '<option value="#3" selected>3 · note</option>' in asked
    for said in ({"value": ""}, {"value": "#9"}, {"value": "elsewhere"}):
        refused = visitor.fill("/take-in/columns", **said)
        assert refused.status_code == 422 and 'role="alert"' in refused.text
    assert visitor.post("/take-in/columns", {"csrf": visitor.csrf, "draft": "x", "value": "#2"}).status_code == 409


def test_a_pasted_list_is_a_table_of_one_column(office: Office) -> None:
    visitor = office.signed_in("analyst")
    page = upload(visitor, b"hxxp://locker[.]example/a\n198.51.100.7\n", file=False).text
    assert '<option value="#1" selected>' in page and 'name="header" value="1">' in page
    preview = visitor.fill("/take-in/columns", value="#1", **{"header": "1"}).text
    assert "One object would come, of 1" in preview


def test_events_of_misp_are_previewed_with_their_losses(office: Office) -> None:
    visitor = office.signed_in("analyst")
    page = upload(visitor, written(an_event()), file_name="event.json").text
    assert "What STIX does not say" in page and "Of one MISP event" in page and "template_uuid" in page
    assert items(office) == 0
    assert "the report stays with each item" in visitor.fill("/take-in/commit").text
    assert items(office) > 3


def test_of_a_mail_one_chooses_what_is_meant(office: Office) -> None:
    visitor = office.signed_in("analyst")
    page = upload(visitor, a_mail(), file_name="locker.eml").text
    assert "<h1>7 indicators found: which are meant?</h1>" in page
    assert "Anybody can write a From line" in page and "took part in the intrusion" in page
    assert (
        page.count("TLP:") > 3 and 'value="green"' not in page and 'value="amber" selected' in page
    )  # nothing lower than the mail says
    (target, fields), *_ = [form for form in Forms(page).found if form[0].endswith("/mail")]
    chosen = {name: value for name, value in fields.items() if name in ("csrf", "draft", "take-2", "take-4")}
    refused = visitor.post(target, chosen | {"tlp": "green"})
    assert refused.status_code == 422 and "nothing out of it is marked lower" in refused.text
    (target, fields), *_ = [form for form in Forms(refused.text).found if form[0].endswith("/mail")]
    chosen = {name: value for name, value in fields.items() if name in ("csrf", "draft", "take-2", "take-4")}
    preview = visitor.post(target, chosen | {"tlp": "amber"}).text
    assert "<h1>4 objects would come, of 4</h1>" in preview and "198.51.100.7" in preview and items(office) == 0
    assert "Taken in: 4 new objects" in visitor.fill("/take-in/commit").text
    assert items(office) == 4


def test_a_mail_that_cannot_be_read_is_told(office: Office) -> None:
    visitor = office.signed_in("analyst")
    assert "This is no mail that can be read" in upload(visitor, b"nothing", file_name="a.eml").text
    page = upload(visitor, a_mail("<b>locker.example</b>", subject="<script>x</script>"), file_name="a.eml").text
    assert "<script>x" not in page and "&lt;script&gt;x" in page


def test_a_mail_that_came_by_itself_waits_on_the_page(office: Office, free_port: int) -> None:
    (office.hub.node.folder / "keys").mkdir(exist_ok=True)
    (office.hub.node.folder / "keys" / "mail-password").write_text(PASSWORD)
    settings = {"mail_server": f"imap://127.0.0.1:{free_port}", "mail_user": USER}
    node = office.hub.node._replace(
        settings=msgspec.structs.replace(office.hub.node.settings, **settings, outbound_networks=("127.0.0.0/8",))
    )
    with a_mailbox(free_port) as mailbox:
        mailbox.put(a_mail())
        assert poll_mail(node, OFFICER, PollMailRequest()).new == 1
    visitor = office.signed_in("analyst")
    page = visitor.get("/take-in").text
    assert "A mail waits for a word on what is meant" in page and "Locker at Northwind Energy" in page
    (link,) = re.findall(r'href="(/take-in/mails/[^"]+)"', page)
    assert "<h1>7 indicators found: which are meant?</h1>" in visitor.get(link).text
    (target, fields), *_ = [form for form in Forms(visitor.page.text).found if form[0].endswith("/mail")]
    chosen = {name: value for name, value in fields.items() if name in ("csrf", "draft", "take-2")}
    preview = visitor.post(target, chosen | {"tlp": "amber", "source": "ruritania-csirt"}).text
    assert "<h1>2 objects would come, of 2</h1>" in preview
    visitor.fill("/take-in/commit")
    assert "waits for a word" not in visitor.get("/take-in").text
    assert visitor.get("/take-in/mails/artifact--x").status_code == 404


def test_whose_key_a_mail_is_signed_with_is_proposed_as_its_source(office: Office) -> None:
    signer, folder = an_x509("CERT Ruritania"), office.hub.node.folder / "mail"
    visitor = office.signed_in("analyst")
    assert "The sender is not verified" in upload(visitor, signed_by_smime(signer), file_name="a.eml").text
    folder.mkdir()
    (folder / "ruritania-csirt.pem").write_bytes(signer.public)
    page = upload(visitor, signed_by_smime(signer), file_name="a.eml").text
    assert "Signed by Ruritania CSIRT" in page and '<option value="ruritania-csirt" selected>' in page
    changed = signed_by_smime(signer).replace(b"locker.example", b"newest.example")
    page = upload(visitor, changed, file_name="a.eml").text
    assert "The signature does not hold" in page and '<option value="ruritania-csirt" selected>' not in page


def a_big_bundle() -> bytes:
    return a_bundle(*(an_object("indicator", n, name=f"Server {n}") for n in range(MOST_AT_ONCE + 1)))


def test_what_takes_longer_goes_on_beside_and_its_page_says_how_far_it_is(office: Office) -> None:
    mara = office.signed_in("analyst")
    page = upload(mara, a_big_bundle(), file_name="big <b>.json").text
    assert f"{MOST_AT_ONCE + 1} objects would come" in page
    answer = mara.fill("/take-in/commit")
    assert answer.status_code == 303
    place = answer.headers["location"]
    page = mara.get(place).text
    assert "<h1>Being read</h1>" in page and "big &lt;b&gt;.json" in page and '<meta http-equiv="refresh"' in page
    assert mara.get(f"{place}/objects").headers["location"] == place
    assert items(office) == 0
    run_intake(office.hub.node, leased(office.hub), EndsAfter(1))
    page = mara.get(place).text
    assert f"<h1>Being taken in: {PART_OBJECTS} of {MOST_AT_ONCE + 1} objects</h1>" in page
    assert f'max="{MOST_AT_ONCE + 1}" value="{PART_OBJECTS}"' in page and items(office) == PART_OBJECTS
    assert f'href="{place}"' in mara.get("/take-in").text
    assert do_next(office.hub.node, GOES_ON)
    page = mara.get(place).text
    assert f"<h1>Taken in: {MOST_AT_ONCE + 1} new objects</h1>" in page and "<meta http-equiv" not in page
    assert f'href="/items/{an_id("indicator", 7)}"' in mara.get(f"{place}/objects").text
    assert items(office) == MOST_AT_ONCE + 1
    assert mara.get("/take-in/runs/nothing").status_code == 404


def test_how_far_it_is_is_shown_to_who_asked_alone(office: Office) -> None:
    mara, tomas = office.signed_in("analyst"), office.signed_in("analyst", name="tomas.weyl")
    upload(mara, a_big_bundle())
    place = mara.fill("/take-in/commit").headers["location"]
    ines = office.signed_in("administrator", name="ines.corvane")
    for end in ("", "/objects", "/events"):
        headers = {"accept": "text/event-stream"} if end == "/events" else {}
        assert tomas("GET", place + end, headers=headers).status_code == 404
        assert ines("GET", place + end, headers=headers).status_code in (403, 404)
    nothing, theirs = tomas.get("/take-in/runs/" + "0" * 32).text, tomas.get(place).text
    error_id = re.compile(r"<dd><code>[0-9a-f]{16}</code>")
    assert error_id.sub("", theirs).replace(place.rpartition("/")[2], "0" * 32) == error_id.sub("", nothing)
    assert place not in tomas.get("/take-in").text


def test_an_intake_that_fails_says_why(office: Office) -> None:
    mara = office.signed_in("analyst")
    upload(mara, a_big_bundle(), default_tlp="green")
    place = mara.fill("/take-in/commit").headers["location"]
    run_intake(office.hub.node, leased(office.hub), EndsAfter(1))
    with office.hub.node.store.write() as tx:
        taking.end(tx, place.rpartition("/")[2], taking.FAILED, "the disk is full", None, office.hub.clock.now)
    page = mara.get(place).text
    assert f"<h1>Stopped after {PART_OBJECTS} objects</h1>" in page and "the disk is full" in page
    assert "stays kept" in page and "<meta http-equiv" not in page
