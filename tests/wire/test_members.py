import io
import json

from hypothesis import given
from hypothesis import strategies as st

from comity.wire.json_stream import Window, skip_value
from comity.wire.members import KEYS_SEEN, Member, member_key, members, short_text


def a_window(content: bytes) -> Window:
    window = Window(io.BytesIO(content), body_bytes=1 << 20, hold_bytes=1 << 10)
    window.more()
    return window


def walk(content: bytes) -> tuple[list[Member], bool]:
    window, found = a_window(content), []
    walking = members(window)
    while True:
        try:
            found.append(next(walking))
        except StopIteration as end:
            return found, end.value
        skip_value(window)


keys = st.text(st.characters(codec="utf-8"), max_size=8)


@given(st.dictionaries(keys, st.sampled_from([1, "}", {"a": [1]}, None]), max_size=8), st.booleans())
def test_the_keys_of_any_object_are_walked_in_order(obj: dict[str, object], ascii_only: bool) -> None:
    content = json.dumps(obj, ensure_ascii=ascii_only).encode()

    assert walk(content) == ([Member(key, False) for key in obj], True)


def test_a_key_that_comes_twice_is_told_however_it_is_written() -> None:
    assert walk(b'{"a":1, "\\u0061":2 ,"b":3}') == ([Member("a", False), Member("a", True), Member("b", False)], True)


def test_of_very_many_keys_only_the_first_are_told_apart() -> None:
    content = json.dumps(dict.fromkeys(map(str, range(KEYS_SEEN + 1)), 1)).encode()[:-1]

    assert walk(content + b',"0":1}')[0][-1] == Member("0", True)
    assert walk(content + b',"%d":1}' % KEYS_SEEN)[0][-1] == Member(str(KEYS_SEEN), False)


def test_an_object_that_is_cut_or_not_sound_ends_the_walk() -> None:
    for content in (b'{"a":1', b'{"a" 1}', b'{"a":1 "b":2}', b"{5:1}", b'{"a":', b"{"):
        assert walk(content)[1] is False


def test_the_window_stands_at_the_value() -> None:
    window = a_window(b' "key" :\n [1]')

    assert member_key(window) == "key"
    assert window.buf[window.pos :] == b"[1]"


def test_what_is_no_short_text_is_a_question_mark() -> None:
    for content in (b"5,", b'["a"],', b'"\\ud800x\xff",', b'"' + b"x" * 5_000 + b'",'):
        window = a_window(content)
        assert short_text(window) == "?"
        assert window.buf[window.pos : window.pos + 1] == b","
