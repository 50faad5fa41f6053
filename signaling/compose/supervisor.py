"""One supervisor for the processes of one machine: start, watch, restart, stop.

Each process is a `bangban` command of its own, so that it runs the same way alone on another machine. It is
started with exactly the supervisor's settings, its lines are passed on with its name before them, and when it
dies it is started again, later each time it dies young. One that gives no sign of life any more is ended
first. Nothing that befalls one process, or the supervisor's own output, ends the watch. Deliberately not
done: readiness of one before the next (each finds the others by itself, since any of them may die at any
time), and log files.
"""

import asyncio
import ctypes
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

from signaling.compose.heartbeat import BEAT_S, PIPE, Heart, listening
from signaling.config import Settings
from signaling.config.settings import PREFIX

SUPERVISED: Final = f"{PREFIX}SUPERVISED"
"""Set for the processes of a supervisor, to its process id."""

USAGE_STATUS: Final = 2
"""Exit status of a process that cannot start as it was told; starting it again would not help."""

MEND_S: Final = 30.0
"""Seconds until a process is tried again that could not start as the machine is: somebody must mend that."""
_STARTS_WITHIN_S: Final = 120.0
_STOP_S: Final = 10.0
"""Seconds a process gets between SIGTERM and SIGKILL."""

_LAST_LINES_S: Final = 0.5
_LINE_BYTES: Final = 64 * 1024
_PR_SET_PDEATHSIG: Final = 1


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """One process to keep alive; `command` without the interpreter."""

    name: str
    command: tuple[str, ...]
    silent_s: float = 10.0
    """Silence that means that it hangs: above what a stalled disk takes, below what people bear."""


@dataclass(slots=True)
class Backoff:
    """How long to wait before the next start: not at all after a long life or for the first time, then longer
    after each short life.
    """

    first_s: float = 0.5
    ceiling_s: float = 15.0
    long_life_s: float = 30.0
    _failures: int = 0

    def next_delay(self, lived_s: float) -> float:
        """Return seconds to wait after a life of `lived_s` seconds."""
        if lived_s >= self.long_life_s:
            self._failures = 1
            return 0.0
        self._failures += 1
        return 0.0 if self._failures == 1 else min(self.first_s * 2.0 ** (self._failures - 2), self.ceiling_s)


def specs(settings: Settings) -> list[ProcessSpec]:
    """Return the processes of one machine in the order of their start: media before signalling."""
    media = [
        ProcessSpec(f"media-{index}", ("media", f"--media-index={index}"))
        for index in range(0 if settings.media_control else settings.media_processes)
    ]
    worker = ProcessSpec("worker", ("worker",), silent_s=60.0)  # the last to get the processor
    return [*media, ProcessSpec("signaling", ("signaling",)), worker]


