"""`bangban serve` as it is run: real processes, kill -9 of each, an orderly end, refusal to start."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from tests.support.until import until_async

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60.0


def free_port() -> int:
    """Return a port that nobody uses on loopback for TCP or UDP right now."""
    with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
        tcp.bind(("127.0.0.1", 0))
        port = int(tcp.getsockname()[1])
        udp.bind(("127.0.0.1", port))
        return port


COMMANDS = ("media", "signaling", "worker")


def is_alive(pid: int) -> bool:
    """Return whether a process runs; one that ended and waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def addresses_listening_on(port: int) -> set[str]:
    """Return the IPv4 addresses, as /proc/net/tcp writes them, that listen on a TCP port."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    local = [row[1] for row in rows if row[3] == "0A"]
    return {address for address in local if address.endswith(f":{port:04X}")}


@dataclass(slots=True)
class Service:
    """A running `bangban serve` and what it wrote so far."""

    process: asyncio.subprocess.Process
    port: int
    lines: list[str] = field(default_factory=list)

    def pid_of(self, command: str) -> int | None:
        """Return the process id of the running `bangban COMMAND` below the supervisor."""
        for child in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split():
            words = Path(f"/proc/{child}/cmdline").read_bytes().decode().split("\0")
            if words[1:4] == ["-m", "signaling", command]:
                return int(child)
        return None

    async def until_healthy(self) -> None:
        """Return when the web server answers; raises AssertionError with the log when the service ends."""
        await until_async(self._is_healthy, what="the web server", patience_s=PATIENCE_S)

    async def _is_healthy(self) -> bool:
        assert self.process.returncode is None, "\n".join(self.lines)
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.get(f"http://127.0.0.1:{self.port}/healthz") as answer,
            ):
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    async def worker_is_niced(self) -> bool:
        worker = self.pid_of("worker")
        return worker is not None and os.getpriority(os.PRIO_PROCESS, worker) >= 10

    async def until_restarted(self, command: str, dead: int) -> None:
        """Return when a killed process runs again."""

        async def runs() -> bool:
            return self.pid_of(command) not in {None, dead}

        await until_async(runs, what=f"the new {command}", patience_s=PATIENCE_S)

    async def read(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.lines.append(line.decode().rstrip())


@asynccontextmanager
async def serving(
    data_dir: Path,
    *more: str,
    port: int | None = None,
    command: str = "serve",
    under: Sequence[str] = (),
) -> AsyncIterator[Service]:
    """Run `bangban serve`, or `bangban run`, on loopback; kill what is left of it at the end.

    Args:
        under: a program that becomes it, with its arguments.
    """
    port = port or free_port()
    options = ["--data-dir", str(data_dir), "--port", str(port), "--media-port", str(free_port())]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("BANGBAN_")}
    process = await asyncio.create_subprocess_exec(
        *[*under, sys.executable, "-m", "signaling", command, *options, *more],
        cwd=ROOT,
        env=environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    service = Service(process, port)
    reading = asyncio.create_task(service.read())
    try:
        yield service
    finally:
        if process.returncode is None:
            process.kill()  # its processes die with it
        await process.wait()
        await reading


async def test_every_process_may_be_killed_and_an_order_ends_them_all(tmp_path: Path) -> None:
    async with serving(tmp_path / "data") as service:
        await service.until_healthy()
        for command in COMMANDS:
            before = service.pid_of(command)
            assert before is not None
            os.kill(before, signal.SIGKILL)
            await service.until_restarted(command, before)
            await service.until_healthy()
        await until_async(service.worker_is_niced, what="the worker's low priority")
        pids = [service.pid_of(command) for command in COMMANDS]
        service.process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(service.process.wait(), PATIENCE_S) == 0
        for pid in pids:
            assert pid is not None
            assert not is_alive(pid)


async def test_processes_end_with_a_killed_supervisor(tmp_path: Path) -> None:
    async with serving(tmp_path / "data") as service:
        await service.until_healthy()
        pids = [pid for command in COMMANDS if (pid := service.pid_of(command)) is not None]
        assert len(pids) == len(COMMANDS)
        service.process.kill()

        async def all_ended() -> bool:
            return not any(is_alive(pid) for pid in pids)

        await until_async(all_ended, what="the end of every process")


async def test_a_taken_port_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        async with serving(tmp_path / "data", port=taken.getsockname()[1]) as service:
            assert await asyncio.wait_for(service.process.wait(), PATIENCE_S) == 2
    assert any("in use" in line and "Another port or address" in line for line in service.lines)


async def test_it_binds_loopback_unless_told(tmp_path: Path) -> None:
    async with serving(tmp_path / "data") as service:
        await service.until_healthy()
        listening = addresses_listening_on(service.port)
    assert listening == {f"0100007F:{service.port:04X}"}


Spoil = Callable[[Path], None]


def _corrupt(data: Path) -> None:
    (data / "bangban.db").write_bytes(b"a letter, not a database\n" * 200)


def _empty_secret(data: Path) -> None:
    (data / "secrets").mkdir()
    (data / "secrets" / "token").touch(0o600)


@pytest.mark.parametrize(("spoil", "says"), [(_corrupt, "database is damaged"), (_empty_secret, "secret in")])
async def test_data_that_cannot_be_used_is_told_in_a_sentence_and_once(
    tmp_path: Path, spoil: Spoil, says: str
) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    spoil(data)
    async with serving(data) as service:
        assert await asyncio.wait_for(service.process.wait(), PATIENCE_S) == 2
    _is_one_sentence(service, says)


async def test_a_folder_that_may_not_be_written_is_told_in_a_sentence_and_once() -> None:
    async with serving(Path("/sys/kernel/bangban")) as service:
        assert await asyncio.wait_for(service.process.wait(), PATIENCE_S) == 2
    _is_one_sentence(service, "/sys/kernel/bangban")


async def test_a_disk_that_takes_no_more_is_told_in_a_sentence_and_once(tmp_path: Path) -> None:
    """Under a limit of file sizes: what a full disk does to one file, without the right to mount one."""
    async with serving(tmp_path / "data", under=("prlimit", "--fsize=150000")) as service:
        assert await asyncio.wait_for(service.process.wait(), PATIENCE_S) == 2
    _is_one_sentence(service, "database's disk fails")


def _is_one_sentence(service: Service, says: str) -> None:
    assert any(says in line for line in service.lines), service.lines
    assert not any("Traceback" in line for line in service.lines), service.lines
    assert not any("starting it again" in line for line in service.lines), service.lines


@pytest.mark.parametrize("command", ["media", "signaling"])
async def test_a_process_that_is_stopped_is_replaced(tmp_path: Path, command: str) -> None:
    async with serving(tmp_path / "data") as service:
        await service.until_healthy()
        before = service.pid_of(command)
        assert before is not None
        os.kill(before, signal.SIGSTOP)
        await service.until_restarted(command, before)
        await service.until_healthy()
