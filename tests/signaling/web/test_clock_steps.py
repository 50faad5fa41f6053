"""The machine's clock is set by an hour, forth or back, in the middle of everything: nobody is harmed."""

import time
from pathlib import Path

import pytest

from signaling.adapters.system import SystemClock
from signaling.compose import application
from tests.signaling.web.house import House, open_house, request_body
from tests.signaling.web.test_story import available, connected

HOUR = 3600.0


class Machine:
    """The machine's clock, which somebody sets."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.set_by_s = 0.0
        monkeypatch.setattr(application, "wall_clock", self.wall)
        monkeypatch.setattr(application, "SystemClock", lambda: SystemClock(self.wall))

    def wall(self) -> float:
        return time.time() + self.set_by_s

    async def set(self, house: House, step: float) -> None:
        """Set it, and let everything that is due by the new time happen."""
        self.set_by_s += step
        await house.running.services.life.settle()
        await house.running.services.life.settle()


@pytest.mark.parametrize("step", [HOUR, -HOUR])
async def test_an_offer_and_who_it_rings_at_outlive_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: float
) -> None:
    machine = Machine(monkeypatch)
    async with open_house(tmp_path) as house:
        clerk, specialist = await house.demo("clerk"), await available(house)
        await clerk.do("call.request", **request_body())
        ring = await specialist.expect("offer.made")
        await machine.set(house, step)
        assert specialist.heard("offer.withdrawn") == []
        presence = await house.running.services.presence.of(specialist.staff_id)
        assert (presence.state.value, presence.online) == ("available", True)
        offer = {"call_id": ring["offer"]["call_id"], "offer_id": ring["offer"]["offer_id"]}
        call = await specialist.do("offer.accept", **offer)
        assert call["state"] in ("connected", "reconnecting")


@pytest.mark.parametrize("step", [HOUR, -HOUR])
async def test_a_call_its_sockets_tokens_and_addresses_outlive_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: float
) -> None:
    machine = Machine(monkeypatch)
    async with open_house(tmp_path, turn_urls=["turn:127.0.0.1:3478"]) as house:
        clerk, specialist, call = await connected(house)
        call_id = call["call_id"]
        services = house.running.services
        still = house.running.services.clock.now()
        await machine.set(house, step)
        for person in (clerk, specialist):
            assert not person.gone.is_set()
            await person.ask("GET", "/api/calls/mine")
            await person.do("chat.send", call_id=call_id, text="还在吗")
        assert services.clock.now() - still < 60.0
        live = services.calls.live_call_of(
            services.accounts.actor(_staff(house, clerk.staff_id), None, "").who
        )
        assert live is not None
        assert live.state.value in ("connected", "reconnecting")
        snapshot = await clerk.do("call.join", call_id=call_id)
        ends_at = int(snapshot["media"]["ice_servers"][0]["username"].split(":")[0])
        assert ends_at > machine.wall() + HOUR, (
            "the TURN server's clock is the machine's, and may be set again"
        )


@pytest.mark.parametrize("step", [HOUR, -HOUR])
async def test_a_pads_code_and_a_wrong_passwords_count_outlive_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: float
) -> None:
    machine = Machine(monkeypatch)
    async with open_house(tmp_path) as house:
        clerk = await house.demo("clerk")
        code = await clerk.do("pad.code")
        await machine.set(house, step)
        pad = await house.somebody()
        paired = await pad.ask("POST", "/api/pads/pair", {"code": code["code"]})
        assert paired["device_token"]


def _staff(house: House, staff_id: str):  # type: ignore[no-untyped-def]
    return house.running.services.directory.current.staff(staff_id)
