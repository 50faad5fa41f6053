"""A process that was started with the probe says what it holds, in uvloop as in asyncio's own loop."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.leaks.probed import ask, environ

STAND_IN = """
import asyncio, sys, threading, uvloop

kept = []

async def idle():
    await asyncio.sleep(3600)

async def main():
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    print("ready", flush=True)
    while await reader.readline():
        kept.append(bytes(1_000_000))
        kept.append(asyncio.create_task(idle()))
        kept.append(open(sys.argv[0]))
        print("done", flush=True)

uvloop.run(main()) if sys.argv[1] == "uvloop" else asyncio.run(main())
"""


@pytest.fixture(params=["uvloop", "asyncio"])
def process(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    package = tmp_path / "signaling"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(STAND_IN)
    with subprocess.Popen(
        [sys.executable, "-m", "signaling", request.param],
        cwd=tmp_path,
        env=os.environ | environ(tmp_path),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as started:
        _read(started)
        yield started
        started.kill()


def test_what_a_process_holds_is_counted(process: "subprocess.Popen[str]", tmp_path: Path) -> None:
    _keep(process)
    before = ask(process.pid, tmp_path)
    for _ in range(3):
        _keep(process)
    after = ask(process.pid, tmp_path)
    assert after.allocated_bytes - before.allocated_bytes == pytest.approx(
        3_000_000, abs=60_000
    )  # an open file has a buffer
    assert after.tasks.count("idle") - before.tasks.count("idle") == 3
    assert after.objects["Task"] - before.objects["Task"] == 3
    assert len(after.descriptors) - len(before.descriptors) == 3
    assert after.threads == before.threads == ["MainThread"]


def _keep(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()
    _read(process)


def _read(process: "subprocess.Popen[str]") -> None:
    assert process.stdout is not None
    assert process.stdout.readline()
