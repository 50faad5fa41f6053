"""The second process that releases keys: its journal, and a helper that dies or stands still."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.until import until
from web_client.helper import watchdog
from web_client.helper.effects import Button, Key
from web_client.helper.keymap.codes import EVDEV
from web_client.helper.watchdog import Journal, Watchdog, WatchdogLostError, write_line

THINGS = st.sampled_from([*Button, *map(Key, EVDEV)])
CHANGES = st.lists(st.tuples(THINGS, st.booleans()), max_size=30)

STAND_IN = """
import sys
from web_client.helper import watchdog
class Injector:
    def release(self, what):
        open(sys.argv[1], "ab").write(watchdog.write_line(what, False))
watchdog.SILENCE_S = 0.3
sys.exit(watchdog.main(Injector))
"""
"""A watchdog whose desktop is a file."""


@given(CHANGES, st.integers(1, 9))
def test_the_journal_knows_what_is_down_however_its_lines_are_cut(
    changes: list[tuple[Key | Button, bool]], size: int
) -> None:
    data = b".\n".join(write_line(*change) for change in changes)
    journal, down = Journal(), []
    for at in range(0, len(data), size):
        journal.feed(data[at : at + size])
    for what, is_down in changes:
        if is_down:
            down.append(what)
        elif what in down:
            down.remove(what)
    assert journal.down == down


@pytest.fixture
def released(tmp_path: Path) -> Path:
    path = tmp_path / "released"
    path.touch()
    return path


@pytest.fixture
def dog(released: Path) -> Iterator[Watchdog]:
    made = Watchdog([sys.executable, "-c", STAND_IN, str(released)])
    yield made
    made.close()


def test_nothing_is_released_while_the_helper_lives_and_beats(dog: Watchdog, released: Path) -> None:
    dog.pressing(Key("KeyA"))
    dog.released(Key("KeyA"))
    dog.close()
    assert released.read_bytes() == b""


def test_what_is_down_is_released_when_the_pipe_ends_the_last_pressed_first(
    dog: Watchdog, released: Path
) -> None:
    for what in (Key("ShiftLeft"), Key("KeyA"), Button.LEFT):
        dog.pressing(what)
    dog.released(Key("KeyA"))
    dog.close()
    assert released.read_bytes() == b"-b0\n-kShiftLeft\n"


def test_a_helper_that_stands_still_holds_no_key(dog: Watchdog, released: Path) -> None:
    dog.pressing(Key("KeyA"))
    until(lambda: released.read_bytes() == b"-kKeyA\n", what="the release")


def test_signals_for_the_helper_do_not_end_it(dog: Watchdog, released: Path) -> None:
    assert dog._process is not None
    dog.pressing(Key("KeyA"))
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        os.kill(dog._process.pid, number)
    dog.close()
    assert released.read_bytes() == b"-kKeyA\n"


def test_without_it_nothing_is_pressed_and_another_can_be_had(dog: Watchdog) -> None:
    assert dog._process is not None
    dog._process.kill()
    dog._process.wait()
    with pytest.raises(WatchdogLostError):
        dog.pressing(Key("KeyA"))
    with pytest.raises(WatchdogLostError):
        dog.beat(0.0)
    dog.released(Key("KeyA"))
    dog.restart()
    dog.pressing(Key("KeyA"))


def test_one_that_does_not_read_is_as_good_as_none(dog: Watchdog) -> None:
    assert dog._process is not None
    os.kill(dog._process.pid, signal.SIGSTOP)
    try:
        with pytest.raises(WatchdogLostError):
            press_often(dog)
    finally:
        os.kill(dog._process.pid, signal.SIGCONT)


def press_often(dog: Watchdog) -> None:
    for _ in range(100_000):
        dog.pressing(Key("KeyA"))


def test_one_that_does_not_start_is_said() -> None:
    with pytest.raises(WatchdogLostError, match="did not start"):
        Watchdog([sys.executable, "-c", "pass"])


def test_the_helpers_program_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/opt/bangban-helper.pyz", "run"])
    assert watchdog.own_command("watchdog") == [sys.executable, "/opt/bangban-helper.pyz", "watchdog"]
    monkeypatch.setattr(sys, "argv", ["/x/bangban", "helper"])
    command = watchdog.own_command("--version")
    assert subprocess.run(command, capture_output=True, check=True).stdout
