"""The supervisor with real processes: their lines, their deaths, their end."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from signaling.compose.heartbeat import Heart
from signaling.compose.supervisor import Backoff, ProcessSpec, Supervisor, environ, specs
from signaling.config import load
from tests.support.until import until_here

STAYS = """
import os, signal, sys, time
print("up", os.getpid(), flush=True)
signal.pause()
"""


class Lines:
    """What was written, with waiting for a line."""

    def __init__(self) -> None:
        self.all: list[str] = []
        self._arrived = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()

    def write(self, line: str) -> None:
        self.all.append(line)
        task = asyncio.ensure_future(self._notify())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _notify(self) -> None:
        async with self._arrived:
            self._arrived.notify_all()

    async def wait_for(self, wanted: Callable[[str], bool], *, count: int = 1) -> list[str]:
        async with asyncio.timeout(20), self._arrived:
            await self._arrived.wait_for(lambda: len(self.matching(wanted)) >= count)
        return self.matching(wanted)

    def matching(self, wanted: Callable[[str], bool]) -> list[str]:
        return [line for line in self.all if wanted(line)]


@asynccontextmanager
async def supervised(*scripts: tuple[str, str]) -> AsyncIterator[tuple[Supervisor, Lines, asyncio.Task[int]]]:
    """Run Python scripts under a supervisor that is stopped at the end."""
    lines = Lines()
    processes = [ProcessSpec(name, ("-c", script)) for name, script in scripts]
    supervisor = Supervisor(processes, dict(os.environ), write=lines.write, program=(sys.executable,))
    running = asyncio.create_task(supervisor.run())
    try:
        yield supervisor, lines, running
    finally:
        supervisor.stop()
        async with asyncio.timeout(20):
            await running


def is_up(name: str) -> Callable[[str], bool]:
    return lambda line: line.startswith(name) and "up" in line.split()


async def test_a_killed_process_is_started_again_and_the_others_go_on() -> None:
    async with supervised(("media", STAYS), ("worker", STAYS)) as (supervisor, lines, _):
        await lines.wait_for(is_up("media"))
        await lines.wait_for(is_up("worker"))
        killed, other = supervisor.pid("media"), supervisor.pid("worker")
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        await lines.wait_for(is_up("media"), count=2)
        assert supervisor.pid("media") not in {killed, None}
        assert supervisor.pid("worker") == other
    assert any("ended (SIGKILL)" in line for line in lines.all)


async def test_a_killed_process_is_started_again_beside_its_orphans() -> None:
    leaves_orphan = "import subprocess\nprint('orphan', subprocess.Popen(['sleep', '60']).pid)\n" + STAYS
    async with supervised(("worker", leaves_orphan)) as (supervisor, lines, _):
        await lines.wait_for(is_up("worker"))
        killed = supervisor.pid("worker")
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        await lines.wait_for(is_up("worker"), count=2)
    for line in lines.matching(lambda line: "orphan" in line):
        os.kill(int(line.split()[-1]), signal.SIGKILL)


async def test_stop_ends_every_process_in_opposite_order() -> None:
    says_bye = (  # no handler: it could come while the first line is still being printed
        "import signal\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})\n"
        "print('up', flush=True)\n"
        "signal.sigwait({signal.SIGTERM})\n"
        "print('bye', flush=True)\n"
    )
    async with supervised(("media", says_bye), ("signaling", says_bye)) as (supervisor, lines, running):
        await lines.wait_for(is_up("media"))
        await lines.wait_for(is_up("signaling"))
        supervisor.stop()
        assert await asyncio.wait_for(running, 20) == 0
        assert supervisor.pid("media") is None
    assert [line.split()[0] for line in lines.all if "bye" in line] == ["signaling", "media"]


async def test_a_process_that_cannot_start_as_told_ends_the_service() -> None:
    fails = "import sys; print('no such certificate'); sys.exit(2)"
    async with supervised(("media", STAYS), ("signaling", fails)) as (_, lines, running):
        assert await asyncio.wait_for(running, 20) == 2
    assert "signaling | no such certificate" in lines.all


async def test_long_and_broken_lines_are_passed_on_in_bounded_pieces() -> None:
    floods = (
        "import sys, signal\n"
        "sys.stdout.buffer.write(b'x' * 300_000 + b'\\n\\xff\\n')\n"
        "print('up', flush=True)\n"
    )
    async with supervised(("media", floods + "signal.pause()")) as (_, lines, _running):
        await lines.wait_for(is_up("media"))
    pieces = [line for line in lines.all if "xxx" in line]
    assert sum(line.count("x") for line in pieces) == 300_000
    assert max(map(len, pieces)) < 140_000
    assert "media | \N{REPLACEMENT CHARACTER}" in lines.all


async def test_supervised_processes_die_with_a_killed_supervisor() -> None:
    child = (
        "from signaling.compose.supervisor import die_with_parent\n"
        "import os, signal\n"
        "die_with_parent()\n"
        "print(os.getpid(), flush=True)\n"
        "signal.pause()\n"
    )
    parent = (
        "import os, subprocess, sys\n"
        f"env = os.environ | {{'BANGBAN_SUPERVISED': str(os.getpid())}}\n"
        f"subprocess.run([sys.executable, '-c', {child!r}], env=env)\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", parent, stdout=asyncio.subprocess.PIPE, cwd=Path.cwd()
    )
    assert process.stdout is not None
    assert await asyncio.wait_for(process.stdout.readline(), 20)
    process.kill()
    await process.wait()
    # The child holds the other end of the pipe: its end is the end of the stream.
    assert await asyncio.wait_for(process.stdout.read(), 20) == b""


def test_backoff_grows_to_a_ceiling_and_forgets_after_a_long_life() -> None:
    backoff = Backoff(first_s=1, ceiling_s=5, long_life_s=30)
    assert [backoff.next_delay(0.1) for _ in range(6)] == [0, 1, 2, 4, 5, 5]
    assert backoff.next_delay(31) == 0
    assert backoff.next_delay(0.1) == 1


def test_media_starts_before_signalling_and_remote_media_is_not_started() -> None:
    assert [spec.name for spec in specs(load({"media_processes": 2}))] == [
        "media-0",
        "media-1",
        "signaling",
        "worker",
    ]
    files = {
        "media_control_ca": "ca.pem",
        "media_control_certificate": "own.pem",
        "media_control_key": "own.key",
    }
    remote = load({"media_control": "10.0.0.5:7000", "media_control_secret": "s", **files})
    assert [spec.name for spec in specs(remote)] == ["signaling", "worker"]


def test_processes_get_the_supervisors_settings_and_no_others() -> None:
    around = {"HOME": "/home/clerk", "BANGBAN_PORT": "1", "BANGBAN_CONFIG": "/etc/bangban.toml"}
    given = environ(load({"port": 8080, "media_port": 41000}), around)
    assert given["HOME"] == "/home/clerk"
    assert given["BANGBAN_MEDIA_PORT"] == "41000"
    assert "BANGBAN_PORT" not in given
    assert "BANGBAN_CONFIG" not in given


BEATS = (
    "from signaling.compose.heartbeat import pulse; import time\n"
    "beat = pulse(); beat(); print('up', flush=True)\n"
)


@pytest.mark.parametrize(
    "then",
    ["while True: beat(); time.sleep(0.1)", "time.sleep(600)"],
    ids=["stopped", "hung"],
)
async def test_a_process_that_gives_no_sign_of_life_is_replaced(then: str) -> None:
    lines = Lines()
    spec = ProcessSpec("media", ("-c", BEATS + then), silent_s=1.5)
    supervisor = Supervisor([spec], dict(os.environ), write=lines.write, program=(sys.executable,))
    running = asyncio.create_task(supervisor.run())
    try:
        await lines.wait_for(is_up("media"))
        if "while" in then:
            stopped = supervisor.pid("media")
            assert stopped is not None
            os.kill(stopped, signal.SIGSTOP)
        await lines.wait_for(is_up("media"), count=2)
        assert any("no sign of life" in line for line in lines.all)
    finally:
        supervisor.stop()
        async with asyncio.timeout(20):
            await running


async def test_a_worker_that_is_stopped_is_replaced(tmp_path: Path) -> None:
    """The real worker, with less patience than the minute it is given by the service."""
    lines = Lines()
    given = environ(load({"data_dir": str(tmp_path)}), os.environ)
    supervisor = Supervisor([ProcessSpec("worker", ("worker",), silent_s=5.0)], given, write=lines.write)
    running = asyncio.create_task(supervisor.run())
    try:
        await until_here((tmp_path / "bangban.db").exists, seconds=60)  # so it is past its first sign of life
        stopped = supervisor.pid("worker")
        assert stopped is not None
        os.kill(stopped, signal.SIGSTOP)
        await until_here(lambda: supervisor.pid("worker") not in {stopped, None}, seconds=60)
        assert any("no sign of life" in line for line in lines.all)
    finally:
        supervisor.stop()
        async with asyncio.timeout(20):
            await running


def test_a_supervisor_that_was_held_up_itself_takes_nobody_for_hung() -> None:
    heart = Heart(starts_within_s=60, silent_s=10, now=0)
    heart.heard(1)
    assert heart.silence(2) is None
    assert heart.silence(3600) is None, "nobody looked for an hour: a laptop slept"
    assert [heart.silence(3600 + seconds) is not None for seconds in range(1, 13)] == [False] * 10 + [
        True
    ] * 2


async def test_what_cannot_be_written_or_started_ends_no_watch(tmp_path: Path) -> None:
    lines = Lines()

    def write(line: str) -> None:
        lines.write(line)
        raise OSError(28, "No space left on device")

    missing = tmp_path / "python"
    supervisor = Supervisor([ProcessSpec("media", ())], {}, write=write, program=(str(missing),))
    running = asyncio.create_task(supervisor.run())
    await lines.wait_for(lambda line: "not started" in line)
    missing.symlink_to(sys.executable)
    await lines.wait_for(lambda line: "status 0" in line)
    supervisor.stop()
    assert await asyncio.wait_for(running, 20) == 0
