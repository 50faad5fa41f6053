"""A point whose firewall lets only TURN out: its people are told so at every join, nobody else is."""

from pathlib import Path

from signaling.domain.audit import AuditAct
from tests.signaling.web.house import open_house
from tests.signaling.web.test_story import connected

POINT = "/api/points/point-dulongjiang"
TURN = ["turn:127.0.0.1:3478?transport=udp", "turns:127.0.0.1:3478?transport=tcp"]


async def test_the_people_of_a_relayed_point_are_told_so_and_nobody_else(tmp_path: Path) -> None:
    async with open_house(tmp_path, turn_urls=TURN) as house:
        clerk, specialist, call = await connected(house)
        admin = await house.signed_in("admin")

        async def told() -> list[str]:
            joined = [await one.do("call.join", call_id=call["call_id"]) for one in (clerk, specialist)]
            assert all(one["media"]["ice_servers"][0]["urls"] == TURN for one in joined)
            return [one["media"]["ice_transport_policy"] for one in joined]

        assert await told() == ["all", "all"]
        changed = await admin.ask("PATCH", POINT, {"relay_only": True})
        assert changed["relay_only"]
        assert await told() == ["relay", "all"]
        profile = {"name": "独龙江", "phone": "0886-3581101", "opening_hours": "工作日"}
        changed = await admin.ask("PATCH", POINT, {"profile": profile})
        assert changed["relay_only"], "another change of the point keeps it"
        await admin.ask("PATCH", POINT, {"relay_only": False})
        assert await told() == ["all", "all"]
        noted = [entry for entry in await house.audited(100) if entry.act == AuditAct.POINT_NETWORK.value]
        assert [entry.detail["relay_only"] for entry in noted] == [False, True]


async def test_nothing_is_relayed_where_there_is_no_relay(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        admin = await house.signed_in("admin")
        refused = await admin.ask("PATCH", POINT, {"relay_only": True}, status=409)
        assert refused["error"]["code"] == "no_turn"
        assert "TURN" in refused["error"]["sentence"]
        await admin.ask("PATCH", POINT, {"relay_only": False})
