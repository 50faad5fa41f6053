"""The counter PC's program as the server gives it away."""

import asyncio
import hashlib
import io
import sys
import zipfile
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from signaling.web.control.program import PATH, HelperProgram
from tests.signaling.web.house import open_house
from web_client.helper.build import packed

Client = TestClient[web.Request, web.Application]


class Packing:
    """Packs, and counts how often."""

    def __init__(self, error: OSError | None = None) -> None:
        self.times = 0
        self._error = error

    def __call__(self) -> bytes:
        self.times += 1
        if self._error is not None:
            raise self._error
        return packed()


def serving(pack: Packing) -> Client:
    app = web.Application()
    app.router.add_get(PATH, HelperProgram(pack).serve)
    return TestClient(TestServer(app))


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with serving(Packing()) as client:
        yield client


async def test_its_name_in_the_head_is_the_digest_of_what_is_sent(client: Client) -> None:
    answer = await client.get(PATH)
    program = await answer.read()
    assert answer.headers["ETag"] == f'"{hashlib.sha256(program).hexdigest()}"'
    assert answer.headers["Content-Disposition"] == 'attachment; filename="bangban-helper.pyz"'
    assert zipfile.ZipFile(io.BytesIO(program)).testzip() is None
    head = await client.head(PATH)
    assert head.headers["ETag"] == answer.headers["ETag"]
    assert int(head.headers["Content-Length"]) == len(program)


async def test_what_is_downloaded_runs(client: Client, tmp_path: Path) -> None:
    file = tmp_path / "bangban-helper.pyz"
    file.write_bytes(await (await client.get(PATH)).read())
    running = await asyncio.create_subprocess_exec(sys.executable, file, "--help", stdout=PIPE)
    said, _ = await running.communicate()
    assert (running.returncode, b"pair" in said) == (0, True)


async def test_who_has_it_is_told_so(client: Client) -> None:
    tag = (await client.get(PATH)).headers["ETag"]
    assert (await client.get(PATH, headers={"If-None-Match": tag})).status == 304
    assert (await client.get(PATH, headers={"If-None-Match": '"other"'})).status == 200


async def test_it_is_packed_once() -> None:
    pack = Packing()
    async with serving(pack) as client:
        for _ in range(3):
            await (await client.get(PATH)).read()
    assert pack.times == 1


async def test_a_server_without_its_sources_says_what_to_do_and_tries_again() -> None:
    pack = Packing(FileNotFoundError("gone"))
    async with serving(pack) as client:
        answer = await client.get(PATH)
        assert answer.status == 404
        assert "./dev helper" in await answer.text()
        await client.get(PATH)
    assert pack.times == 2


async def test_the_product_gives_it_to_anybody(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        person = await house.somebody()
        assert await person.ask("GET", PATH) == packed()
