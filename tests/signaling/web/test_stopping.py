"""A process that stops says so to every page, and then lets go."""

import asyncio
from pathlib import Path

from tests.signaling.web.house import open_house


async def test_everybody_is_told_before_their_socket_goes(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        people = [await house.demo(role) for role in ("clerk", "specialist", "supervisor", "pad")]
        await house.running.app.shutdown()
        for person in people:
            assert (await person.expect("server.stopping"))["again_in_s"] > 0
            async with asyncio.timeout(10):
                await person.gone.wait()
