"""The states of remote control: every state with every event."""

import pytest

from web_client.helper.lifecycle import CONTROLLED, ENDING, after
from web_client.helper.vocabulary import Reason, State

EXPECTED = """\
             idle     granted       paused_local  paused_rate   locked   revoked
connected    -        -             -             -             -        -
consent      granted  -             -             -             -        granted
local_input  -        paused_local  -             paused_local  -        -
local_quiet  -        -             granted       -             -        -
too_fast     -        paused_rate   -             -             -        -
calmed       -        -             -             granted       -        -
desktop_locked -      locked        locked        locked        -        -
desktop_unlocked -    -             -             -             granted  -
escaped      -        revoked       revoked       revoked       revoked  -
stopped      -        revoked       revoked       revoked       revoked  -
withdrawn    -        revoked       revoked       revoked       revoked  -
expired      -        revoked       revoked       revoked       revoked  -
silent       -        revoked       revoked       revoked       revoked  -
violation    -        revoked       revoked       revoked       revoked  -
monitor_gone -        revoked       revoked       revoked       revoked  -
disconnected -        revoked       revoked       revoked       revoked  -
watchdog_lost -       revoked       revoked       revoked       revoked  -
"""


def rows() -> list[tuple[State, Reason, State | None]]:
    head, *lines = EXPECTED.splitlines()
    found = []
    for line in lines:
        event, *targets = line.split()
        for state, target in zip(head.split(), targets, strict=True):
            found.append((State(state), Reason(event), None if target == "-" else State(target)))
    return found


@pytest.mark.parametrize(("state", "event", "expected"), rows())
def test_every_state_with_every_event(state: State, event: Reason, expected: State | None) -> None:
    assert after(state, event) is expected


def test_the_table_of_the_test_is_whole() -> None:
    assert {(state, event) for state, event, _ in rows()} == {(s, e) for s in State for e in Reason}
    assert {event for _, event, target in rows() if target is State.REVOKED} == ENDING
    assert {state for state, _, target in rows() if target is State.REVOKED} == CONTROLLED