def environ(settings: Settings, around: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of the processes: ours, with these settings and no others."""
    kept = {name: value for name, value in around.items() if not name.startswith(PREFIX)}
    return kept | settings.to_environ() | {SUPERVISED: str(os.getpid()), "PYTHONUNBUFFERED": "1"}


def die_with_parent() -> None:
    """Have the kernel send SIGTERM when the supervisor dies, however it dies; for supervised processes.

    Call first thing in a process. Linux only; elsewhere, and without a supervisor, nothing happens.
    """
    parent = os.environ.get(SUPERVISED)
    if parent is None or not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != int(parent):  # it died between our start and the call
        sys.exit(1)


class Supervisor:
    """Keep processes alive until told to stop.

    Args:
        processes: in the order of their start; they are stopped in the opposite order.
        environment: of every process.
        write: takes one line of output or of the supervisor's own words, without line end.
        program: what a `ProcessSpec.command` is appended to.
    """

    def __init__(
        self,
        processes: Sequence[ProcessSpec],
        environment: Mapping[str, str],
        *,
        write: Callable[[str], None],
        program: Sequence[str] = (sys.executable, "-m", "signaling"),
    ) -> None:
        self._specs = processes
        self._environment = environment
        self._write = write
        self._program = program
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._stopping = asyncio.Event()
        self._status = 0
        self._width = max((len(spec.name) for spec in processes), default=0)

    async def run(self) -> int:
        """Start everything, return the exit status after `stop` or when a process could not start at all."""
        async with asyncio.TaskGroup() as tasks:
            for spec in self._specs:
                tasks.create_task(self._keep(spec), name=f"keep {spec.name}")
            await self._stopping.wait()
            await self._terminate_all()
        return self._status

    def stop(self) -> None:
        """Ask for the end; `run` returns when every process is gone."""
        self._stopping.set()

    def pid(self, name: str) -> int | None:
        """Return the process id of a running process."""
        process = self._running.get(name)
        return process.pid if process else None

    async def _keep(self, spec: ProcessSpec) -> None:
        backoff = Backoff()
        first = True
        while not self._stopping.is_set():
            started = time.monotonic()
            try:
                ending = _ending(status := await self._live(spec))
            except OSError as error:  # no memory, no descriptors: for now
                ending, status = f"not started: {error.strerror}", 1
            if self._stopping.is_set():
                return
            if first and status == USAGE_STATUS:
                self._say(spec, "cannot start as it is set up; its words are above")
                self._status = USAGE_STATUS
                self.stop()
                return
            first = False
            delay = backoff.next_delay(time.monotonic() - started)
            if status == USAGE_STATUS:  # the others go on; whoever mends it need not hurry
                delay = MEND_S
            self._say(spec, f"ended ({ending}); starting it again in {delay:.1f} s")
            await self._pause(delay)

    async def _live(self, spec: ProcessSpec) -> int:
        """Start a process, pass its lines on, end it when it hangs, and return its exit status."""
        heart = Heart(starts_within_s=_STARTS_WITHIN_S, silent_s=spec.silent_s, now=time.monotonic())
        async with _pipe() as (output, write_end), listening(heart) as beats:
            process = await self._start(spec, write_end, beats)
            self._running[spec.name] = process
            passing_on = asyncio.create_task(self._pass_on(spec, output))
            watching = asyncio.create_task(self._watch(spec, process, heart))
            try:
                if self._stopping.is_set():
                    process.terminate()
                status = await process.wait()
                # What the process started itself may hold the pipe open: wait for the last lines only.
                await asyncio.wait({passing_on}, timeout=_LAST_LINES_S)
                return status
            finally:
                watching.cancel()
                passing_on.cancel()
                del self._running[spec.name]

    async def _start(self, spec: ProcessSpec, output: int, beats: int) -> asyncio.subprocess.Process:
        """Start a process and give the two descriptors over to it; raises OSError."""
        try:
            return await asyncio.create_subprocess_exec(
                *self._program,
                *spec.command,
                env={**self._environment, PIPE: str(beats)},
                pass_fds=(beats,),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                process_group=0,  # Ctrl-C in the terminal reaches the supervisor, which stops them in order
            )
        finally:
            os.close(output)
            os.close(beats)

    async def _watch(self, spec: ProcessSpec, process: asyncio.subprocess.Process, heart: Heart) -> None:
        """End a process, with all it started, that has been silent for too long."""
        while True:
            await asyncio.sleep(BEAT_S)
            silence = heart.silence(time.monotonic())
            if silence is not None:
                self._say(spec, f"gave no sign of life for {silence:.0f} s; it is ended")
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)

    async def _pass_on(self, spec: ProcessSpec, output: asyncio.StreamReader) -> None:
        rest = b""
        while chunk := await output.read(_LINE_BYTES):
            *lines, rest = (rest + chunk).split(b"\n")
            if len(rest) > _LINE_BYTES:
                lines, rest = [*lines, rest], b""
            for line in lines:
                self._say(spec, line.decode(errors="replace"))
        if rest:
            self._say(spec, rest.decode(errors="replace"))

    async def _pause(self, delay: float) -> None:
        try:
            async with asyncio.timeout(delay):
                await self._stopping.wait()
        except TimeoutError:
            return

    async def _terminate_all(self) -> None:
        """Stop signalling before media: it says goodbye to people while their media still flows."""
        for spec in reversed(self._specs):
            process = self._running.get(spec.name)
            if process is not None:
                await _terminate(process)

    def _say(self, spec: ProcessSpec, line: str) -> None:
        with suppress(OSError):  # a full disk or a closed terminal takes no lines; the processes go on
            self._write(f"{spec.name:<{self._width}} | {line}")


@asynccontextmanager
async def _pipe() -> AsyncIterator[tuple[asyncio.StreamReader, int]]:
    """Open a pipe; yields its reading end and the descriptor to write to, which the caller closes.

    asyncio's own pipe to a process makes `wait` wait for everybody who holds it (3.11).
    """
    read_end, write_end = os.pipe()
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(read_end, "rb", buffering=0)
    )
    try:
        yield reader, write_end
    finally:
        transport.close()


async def _terminate(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(_STOP_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _ending(status: int) -> str:
    return signal.Signals(-status).name if status < 0 else f"status {status}"


async def supervise(settings: Settings, *, beside: Callable[[], Awaitable[None]] | None = None) -> int:
    """Run the service of one machine until SIGTERM or SIGINT; return the exit status.

    Args:
        beside: runs once beside the processes, and is cancelled when they end.
    """
    supervisor = Supervisor(specs(settings), environ(settings, os.environ), write=write_line)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, supervisor.stop)
    async with asyncio.TaskGroup() as tasks:
        companion = tasks.create_task(_finish(beside)) if beside else None
        status = await supervisor.run()
        if companion:
            companion.cancel()
    return status


async def _finish(beside: Callable[[], Awaitable[None]]) -> None:
    with suppress(OSError):  # what stands beside the service does not end it
        await beside()


def write_line(line: str) -> None:
    """Write one line to standard output at once."""
    print(line, flush=True)
