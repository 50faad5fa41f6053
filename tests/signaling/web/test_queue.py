"""The live list shows the waiting in the order in which they are routed."""

import time
from pathlib import Path

from tests.signaling.adapters.samples import a_call
from tests.signaling.web.house import open_house


async def test_who_waits_long_stands_before_who_is_urgent_and_new(tmp_path: Path) -> None:
    now = time.time()
    common = {"point_id": "point-dulongjiang", "no_staff_at": now + 600}
    async with open_house(tmp_path) as before:
        calls = before.running.ports.calls
        await calls.create(a_call("urgent", priority=99, requested_at=now, **common), (), "20261122")
        await calls.create(a_call("patient", priority=1, requested_at=now - 700, **common), (), "20261122")
    async with open_house(tmp_path) as house:
        supervisor = await house.demo("supervisor")
        queue = await supervisor.do("queue.watch")
        assert [row["call_id"] for row in queue["waiting"]] == ["patient", "urgent"]
