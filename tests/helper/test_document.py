"""docs/REMOTE_CONTROL.md: its messages and figures are the code's."""

import re
from pathlib import Path

import pytest

from web_client.helper import limits, session, vocabulary, watchdog, wire
from web_client.helper.connection import PATH
from web_client.helper.x11.injector import FETCH_S

TEXT = re.sub(r"\s+", " ", (Path(__file__).parents[2] / "docs" / "REMOTE_CONTROL.md").read_text())


@pytest.mark.parametrize(
    "says",
    [
        f"at most {vocabulary.MAX_MESSAGE_BYTES:,} bytes",
        f"up to {vocabulary.MAX_TEXT:,} characters",
        f"Above {limits.EVENTS_PER_S} events/s ({limits.BURST} at once)",
        f"below for {limits.CALM_S:.0f} s",
        f"{session.SILENCE_S:.0f} s without a heartbeat",
        f"until {session.LOCAL_PAUSE_S:.0f} s after the last one",
        f"stands still for {watchdog.SILENCE_S:.0f} s",
        f"at most {FETCH_S} s",
        f"A WebSocket at `{PATH}`",
        ", ".join(f"`{scope.value}`" for scope in vocabulary.Scope),
    ],
)
def test_figures_are_those_of_the_code(says: str) -> None:
    assert says in TEXT


def test_every_message_chord_and_state_is_named() -> None:
    known = {*wire.DOWN, *wire.UP, *(word.value for word in (*vocabulary.Chord, *vocabulary.State))}
    assert {word for word in known if f"`{word}`" not in TEXT} == set()
