"""The machine's clock is set by an hour, forth or back, in the middle of everything: nobody is harmed."""

import time
from pathlib import Path

import pytest
from redis.asyncio import Redis

from signaling.adapters.system import SystemClock
from signaling.compose import application
from signaling.config.secrets import DEMO_PASSWORD
from tests.signaling.web.house import House, Person, open_house, request_body
from tests.signaling.web.test_story import available, connected
from tests.support.fake_media import FakeMedia
from tests.support.until import until_async

HOUR = 3600.0


class Machine:
    """The machine's clock, which somebody sets."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.set_by_s = 0.0
        self.passed_s = 0.0
        monkeypatch.setattr(application, "wall_clock", self.wall)
        monkeypatch.setattr(application, "SystemClock", lambda: SystemClock(self.wall, self.steady))

    def wall(self) -> float:
        return time.time() + self.passed_s + self.set_by_s

    def steady(self) -> float:
        return time.monotonic() + self.passed_s

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


@pytest.mark.parametrize("step", [HOUR, -HOUR])
async def test_processes_that_share_redis_go_on_showing_one_time(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch, step: float
) -> None:
    """Also one at which nobody is, and one that starts after it: else everybody seemed gone to them."""
    machine = Machine(monkeypatch)
    async with open_house(tmp_path, redis_url=redis_url) as here:
        specialist = await available(here)
        async with open_house(tmp_path, redis_url=redis_url) as idle:
            await machine.set(idle, step)
            await told(here, redis_url)
            async with open_house(tmp_path, redis_url=redis_url) as late:
                for house in (idle, late):
                    apart = house.running.services.clock.now() - here.running.services.clock.now()
                    assert abs(apart) < 60.0
                    await house.running.services.life.settle()
                    presence = await house.running.services.presence.of(specialist.staff_id)
                    assert (presence.state.value, presence.online) == ("available", True)
                    page = await house.somebody(beside=specialist)
                    page.session = specialist.session
                    assert await page.ask("GET", "/api/calls/mine") is not None
                clerk = await late.demo("clerk")
                await clerk.do("call.request", **request_body())
                await specialist.expect("offer.made")


async def told(house: House, url: str) -> None:
    """Return when a process has said its time."""
    async with Redis.from_url(url) as redis:

        async def is_told() -> bool:
            return bool(await redis.exists("bangban:clock"))

        await until_async(is_told, what="the time")


@pytest.mark.parametrize("step", [HOUR, -HOUR])
async def test_a_lock_lasts_as_long_as_it_should(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: float
) -> None:
    machine = Machine(monkeypatch)
    async with open_house(tmp_path, lockout_failures=3, lockout_s=600) as house:
        clerk = await house.demo("clerk")  # with somebody here the time is kept
        guesser = await locked_out(house)
        await machine.set(house, step)
        machine.passed_s += 500.0
        await guesser.login("liming", DEMO_PASSWORD, status=401)
        machine.passed_s += 200.0
        await guesser.login("liming", DEMO_PASSWORD)
        assert clerk.staff_id


async def locked_out(house: House) -> Person:
    """Return somebody who guessed too often."""
    guesser = await house.somebody()
    for _ in range(3):
        await guesser.login("liming", "guessed-and-long-1", status=401)
    await guesser.login("liming", DEMO_PASSWORD, status=401)
    return guesser


async def test_a_clock_set_back_with_nobody_here_makes_no_lock_last_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(monkeypatch)
    async with open_house(tmp_path, lockout_failures=3, lockout_s=600) as house:
        guesser = await locked_out(house)
        await machine.set(house, -HOUR)
        await guesser.login("liming", DEMO_PASSWORD, status=401)
        machine.passed_s += 601.0
        await guesser.login("liming", DEMO_PASSWORD)


@pytest.mark.parametrize("step", [HOUR, -HOUR])
async def test_a_call_outlives_a_restart_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: float
) -> None:
    machine = Machine(monkeypatch)
    media = FakeMedia()
    async with open_house(tmp_path, media=media) as house:
        clerk, specialist, call = await connected(house)
        cookies = [{one.key: one.value for one in who.http.cookie_jar} for who in (clerk, specialist)]
    machine.set_by_s += step
    async with open_house(tmp_path, media=media) as house:
        for person, kept in zip((clerk, specialist), cookies, strict=True):
            page = await house.somebody()
            page.tab = person.tab
            page.http.cookie_jar.update_cookies(kept)
            page.session = await page.ask("POST", "/api/auth/refresh", {"tab": page.tab})
            await page.connect()
            joined = await page.do("call.join", call_id=call["call_id"])
        assert joined["call"]["state"] == "connected"
        await house.running.services.life.settle()
        shown = (await page.ask("GET", f"/api/calls/{call['call_id']}"))["call"]
        assert shown["state"] == "connected"


def _staff(house: House, staff_id: str):  # type: ignore[no-untyped-def]
    return house.running.services.directory.current.staff(staff_id)
