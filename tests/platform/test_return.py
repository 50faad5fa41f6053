"""Signalling is killed in the middle of a call: how soon both are back, as no busy machine bends it."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Final

from tests.platform.returning import meeting

WORK: Final = 2.5
"""How often the work of importing the program fits into all of the start: 1.5 times, measured."""
IDLE_S: Final = 2.0
"""What of it may be waiting for anything but a processor: a second for the supervisor, one for disks."""


async def test_both_are_back_in_the_call_when_signalling_was_killed(tmp_path: Path) -> None:
    async with meeting(tmp_path / "data") as call:
        media = call.service.pid_of("media")
        done = await call.kill_signalling()
        assert (await call.state())["state"] == "connected"
        assert call.service.pid_of("media") == media, "their sound and picture never stopped"
        specialist, clerk = call.people[1], call.people[0]
        await specialist.do("chat.send", call_id=call.call_id, text="我回来了")
        assert (await clerk.expect("chat.added"))["chat"]["text"] == "我回来了"
    imports = await importing_s()
    assert done.worked < WORK * imports, (done, imports)
    assert done.idle < IDLE_S, done


async def importing_s() -> float:
    """Return the processor seconds of importing the signalling process."""
    before = os.times()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "import signaling.compose.signalling"
    )
    assert await process.wait() == 0
    after = os.times()
    return after.children_user - before.children_user + after.children_system - before.children_system
