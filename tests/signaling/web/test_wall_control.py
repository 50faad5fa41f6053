"""The wall shows which counter PCs are under control, and stops it."""

from pathlib import Path

from tests.signaling.web.house import open_house
from tests.signaling.web.test_files import controlled


async def test_who_oversees_the_call_sees_who_controls_and_ends_it_at_once(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, controlled(house) as control:
        supervisor = await house.demo("supervisor")
        [row] = (await supervisor.do("queue.watch"))["running"]
        assert (row["control"]["staff_name"], row["control"]["state"]) == ("李明", "granted")
        assert "file" in row["control"]["scopes"]
        await supervisor.do("control.fuse", call_id=control.call_id)
        told = await control.clerk.expect("control.changed", lambda body: body["control"]["state"] == "ended")
        assert (told["control"]["end"], told["control"]["ended_by"]) == ("fused", "赵军")
        await supervisor.expect("queue.changed", lambda body: body["running"][0]["control"] is None)


async def test_a_question_is_nobodys_control_yet(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, controlled(house) as control:
        supervisor = await house.demo("supervisor")
        here = {"call_id": control.call_id, "control_id": control.control_id}
        await control.clerk.do("control.revoke", **here)
        await control.specialist.do("control.ask", call_id=control.call_id, scopes=["draw"], purpose="")
        [row] = (await supervisor.do("queue.watch"))["running"]
        assert row["control"] is None
