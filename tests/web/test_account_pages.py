"""Tests that people see their own account."""

from tests.support.desk import Office


def test_the_page_says_how_and_until_when_one_is_signed_in(office: Office) -> None:
    page = office.signed_in("duty-officer").get("/account").text
    assert "Your account, Mara Ellend" in page and "password and code" in page
    assert "at the latest <time" in page and "2031-03-01 22:00 UTC" in page
    assert "No passkey" in page


def test_a_name_with_signs_of_markup_is_text(office: Office) -> None:
    visitor = office.signed_in()
    with office.hub.node.store.write() as tx:
        tx.exec_driver_sql("update accounts set title = '<img src=x onerror=alert(1)>'")
    page = visitor.get("/account").text
    assert "<img" not in page and "&lt;img src=x" in page
