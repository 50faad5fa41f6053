"""`bangban doctor` against real things, whole and broken: media, coturn, Redis, databases, certificates."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from signaling.adapters.sql.database import open_database
from signaling.adapters.sql.migrate import migrate
from signaling.compose.certificates import ensure_certificate
from signaling.compose.doctor.report import Finding, Grade
from signaling.compose.doctor.run import examine
from signaling.compose.turn_server import turn_command
from signaling.config import Settings, load
from tests.support.redis_server import OwnRedis
from tests.support.until import until

HERE = "127.0.0.1"
ROOT = Path(__file__).resolve().parents[3]


def free_port() -> int:
    """Return a port that is free for UDP and TCP on loopback right now."""
    with socket.socket() as tcp:
        tcp.bind((HERE, 0))
        return int(tcp.getsockname()[1])


def given(folder: Path, **more: Any) -> Settings:
    usual = {"data_dir": folder, "port": free_port(), "media_port": free_port()}
    return load(usual | {"media_listen_addresses": HERE} | more)


async def found(settings: Settings, check: str) -> dict[str, Grade]:
    return {one.code: one.grade for one in await examine(settings) if one.check == check}


@contextmanager
def process(settings: Settings, *command: str) -> Iterator[None]:
    """Run a program with the settings; its end is awaited."""
    running = subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | settings.to_environ(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
    )
    try:
        yield
    finally:
        running.terminate()
        running.wait(10)


@contextmanager
def media(settings: Settings) -> Iterator[None]:
    with process(settings, sys.executable, "-m", "signaling", "media"):
        until(lambda: settings.media_socket(0).is_socket(), what="the media process")
        yield


@asynccontextmanager
async def elsewhere(answers: bool) -> AsyncIterator[int]:
    """Somebody else's UDP and TCP port."""
    with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
        tcp.bind((HERE, 0))
        if answers:
            tcp.listen()
        udp.bind(tcp.getsockname())
        yield tcp.getsockname()[1]


async def test_media_is_reached_at_every_address_it_tells(tmp_path: Path) -> None:
    settings = given(tmp_path)
    with media(settings):
        findings = await examine(settings)
    told = [(one.code, one.facts["protocol"]) for one in findings if one.check == "reachable"]
    assert told == [("candidate_answers", "UDP"), ("candidate_answers", "TCP")]
    assert {one.code for one in findings if one.check == "media"} >= {"media_answers"}
    assert [one.grade for one in findings if one.code == "only_loopback"] == [Grade.MEND]


async def test_an_announced_port_that_nobody_forwards(tmp_path: Path) -> None:
    async with elsewhere(answers=False) as dead:
        settings = given(tmp_path, media_announced_addresses=f"{HERE}:{dead},local")
        with media(settings):
            findings = await examine(settings)
    reached = {
        (one.facts["where"], one.facts["protocol"]): one.grade for one in findings if one.check == "reachable"
    }
    assert reached == {
        (f"{HERE}:{dead}", "UDP"): Grade.MEND,
        (f"{HERE}:{dead}", "TCP"): Grade.MEND,
        (f"{HERE}:{settings.media_port}", "UDP"): Grade.FINE,
        (f"{HERE}:{settings.media_port}", "TCP"): Grade.FINE,
    }


async def test_a_media_process_that_is_away_and_a_port_that_is_taken(tmp_path: Path) -> None:
    async with elsewhere(answers=True) as taken:
        told = await found(given(tmp_path, media_port=taken), "media")
    assert told["media_silent"] is told["port_taken"] is Grade.MEND
    assert "port_taken" not in await found(given(tmp_path), "media")


