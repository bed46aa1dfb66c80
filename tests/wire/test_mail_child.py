"""Tests that indicators are found with their sentences, and that a document that takes too long costs itself alone."""

import time

import pytest

from comity.wire import mail_child
from comity.wire.mail_child import answer_to
from tests.support.mails import a_docx, a_mail, a_pdf, pdf_of


def found(answer: object) -> list[tuple[str, str, str]]:
    return [(one["kind"], one["value"], one["where"]) for one in answer["findings"]]  # type: ignore[index]


def test_indicators_are_found_in_text_and_attachments_with_what_stands_around_them() -> None:
    attached = (
        ("a.pdf", "application/pdf", a_pdf("asks pdf.example")),
        ("b.docx", "application/octet-stream", a_docx("asks word.example")),
        ("c.html", "text/html", b"<a href='https://html.example/x'>here</a>"),
        ("d.docx", "application/octet-stream", b"PK broken"),
    )
    answer = answer_to(a_mail(attached=attached))
    assert found(answer) == [
        ("url", "https://locker.example/pay?id=7", ""),
        ("ipv4", "198.51.100.7", ""),
        ("file", "locker-update.exe", ""),
        ("domain", "update.zip", ""),
        ("sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", ""),
        ("email", "cert@ruritania.example", ""),
        ("url", "https://ruritania.example/locker", ""),
        ("domain", "pdf.example", "a.pdf"),
        ("domain", "word.example", "b.docx"),
        ("url", "https://html.example/x", "c.html"),
    ]
    first = answer["findings"][0]
    assert first["sentence"].startswith("the server hxxps://locker[.]example/pay?id=7 (also 198.51.100[.]7) took part")
    assert [one["doubtful"] for one in answer["findings"]] == [False, False, False, True] + [False] * 6
    assert [(one["name"], one["fault"]) for one in answer["attached"]][-1] == ("d.docx", "broken")
    assert answer["levels"] == ["amber"]


def test_a_document_that_takes_too_long_costs_itself_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_child, "DOCUMENT_S", 0)
    attached = (("a.pdf", "application/pdf", a_pdf("pdf.example")), ("b.txt", "text/plain", b"last.example"))
    answer = answer_to(a_mail(attached=attached))
    assert [(one["name"], one["fault"]) for one in answer["attached"]] == [("a.pdf", "took-too-long"), ("b.txt", "")]
    assert ("domain", "last.example", "b.txt") in found(answer)


@pytest.mark.parametrize(
    "document",
    [
        b"<</Length 9>>" + b"[" * 300_000,
        b"<< /Type /Pages /Count 100000000 /Kids [2 0 R 2 0 R] >>",
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>\nendobj\n3 0 obj\n<< /Type /Page /Parent 2 0 R /Contents 3 0 R >>",
    ],
)
def test_a_hostile_document_ends(document: bytes) -> None:
    began = time.perf_counter()
    slow = pdf_of((b"<< /Type /Catalog /Pages 2 0 R >>", document))
    answer = answer_to(a_mail(attached=(("a.pdf", "application/pdf", slow), ("b.txt", "text/plain", b"last.example"))))
    assert time.perf_counter() - began < 2 * mail_child.DOCUMENT_S
    assert ("domain", "last.example", "b.txt") in found(answer)


def test_what_is_found_and_shown_is_bounded() -> None:
    answer = answer_to(a_mail("\n".join(f"host{n}.example" for n in range(5_000))))
    assert len(answer["findings"]) == mail_child.MOST_FINDINGS and answer["more"]
    assert len(answer["text"]) == mail_child.LONGEST_SHOWN
    assert answer_to(b"")["failed"] == "no-head"
    many = a_mail(attached=tuple((f"{n}.txt", "text/plain", b"locker.example") for n in range(300)))
    attached = answer_to(many)["attached"]
    assert len(attached) == mail_child.MOST_NAMED + 1 and attached[-1]["fault"] == "too-many"
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(5_000))
    assert answer_to(b"From: a@b.example\r\n" + deep)["failed"] == "too-deep"


def test_all_documents_together_have_their_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_child, "DOCUMENTS_S", 0)
    answer = answer_to(a_mail(attached=(("a.pdf", "application/pdf", a_pdf("pdf.example")),)))
    assert [one["fault"] for one in answer["attached"]] == ["took-too-long"]
