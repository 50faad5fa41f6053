"""A house in a process of its own, so that a test can kill it: beside another one over Redis.

    python -m tests.signaling.web.house_apart FOLDER DATABASE_URL REDIS_URL

prints its address and serves until its standard input ends.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from aiohttp.test_utils import TestServer

from signaling.compose.application import build_application
from signaling.config import Settings
from tests.signaling.web.house import House
from tests.support import databases
from tests.support.fake_media import FakeMedia


class HouseApart(House):
    """One that can be talked to, not reached into; and how it is killed."""

    def __init__(self, address: str, process: asyncio.subprocess.Process, stack: AsyncExitStack) -> None:
        self._address = address
        self._process = process
        self._stack = stack

    def url(self, path: str) -> str:
        """Return an address of the process."""
        return self._address + path

    def kill(self) -> None:
        """`kill -9`."""
        self._process.kill()


@asynccontextmanager
async def open_house_apart(folder: Path, redis_url: str) -> AsyncIterator[HouseApart]:
    """Run one on the database of `folder`."""
    database = await databases.database_for(folder, databases.migrated)
    words = [sys.executable, "-m", __name__, str(folder), database, redis_url]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*words, stdin=pipe, stdout=pipe)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        async with AsyncExitStack() as stack:
            yield HouseApart((await process.stdout.readline()).decode().strip(), process, stack)
    finally:
        process.stdin.close()
        await process.wait()


async def _serve(folder: str, database: str, redis_url: str) -> None:
    settings = Settings(
        data_dir=Path(folder),
        demo=True,
        database_url=database,
        redis_url=redis_url,
        search_by_meaning=False,
    )
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(build_application(settings, connect=FakeMedia().connect))
        server = await stack.enter_async_context(TestServer(running.app))
        print(str(server.make_url("/")).rstrip("/"), flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve(*sys.argv[1:]))
