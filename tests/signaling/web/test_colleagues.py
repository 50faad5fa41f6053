"""Who is there, as a counter and a specialist are told over the wire; a closed window is told at once."""

from pathlib import Path

import pytest

from signaling.services import colleagues
from signaling.services.settings import PresenceSettings
from tests.signaling.web.house import Person, open_house
from tests.signaling.web.test_story import available
from tests.support.until import until_async


async def medical(who: Person) -> list[int]:
    """Return 在线, 协助中, 整理中, 暂离 of the county's medical insurance as told to somebody now."""
    told = await who.ask("GET", "/api/colleagues")
    found = next(one for one in told["departments"] if one["name"] == "县医保局")
    return [found[state] for state in ("available", "busy", "wrap_up", "away")]


async def test_a_counter_is_told_how_many_could_help_and_at_once_when_one_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(colleagues, "READ_EACH_S", 0.0)
    async with open_house(tmp_path) as house:
        clerk = await house.demo("clerk")
        assert await medical(clerk) == [0, 0, 0, 0]
        specialist = await available(house)
        assert await medical(clerk) == [1, 0, 0, 0]
        assert await specialist.ask("GET", "/api/colleagues") == {"departments": [], "people": [], "more": 0}
        await specialist.socket.disconnect()

        async def is_away() -> bool:
            return await medical(clerk) == [0, 0, 0, 1]

        at_once = PresenceSettings(idle_after=0.0).socket_grace / 2
        await until_async(is_away, what="the closed window", patience_s=at_once)
