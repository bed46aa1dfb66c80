from random import Random

from hypothesis import given
from hypothesis import strategies as st

from comity.desk.version_order import latest, versions_in_order
from comity.stores.reading import VisibleVersion

NUMBERS = st.lists(st.integers(1, 40), unique=True, max_size=8)


def _seen(no: int, version_us: int = 0, source_no: int = 1) -> VisibleVersion:
    return VisibleVersion(b"key", no, version_us, source_no)


def _order(*versions: VisibleVersion) -> list[int]:
    return [version.item_no for version in versions_in_order(versions)]


def test_versions_go_by_their_age_not_by_their_coming() -> None:
    assert _order(_seen(1, 30), _seen(2, 10), _seen(3, 20)) == [2, 3, 1]


def test_one_version_of_two_records_is_shown_once_as_first_received() -> None:
    assert _order(_seen(4, 10, 2), _seen(3, 10, 1)) == [3]


def test_contents_without_a_version_are_shown_as_they_came() -> None:
    assert _order(_seen(3), _seen(1), _seen(2)) == [1, 2, 3]


def test_another_sources_contents_are_not_among_them() -> None:
    assert _order(_seen(1), _seen(2, source_no=2), _seen(3)) == [1, 3]


def test_what_has_no_version_is_older_than_what_has_one() -> None:
    assert _order(_seen(5), _seen(1, 10)) == [5, 1]


def test_nothing_has_no_latest_version() -> None:
    assert latest([]) is None


@given(NUMBERS, st.randoms(use_true_random=False))
def test_the_order_in_which_they_are_looked_at_makes_no_difference(numbers: list[int], random: Random) -> None:
    versions = [_seen(no, no % 3 * 10, no % 2) for no in numbers]
    mixed = random.sample(versions, len(versions))

    assert versions_in_order(mixed) == versions_in_order(versions)
