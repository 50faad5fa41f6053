"""What the log says of what was done under control: places and amounts, bounded, never a character."""

import json
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.domain.control.doings import (
    CLICK_REACH,
    FLUSH_SECONDS,
    MAX_CLICKS,
    MAX_LISTED,
    MAX_TEXTS,
    Doings,
    doings_entry,
)
from signaling.domain.log_kinds import LogKind
from web_client.helper.vocabulary import Chord
from web_client.helper.wire import (
    ClipboardPush,
    ClipboardText,
    Draw,
    Heartbeat,
    KeyDown,
    KeyUp,
    Message,
    PointerDown,
    PointerMove,
    PointerUp,
    ReleaseAll,
    TypeText,
    Wheel,
)

SECRET: Final = b"the server's own secret"
T: Final = 1_700_000_040.0
"""The beginning of a minute."""


def doings(*said: tuple[float, Message]) -> Doings:
    made = Doings(SECRET)
    for at, message in said:
        made.heed(message, T + at)
    return made


def click(x: float, y: float, button: int = 0) -> tuple[Message, Message]:
    return PointerDown(button, x, y, 1), PointerUp(button, x, y, 1)


def typed(text: str) -> TypeText:
    return TypeText(text, Chord.CTRL_V)


def test_a_click_is_a_place_a_time_and_a_button() -> None:
    (down, up), (other, let_go) = click(0.25, 0.123456), click(1.0, 0.0, 2)
    made = doings((1.0, down), (1.1, up), (3.5, other), (3.6, let_go))
    assert made.take(T + 10) == {"since": T + 1, "clicks": [(0, 0.25, 0.1235, 0), (2500, 1.0, 0.0, 2)]}
    assert made.take(T + 20) is None


def test_what_is_moved_while_it_is_held_is_a_drag() -> None:
    far = 0.5 + CLICK_REACH * 1.5
    made = doings((1.0, PointerDown(0, 0.5, 0.5, 1)), (1.5, PointerUp(0, 0.5, far, 1)))
    assert made.take(T + 10) == {"since": T + 1, "drags": 1}


def test_a_button_that_everything_is_let_go_with_was_clicked() -> None:
    made = doings((1.0, PointerDown(0, 0.5, 0.5, 1)), (2.0, ReleaseAll()), (2.1, PointerUp(0, 0.9, 0.9, 1)))
    assert made.take(T + 10) == {"since": T + 1, "clicks": [(0, 0.5, 0.5, 0)]}


def test_a_button_held_over_a_flush_is_told_when_it_is_let_go_or_the_grant_ends() -> None:
    made = doings((9.0, PointerDown(0, 0.5, 0.5, 1)))
    assert made.take(T + 10) is None
    assert made.end() == {"since": T + 9, "clicks": [(0, 0.5, 0.5, 0)]}


def test_keys_are_a_count_of_each_minute_that_is_over() -> None:
    made = doings((1.0, KeyDown("KeyA", "a")), (2.0, KeyUp("KeyA", "a")), (59.0, KeyDown("Enter", "Enter")))
    assert made.take(T + 59.5) is None
    made.heed(KeyDown("KeyB", "b"), T + 61)
    assert made.take(T + 65) == {"keys": [[T, 2]]}
    assert made.end() == {"keys": [[T + 60, 1]]}


def test_texts_are_a_length_and_a_hash_that_only_the_server_can_make() -> None:
    made = doings((1.0, typed("独龙江乡")), (1.5, ClipboardPush("独龙江乡")), (2.0, ClipboardText("x" * 300)))
    told = made.take(T + 10)
    assert told is not None
    [(at, length, hashed)], [(_, _, pushed)], [(_, pulled_length, _)] = (
        told["texts"],
        told["pushed"],
        told["pulled"],
    )
    assert (at, length, pulled_length) == (0, 4, 300)
    assert hashed == pushed
    assert len(bytes.fromhex(hashed)) == 16
    other = Doings(b"another secret")
    other.heed(typed("独龙江乡"), T)
    another = other.end()
    assert another is not None
    assert another["texts"][0][2] != hashed


