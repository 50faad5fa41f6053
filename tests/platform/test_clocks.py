"""Who asks the machine's wall clock: one file, and those that print or compare with others' clocks."""

import re
from pathlib import Path
from types import MappingProxyType
from typing import Final

import pytest
from engineio import async_socket, base_socket

from signaling.adapters.system import SystemClock
from signaling.web.sio.engine import BoundedServer

ROOT = Path(__file__).resolve().parents[2]
WALL = re.compile(r"\btime\.time\b|\bdatetime\.(?:now|utcnow|today)\b|\bdate\.today\b|\btime\.localtime\b")
ALLOWED: Final = MappingProxyType(
    {
        "signaling/adapters/system.py": "the clock itself",
        "signaling/compose/certificates.py": "validity is compared with browsers' clocks",
        "signaling/compose/doctor/run.py": "certificates and TURN are held against this machine's clock",
        "signaling/compose/doctor/stores.py": "the clocks of others are held against this machine's",
        "signaling/compose/relays.py": "a credential for TURN ends by the relay's own clock",
        "recording/tap/host.py": "journals' anchors tell the time of day",
        "rtc_server/server/media_server.py": "NTP times of reports, counted on from the start",
        "rtc_server/net/sctp.py": "aiortc compares message lifetimes with it",
        "recording/service/worker.py": "the default of a clock that compose hands in",
    }
)
HOUR = 3600.0


def test_only_those_who_must_ask_the_wall_clock() -> None:
    asking = {
        str(path.relative_to(ROOT))
        for package in ("signaling", "recording", "turn", "rtc_server")
        for path in sorted((ROOT / package).rglob("*.py"))
        if WALL.search(path.read_text())
    }
    assert asking == set(ALLOWED)


class Machine:
    """A machine whose clock somebody sets."""

    def __init__(self) -> None:
        self.steady_s = 50.0
        self.set_by_s = 0.0

    def steady(self) -> float:
        return self.steady_s

    def wall(self) -> float:
        return 1_700_000_000.0 + self.steady_s + self.set_by_s

    def clock(self) -> SystemClock:
        return SystemClock(self.wall, self.steady)


@pytest.mark.parametrize("step", [HOUR, -HOUR])
def test_a_clock_set_by_an_hour_bends_every_interval_by_a_twentieth_at_most(step: float) -> None:
    machine = Machine()
    clock = machine.clock()
    before = clock.now()
    machine.set_by_s = step
    assert clock.now() == before
    machine.steady_s += 20.0
    assert 19.0 <= clock.now() - before <= 21.0
    for _ in range(3600):
        last = clock.now()
        machine.steady_s += 30.0
        assert clock.now() > last
    assert clock.now() == pytest.approx(machine.wall()), "an hour is made up within 30"


def test_small_corrections_are_followed_at_once() -> None:
    machine = Machine()
    clock = machine.clock()
    for _ in range(100):
        machine.steady_s += 10.0
        machine.set_by_s += 0.004
        assert clock.now() == pytest.approx(machine.wall(), abs=0.001)


def test_with_nobody_here_it_shows_the_machines_time_at_once() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.set_by_s = -HOUR
    machine.steady_s += 1.0
    assert clock.now() - machine.wall() > HOUR - 1
    clock.catch_up()
    assert clock.now() == pytest.approx(machine.wall())


def test_pings_are_measured_with_a_clock_that_nobody_sets() -> None:
    """Engine.IO asks the wall clock: set by an hour, it cut every socket."""
    BoundedServer()
    for module in (async_socket, base_socket):
        assert module.time.time.__name__ == "monotonic"
