"""Tests how parties are shown by their short name."""

from comity.web.directory import Directory, directory_for
from tests.support.desk import Office
from tests.web.test_visit import visit_of


def test_a_party_is_shown_by_its_name_and_kind(office: Office) -> None:

    directory = office.portal.call(directory_for, visit_of(office, "auditor"))
    assert (directory.title("ruritania-csirt"), directory.kind("ruritania-csirt")) == ("Ruritania CSIRT", "authority")
    assert (directory.title("elbonia"), directory.kind("elbonia")) == ("elbonia", "organisation")
    assert isinstance(directory, Directory)