def test_a_line_counts_once_however_many_messages_it_is_drawn_with() -> None:
    made = doings(
        *((number / 10, Draw(number // 5, ((0.1, 0.1),), 1)) for number in range(10)),
        (2.0, Wheel(0, 120, 0.5, 0.5, 1)),
    )
    assert made.take(T + 10) == {"since": T, "lines": 2, "wheels": 1}


def test_moving_and_living_say_nothing() -> None:
    assert doings((1.0, PointerMove(0.1, 0.1, 1)), (2.0, Heartbeat())).end() is None


@pytest.mark.parametrize(
    ("messages", "listed", "unlisted", "most"),
    [
        (click(0.5, 0.5), "clicks", "clicks_unlisted", MAX_CLICKS),
        ((typed("字"),), "texts", "texts_unlisted", MAX_TEXTS),
    ],
)
def test_a_flood_is_listed_to_a_bound_and_then_counted(
    messages: tuple[Message, ...], listed: str, unlisted: str, most: int
) -> None:
    made, found, counted = Doings(SECRET), 0, 0
    for flush in range(20):
        for _ in range(MAX_LISTED + 100):
            for message in messages:
                made.heed(message, T + flush * FLUSH_SECONDS)
        told = made.take(T + flush * FLUSH_SECONDS)
        assert told is not None
        assert len(json.dumps(told)) < 40_000
        found += len(told.get(listed, ()))
        counted += told.get(unlisted, 0)
    assert found == most
    assert found + counted == 20 * (MAX_LISTED + 100)


def test_the_entry_names_the_grant_and_who_controls() -> None:
    logged = doings_entry("k1", "li", {"drags": 1})
    assert (logged.kind, logged.actor, logged.data) == (
        LogKind.CONTROL_DOINGS,
        "li",
        {"control_id": "k1", "drags": 1},
    )


unit = st.floats(0, 1)
secrets = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=1, max_size=40)
messages: st.SearchStrategy[Message] = st.one_of(
    st.builds(PointerDown, st.integers(0, 2), unit, unit, st.just(1)),
    st.builds(PointerUp, st.integers(0, 2), unit, unit, st.just(1)),
    st.builds(Wheel, st.integers(-120, 120), st.integers(-120, 120), unit, unit, st.just(1)),
    st.builds(KeyDown, secrets, secrets),
    st.builds(KeyUp, secrets, secrets),
    st.builds(TypeText, secrets, st.sampled_from(Chord)),
    st.builds(ClipboardPush, secrets),
    st.builds(ClipboardText, secrets),
    st.builds(Draw, st.integers(0, 5), st.lists(st.tuples(unit, unit), max_size=3).map(tuple), st.just(1)),
    st.just(ReleaseAll()),
)
NAMES: Final = {
    *("since", "clicks", "clicks_unlisted", "drags", "wheels", "lines", "keys"),
    *("texts", "texts_unlisted", "pushed", "pulled"),
}


@given(st.lists(st.tuples(st.floats(0, 30), messages), max_size=60))
def test_no_character_and_no_key_is_ever_told_and_nothing_is_lost(said: list[tuple[float, Message]]) -> None:
    made, told = Doings(SECRET), []
    now = T
    for number, (wait, message) in enumerate(said):
        now += wait
        made.heed(message, now)
        if number % 5 == 4:
            told.append(made.take(now))
    told.append(made.end())
    entries: list[dict[str, Any]] = [one for one in told if one is not None]
    written = json.dumps(entries, ensure_ascii=False)
    assert written.isascii()
    assert {name for one in entries for name in one} <= NAMES
    keys = sum(count for one in entries for _, count in one.get("keys", ()))
    assert keys == sum(isinstance(message, KeyDown) for _, message in said)
    texts = sum(len(one.get(kind, ())) for one in entries for kind in ("texts", "pushed", "pulled"))
    assert texts == sum(isinstance(one, TypeText | ClipboardPush | ClipboardText) for _, one in said)


def test_a_text_of_half_a_character_is_told_as_well() -> None:
    told = doings((0.0, ClipboardPush("\ud800"))).end()
    assert told is not None
    assert told["pushed"][0][1] == 1
