"""Tests that channels, notices and messages are kept, ended and forgotten, on each store."""

from comity.stores import noticing
from comity.stores.noticing import FAILED, MOOT, SENT, ChannelRow
from comity.stores.opening import Store
from comity.values import Instant

NOW = Instant(1_000)
A, B = b"a" * 32, b"b" * 32


def channel(account_no: int = 7) -> ChannelRow:
    return ChannelRow(0, account_no, "mail", "m@x.example", 0, None, None, "at-once", 7, NOW, 0, -1, None, 0, None)


def test_a_message_gathers_what_waits_and_is_tried_until_it_ends(store: Store) -> None:
    with store.write() as tx:
        first, other = noticing.add_channel(tx, channel()), noticing.add_channel(tx, channel(8))
        assert noticing.channels(tx, 7) == [first] and noticing.channel(tx, other.no) == other
        noticing.add_notice(tx, first.no, A, "alarm", None, NOW)
        noticing.add_notice(tx, first.no, B, "account", 5, NOW)
        noticing.add_notice(tx, other.no, A, "alarm", None, NOW)
        assert noticing.waiting_count(tx, first.no) == 2
        no = noticing.make_message(tx, first.no, "id", NOW)
        assert noticing.waiting_count(tx, first.no) == 0
        assert [one.thing for one in noticing.message_notices(tx, no)] == [A, B]
        (row,) = noticing.due_messages(tx, NOW, 10)
        assert noticing.begin_try(tx, row, Instant(2_000)) and not noticing.begin_try(tx, row, Instant(2_000))
        assert noticing.due_messages(tx, Instant(1_999), 10) == []
        noticing.note_failure(tx, row, "x" * 1_000)
        (again,) = noticing.due_messages(tx, Instant(2_000), 10)
        assert again.tries == 1 and len(again.last_error or "") == noticing.LONGEST_ERROR
        noticing.end_message(tx, again, SENT, Instant(3_000))
        assert noticing.open_message(tx, first.no) is None
        kept = noticing.channel(tx, first.no)
        assert kept is not None and (kept.sent_ms, kept.failures, kept.last_error) == (3_000, 0, None)
        assert [line.state for line in noticing.notice_lines(tx, 7, 100, 10)] == ["sent", "sent"]
        assert len(noticing.notice_lines(tx, None, 100, 10)) == 3


def test_what_is_over_leaves_what_was_told_and_nothing_else(store: Store) -> None:
    with store.write() as tx:
        no = noticing.add_channel(tx, channel()).no
        noticing.add_notice(tx, no, A, "alarm", None, NOW)
        noticing.end_notice(tx, noticing.noticed(tx, no)[A], NOW)
        assert noticing.noticed(tx, no) == {}
        noticing.add_notice(tx, no, A, "alarm", None, NOW)
        noticing.make_message(tx, no, "id", NOW)
        noticing.end_notice(tx, noticing.noticed(tx, no)[A], NOW)
        assert noticing.noticed(tx, no)[A].over_ms == NOW
        noticing.stands_again(tx, noticing.noticed(tx, no)[A])
        assert noticing.noticed(tx, no)[A].over_ms is None


def test_what_was_given_up_is_counted_until_something_goes_through(store: Store) -> None:
    with store.write() as tx:
        no = noticing.add_channel(tx, channel()).no
        for state, count in ((FAILED, 1), (SENT, 0), (FAILED, 1)):
            noticing.make_message(tx, no, "id", NOW, is_test=True)
            row = noticing.open_message(tx, no)
            assert row is not None and row.is_test
            noticing.end_message(tx, row, state, NOW, "no")
            assert noticing.given_up_count(tx) == count


def test_a_message_that_is_moot_after_a_failed_try_leaves_a_sound_channel(store: Store) -> None:
    with store.write() as tx:
        no = noticing.add_channel(tx, channel()).no
        noticing.make_message(tx, no, "id", NOW)
        row = noticing.open_message(tx, no)
        assert row is not None
        noticing.note_failure(tx, row, "no answer")
        noticing.end_message(tx, row, MOOT, NOW)
        left = noticing.channel(tx, no)
        assert left is not None and (left.failures, left.last_error, left.sent_ms) == (0, None, None)
        assert noticing.given_up_count(tx) == 0


def test_what_ended_long_ago_is_forgotten_but_not_what_still_stands(store: Store) -> None:
    with store.write() as tx:
        no = noticing.add_channel(tx, channel()).no
        noticing.add_notice(tx, no, A, "alarm", None, NOW)
        noticing.add_notice(tx, no, B, "account", 5, NOW)
        noticing.make_message(tx, no, "id", NOW)
        row = noticing.open_message(tx, no)
        assert row is not None
        noticing.end_message(tx, row, SENT, NOW)
        noticing.forget_before(tx, Instant(NOW + 1))
        assert set(noticing.noticed(tx, no)) == {A}
        noticing.add_notice(tx, no, B, "sign-in", 6, NOW)
        noticing.make_message(tx, no, "id-2", NOW)
        row = noticing.open_message(tx, no)
        assert row is not None
        noticing.end_message(tx, row, SENT, NOW)
        noticing.forget_before(tx, Instant(NOW + 1))
        assert set(noticing.noticed(tx, no)) == {A, B}, "an address stays known"
        noticing.end_notice(tx, noticing.noticed(tx, no)[A], NOW)
        noticing.forget_before(tx, Instant(NOW + 1))
        assert set(noticing.noticed(tx, no)) == {B}


def test_a_channel_goes_with_all_that_is_of_it(store: Store) -> None:
    with store.write() as tx:
        no = noticing.add_channel(tx, channel()).no
        noticing.add_notice(tx, no, A, "alarm", None, NOW)
        noticing.make_message(tx, no, "id", NOW)
        noticing.looked_through(tx, no, 9)
        noticing.set_pace(tx, no, "digest", 5)
        kept = noticing.channel(tx, no)
        assert kept is not None and (kept.audit_no, kept.pace, kept.hour) == (9, "digest", 5)
        noticing.drop_channel(tx, no)
        assert noticing.channels(tx) == [] and noticing.due_messages(tx, NOW, 10) == []
        assert noticing.noticed(tx, no) == {}
