"""What was just kept, as who goes on with it is told."""

from comity.stores.just_kept import JustKept


def test_the_last_number_follows_from_the_first_and_how_many() -> None:
    just_kept = JustKept(7, 1, 0, [b"a", b"b", b"c"], [b"", b"", b""], [], {}, set())
    assert just_kept.last_no == 9
