"""The wall and the session's own people are told how the lines are, and nobody else is."""

from pathlib import Path
from typing import Any

from tests.signaling.web.house import House, Person, open_house, request_body
from tests.signaling.web.test_story import available


async def flows(house: House, transport_id: str, seconds: int) -> None:
    """Let two seconds of sound pass, of which every fifth packet is lost, and have them looked at."""
    packets = 50 * seconds
    sound = {"id": "m", "kind": "audio", "packets": packets * 4 // 5, "lost": packets // 5, "jitterMs": 5}
    line: dict[str, Any] = {"id": transport_id, "received": seconds * 10_000, "sent": 0, "rttMs": 40.0}
    house.media.lines = {transport_id: line | {"streams": [sound]}}
    await house.running.services.lines.sample()


async def in_call(house: House) -> tuple[Person, Person, str]:
    clerk, specialist = await house.demo("clerk"), await available(house)
    await clerk.do("call.request", **request_body())
    ring = await specialist.expect("offer.made")
    call_id = str(ring["offer"]["call_id"])
    await specialist.do("offer.accept", call_id=call_id, offer_id=ring["offer"]["offer_id"])
    for person in (clerk, specialist):
        await person.do("call.join", call_id=call_id)
    return clerk, specialist, call_id


async def test_the_wall_names_the_worst_line_to_who_watches_over_the_call(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        clerk, specialist, call_id = await in_call(house)
        supervisor = await house.demo("supervisor")
        [row] = (await supervisor.do("queue.watch"))["running"]
        assert row["worst_line"] is None
        made = await clerk.do("media.create_transport", call_id=call_id, direction="send")
        for seconds in (2, 4, 6, 8):
            await flows(house, made["transport_id"], seconds)
        told = await supervisor.expect("queue.changed", lambda body: bool(body["running"][0]["worst_line"]))
        worst = told["running"][0]["worst_line"]
        assert (worst["name"], worst["direction"], worst["level"]) == ("王秀英", "send", "bad")
        assert 1.0 <= worst["opinion"] < 3.1
        queue = await specialist.do("queue.watch")
        assert [row["worst_line"] for row in queue["running"] + queue["waiting"] if row["worst_line"]] == []
        await clerk.do("call.end", call_id=call_id)
        await house.running.services.lines.sample()
        await supervisor.expect(
            "queue.changed", lambda body: all(row["worst_line"] is None for row in body["running"])
        )


async def test_lines_are_read_by_the_calls_people_and_those_set_over_it(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        clerk, specialist, call_id = await in_call(house)
        made = await clerk.do("media.create_transport", call_id=call_id, direction="send")
        for seconds in (2, 4, 6):
            await flows(house, made["transport_id"], seconds)
        own = (await clerk.do("media.own_lines", call_id=call_id))["lines"]
        assert [(line["direction"], set(line["sound_lost"])) for line in own] == [("send", {200})]
        assert (await specialist.do("media.own_lines", call_id=call_id))["lines"] == []
        for person in (clerk, specialist, await house.demo("supervisor"), await house.demo("reviewer")):
            shown = (await person.ask("GET", f"/api/calls/{call_id}/lines"))["lines"]
            assert [line["name"] for line in shown] == ["王秀英"]
        stranger = await house.signed_in("hexiaomei")
        await stranger.ask("GET", f"/api/calls/{call_id}/lines", status=403)
        assert await stranger.refused("media.own_lines", call_id=call_id) == "not_in_call"
        report = {"ended_at_ms": 1, "received": [{}]}
        assert await stranger.refused("media.report_lines", call_id=call_id, **report) == "not_in_call"


async def test_what_cannot_be_is_no_report(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        clerk, _, call_id = await in_call(house)
        bad = [{"made_up": 1001}, {"freeze_ms": -1}, {"frames": 10**9}, {"buffer_ms": 1.5}, {"more": 1}]
        for one in bad:
            report = {"ended_at_ms": 1, "received": [one]}
            assert await clerk.refused("media.report_lines", call_id=call_id, **report) == "malformed", one
        for many in ([], [{}] * 11):
            report = {"ended_at_ms": 1, "received": many}
            assert await clerk.refused("media.report_lines", call_id=call_id, **report) == "malformed"
        await clerk.do("media.report_lines", call_id=call_id, ended_at_ms=2**53, received=[{}] * 10)
