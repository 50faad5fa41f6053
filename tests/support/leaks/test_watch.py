"""Every detector fires: a pytest run of its own over tests that leave something behind, and tidy ones."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
CONFTEST = """
from tests.support.leaks.watch import LeakWatch

def pytest_configure(config):
    config.pluginmanager.register(LeakWatch(), "leaks")
"""
SCENES = """
import asyncio, gc, socket, subprocess, sys, threading
import pytest
from pathlib import Path
from recording.format import Anchor
from recording.tap.writer import JournalWriter
from rtc_server.config import MediaConfig
from rtc_server.server.control import ControlServer
from rtc_server.sfu.router import Router

KEPT = []

async def sleepy():
    await asyncio.sleep(60)

async def test_task():
    KEPT.append(asyncio.create_task(sleepy()))

def test_task_of_another_loop():
    async def main():
        KEPT.append(asyncio.create_task(sleepy()))
    asyncio.run(main())

async def test_timer():
    asyncio.get_running_loop().call_later(60, print)

def test_thread():
    threading.Thread(target=threading.Event().wait, name="idler", daemon=True).start()

def test_descriptor(tmp_path):
    KEPT.append(open(tmp_path / "left.txt", "w"))

def test_socket():
    one = socket.socket(type=socket.SOCK_DGRAM)
    one.bind(("127.0.0.1", 0))
    KEPT.append(one)

def test_process():
    KEPT.append(subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE))

def test_journal(tmp_path):
    KEPT.append(JournalWriter(tmp_path / "clerk.0001.camera.journal", 0.05))

def router():
    return Router("call", config=MediaConfig(), emit=print, wall_offset=0.0)

def test_object():
    KEPT.append(router())

async def test_object_of_a_living_server(tmp_path):
    config = MediaConfig(listen_addresses=("127.0.0.1",), port=0, control_path=str(tmp_path / "c"))
    async with ControlServer(config, None):
        stray = router()

@pytest.fixture(scope="module")
def untidy():
    KEPT.append(socket.socket())
    yield

def test_with_an_untidy_fixture_of_the_module(untidy):
    pass
"""
TIDY = """
import asyncio, socket, threading
import pytest

@pytest.fixture(scope="module")
def module_socket():
    with socket.socket() as one:
        yield one

@pytest.fixture
def late(request):
    return request.getfixturevalue("module_socket")

async def test_tidy(module_socket):
    task = asyncio.create_task(asyncio.sleep(60))
    asyncio.get_running_loop().call_later(60, print).cancel()
    await asyncio.to_thread(threading.get_ident)
    task.cancel()

def test_fixture_of_a_wider_scope_comes_late(late):
    pass

def test_failed_for_its_own_reason():
    assert False, "its own"
"""


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What pytest says of the scenes."""
    folder = tmp_path_factory.mktemp("scenes")
    for name, text in {"conftest.py": CONFTEST, "test_scenes.py": SCENES, "test_tidy.py": TIDY}.items():
        (folder / name).write_text(text)
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-o", "asyncio_mode=auto", "-vrA", folder],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.stdout


@pytest.mark.parametrize(
    ("scene", "words"),
    [
        ("test_task", r"task \S+: sleepy at .*test_scenes\.py:\d+"),
        ("test_task_of_another_loop", r"task \S+: sleepy at"),
        ("test_timer", r"timer: print in \d+"),
        ("test_thread", r"thread \d+: idler"),
        ("test_descriptor", r"descriptor \d+: .*/left\.txt"),
        ("test_socket", r"descriptor \d+: AF_INET SOCK_DGRAM \('127\.0\.0\.1', \d+\)"),
        ("test_process", r"process \d+: .* -c input\(\)"),
        ("test_journal", r"descriptor \d+: .*/clerk\.0001\.camera\.journal"),
        ("test_object", r"Router, held by "),
        ("test_object_of_a_living_server", r"Router, held by .*, while a media server went on"),
        ("test_with_an_untidy_fixture_of_the_module", r"descriptor \d+: AF_INET"),
    ],
)
def test_what_is_left_fails_the_test_that_left_it(output: str, scene: str, words: str) -> None:
    assert re.search(rf"ERROR at teardown of {scene} _", output), output
    assert re.search(rf"::{scene} left behind:\n(?:  .*\n)*?  {words}", output), output


@pytest.mark.parametrize("scene", ["test_tidy", "test_fixture_of_a_wider_scope_comes_late"])
def test_what_is_explained_passes(output: str, scene: str) -> None:
    assert re.search(rf"^PASSED .*::{scene}$", output, re.MULTILINE), output
    assert not re.search(rf"ERROR at teardown of {scene} _", output), output


def test_a_failure_of_another_kind_stays_as_it_is(output: str) -> None:
    assert "ERROR at teardown of test_failed_for_its_own_reason" not in output
    assert re.search(r"^FAILED .*::test_failed_for_its_own_reason - ", output, re.MULTILINE), output
