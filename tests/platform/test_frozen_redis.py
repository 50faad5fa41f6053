"""Redis is frozen under the real service, for longer than anything that is measured in seconds lasts."""

import asyncio
from pathlib import Path
from typing import Final

import pytest

from tests.platform.returning import Meeting, meeting
from tests.platform.test_service import COMMANDS
from tests.signaling.web.house import ITEM, request_body
from tests.support.redis_server import OwnRedis
from tests.support.until import until_here

FROZEN_S: Final = 25.0
"""Above all that could cut somebody: leases of 10 s, a check each 15 s, 20 s until one counts as lost."""
EACH_S: Final = 2.0


@pytest.mark.system("redis-server")
async def test_a_redis_frozen_for_long_cuts_no_socket_ends_no_process_and_no_call(tmp_path: Path) -> None:
    redis = OwnRedis(tmp_path)
    redis.start()
    try:
        async with meeting(tmp_path / "data", "--redis-url", redis.url) as call:
            pids = [call.service.pid_of(command) for command in COMMANDS]
            redis.freeze()
            loop = asyncio.get_running_loop()
            end = loop.time() + FROZEN_S
            while loop.time() < end:  # not a wait for something: it must go on throughout
                await goes_on(call)
                await asyncio.sleep(EACH_S)
            redis.thaw()
            await another_rings(call)
            assert [call.service.pid_of(command) for command in COMMANDS] == pids
            assert not [line for line in call.service.lines if "Traceback" in line]
    finally:
        redis.thaw()
        redis.kill()


async def goes_on(call: Meeting) -> None:
    """Say something and hear it; nobody was cut off."""
    clerk, specialist = call.people
    await specialist.do("chat.send", call_id=call.call_id, text="听得到吗")
    await clerk.expect("chat.added")
    assert not any(person.gone.is_set() for person in call.people)
    assert (await call.state())["state"] == "connected"


async def another_rings(call: Meeting) -> None:
    """End the call and ask for another: somebody decides again, and the specialist is offered it."""
    clerk, specialist = call.people
    await clerk.do("call.end", call_id=call.call_id)
    await specialist.do("call.result", call_id=call.call_id, kind="answered", item_codes=[ITEM])
    await clerk.do("call.request", **request_body())
    await until_here(lambda: specialist.heard("offer.made"))