@pytest.mark.system("coturn")
async def test_turn_by_every_way_and_with_a_wrong_secret(tmp_path: Path) -> None:
    files = ensure_certificate(tmp_path / "tls", [HERE], ["localhost"])
    port = free_port()
    ways = [f"turn:{HERE}:{port}?transport=udp", f"turn:{HERE}:{port}?transport=tcp", f"turns:{HERE}:{port}"]
    settings = given(
        tmp_path,
        turn_urls=",".join([*ways, "turn:no-port:x"]),
        turn_port=port,
        turn_listen_addresses=HERE,
        turn_secret="right",
        tls_certificate=files.certificate,
        tls_key=files.key,
    )

    def turn(one: Settings, findings: list[Finding]) -> list[str]:
        return [finding.code for finding in findings if finding.check == "turn"]

    assert turn(settings, await examine(settings)) == ["turn_unreachable"] * 3 + ["turn_url"]
    with process(settings, *turn_command(settings)):
        until(lambda: _accepts(port), what="coturn")
        assert turn(settings, await examine(settings)) == ["turn_fine"] * 3 + ["turn_url"]
        wrong = settings.model_copy(update={"turn_secret": load({"turn_secret": "wrong"}).turn_secret})
        assert turn(wrong, await examine(wrong)) == ["turn_credentials"] * 3 + ["turn_url"]
        stranger = settings.model_copy(update={"data_dir": tmp_path / "other", "turn_urls": (ways[2],)})
        assert turn(stranger, await examine(stranger)) == ["turn_tls"], "an authority nobody installed"


@pytest.mark.system("redis-server")
async def test_redis_is_there_then_away(tmp_path: Path) -> None:
    server = OwnRedis(tmp_path)
    server.start()
    settings = given(tmp_path / "data", redis_url=server.url)
    try:
        assert await found(settings, "redis") == {"redis_fine": Grade.FINE}
        assert (await found(settings, "clock"))["clock_fine"] is Grade.FINE
    finally:
        server.kill()
    assert await found(settings, "redis") == {"redis_away": Grade.MEND}


async def test_databases_new_current_old_and_damaged(tmp_path: Path) -> None:
    settings = given(tmp_path)
    assert await found(settings, "database") == {"database_new": Grade.FINE}
    file = tmp_path / "bangban.db"
    assert not file.exists(), "looking changes nothing"
    file.touch()
    assert await found(settings, "database") == {"database_old": Grade.MEND}
    database = open_database(settings.database)
    await migrate(database)
    await database.close()
    assert await found(settings, "database") == {"database_fine": Grade.FINE}
    away = given(tmp_path, database_url=f"postgresql+asyncpg://nobody@{HERE}:{free_port()}/none")
    assert await found(away, "database") == {"database_away": Grade.MEND}


async def test_an_expired_certificate_and_a_silent_web_server(tmp_path: Path) -> None:
    files = ensure_certificate(tmp_path / "tls", [HERE], ["localhost"])
    files.key.write_bytes(b"none")
    settings = given(tmp_path, tls_certificate=files.certificate, tls_key=files.key, host=HERE)
    assert await found(settings, "certificate") == {"certificate_unreadable": Grade.MEND}
    assert (await found(settings, "web"))["web_silent"] is Grade.MEND


def test_the_command_says_it_in_the_terminals_language_and_by_its_exit_status(tmp_path: Path) -> None:
    def doctor(*more: str, **environ: str) -> "subprocess.CompletedProcess[str]":
        command = [
            sys.executable,
            "-m",
            "signaling",
            "doctor",
            "--data-dir",
            str(tmp_path),
            "--port",
            str(free_port()),
        ]
        usual = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG"))}
        return subprocess.run(
            [*command, *more], cwd=ROOT, env=usual | environ, capture_output=True, text=True
        )

    chinese = doctor(LANG="zh_CN.UTF-8")
    assert (chinese.returncode, chinese.stdout.splitlines()[0]) == (1, "必须处理:")
    assert doctor(LANG="en_US.UTF-8").stdout.startswith("To be mended:")
    told = json.loads(doctor("--json", "--lang", "en", LANG="zh_CN.UTF-8").stdout)
    assert told["mend"] is True
    assert any("bangban serve" in row["sentence"] for row in told["findings"])


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HERE, port)) == 0
