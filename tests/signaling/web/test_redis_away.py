"""Redis frozen, killed, half-open, slow and empty, with real processes' worth of signalling around it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis.asyncio import Redis

from signaling.adapters.redis import channel
from signaling.domain.errors import AwayError
from signaling.domain.events import NewsMissed
from signaling.domain.presence import PresenceState
from signaling.domain.subject import Subject
from signaling.services import bundle
from signaling.web.sio import live
from tests.signaling.web.house import House, Person, open_house, request_body
from tests.signaling.web.test_accounts import administrator
from tests.signaling.web.test_two_processes import join_both, send
from tests.support.fake_media import FakeMedia
from tests.support.impairment import Impairment
from tests.support.redis_server import OwnRedis
from tests.support.tcp_relay import TcpRelay, relaying
from tests.support.until import until_async, until_here

pytestmark = pytest.mark.system("redis-server")


@dataclass
class Pair:
    """Two processes, and a call between their people."""

    here: House
    there: House
    clerk: Person
    specialist: Person
    call_id: str

    async def state(self) -> str:
        call = await self.here.running.ports.calls.load(self.call_id)
        assert call is not None
        return call.state.value

    async def lost(self) -> list[str]:
        """Return who of the call counts as lost."""
        call = await self.here.running.ports.calls.load(self.call_id)
        assert call is not None
        return [member.who.id for member in call.present if member.lost_at is not None]


@asynccontextmanager
async def in_call(folder: Path, here_url: str, there_url: str) -> AsyncIterator[Pair]:
    media = FakeMedia()
    async with (
        open_house(folder, media=media, redis_url=here_url) as here,
        open_house(folder, media=media, redis_url=there_url) as there,
    ):
        clerk, specialist, call_id = await join_both(here, there)
        yield Pair(here, there, clerk, specialist, call_id)


async def seen_by(house: House, person: Person) -> PresenceState | None:
    presence = house.running.services.presence
    await presence.refresh()
    found = presence.known().get(person.staff_id)
    return found.state if found else None


async def test_a_frozen_redis_cuts_nobody_and_calls_go_on(
    tmp_path: Path, own_redis: OwnRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "BEAT_S", 0.2)
    async with in_call(tmp_path, own_redis.url, own_redis.url) as pair:
        own_redis.freeze()
        picture = await send(pair.clerk, pair.call_id)  # where the room is, nothing needs Redis
        code = await pair.specialist.refused("media.resume_consumer", call_id=pair.call_id, consumer_id="c")
        assert code == "busy", "its room is in the other process, which cannot be asked now"
        for person in (pair.clerk, pair.specialist):
            assert not person.gone.is_set()
            assert (await person.ask("GET", f"/api/calls/{pair.call_id}"))["call"]["state"] == "connected"
        late = await pair.there.demo("supervisor")
        assert late.staff_id, "a new window is welcomed meanwhile"
        own_redis.thaw()
        await pair.specialist.expect(
            "producer.changed", lambda one: one["producer"]["producer_id"] == picture
        )
        await until_async(
            lambda: is_quiet(pair.specialist, pair.call_id), what="the other process", patience_s=20
        )
        assert (await pair.state(), await pair.lost()) == ("connected", [])


async def is_quiet(person: Person, call_id: str) -> bool:
    """Return whether a command that needs the other process is carried out again."""
    ack = await person.command("chat.send", call_id=call_id, text="还在")
    return bool(ack["ok"])


async def test_a_killed_redis_that_comes_back_empty_loses_no_presence_and_no_call(
    tmp_path: Path, own_redis: OwnRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "BEAT_S", 0.2)
    async with in_call(tmp_path, own_redis.url, own_redis.url) as pair:
        busy = await seen_by(pair.here, pair.specialist)
        assert busy is PresenceState.BUSY
        own_redis.kill()
        assert await seen_by(pair.there, pair.clerk) is not None
        own_redis.start()
        for house in (pair.here, pair.there):
            await house.running.services.life.settle()
            assert await seen_by(house, pair.specialist) is PresenceState.BUSY
        await until_async(
            lambda: stored(pair, pair.specialist, pair.clerk), what="the presence", patience_s=20
        )
        await until_async(
            lambda: is_quiet(pair.specialist, pair.call_id), what="the other process", patience_s=20
        )
        assert await pair.there.running.ports.homes.find(pair.call_id) is not None, "still at home here"
        assert (await pair.state(), await pair.lost()) == ("connected", [])
        assert not any(person.gone.is_set() for person in (pair.clerk, pair.specialist))


async def stored(pair: Pair, *people: Person) -> bool:
    """Return whether Redis itself knows that people are there."""
    try:
        found = {seen.staff_id: seen for seen in await pair.here.running.ports.presence.all()}
    except AwayError:  # a command is not tried again at once
        return False
    return all(one.staff_id in found and found[one.staff_id].online for one in people)


async def test_a_process_that_started_into_the_gap_marks_nobody_lost_for_good(
    tmp_path: Path, own_redis: OwnRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with in_call(tmp_path, own_redis.url, own_redis.url) as pair:
        own_redis.kill()
        own_redis.start()
        async with open_house(tmp_path, media=pair.here.media, redis_url=own_redis.url) as late:
            await late.running.services.life.settle()  # it knows nobody yet
            monkeypatch.setattr(live, "BEAT_S", 0.2)
            for house in (pair.here, pair.there):
                await house.running.services.presence.refresh()
                await house.running.services.presence.restore()
            await until_async(lambda: nobody_lost(pair), what="everybody in the call", patience_s=20)
            assert await pair.state() == "connected"


async def nobody_lost(pair: Pair) -> bool:
    for house in (pair.here, pair.there):
        await house.running.services.life.settle()
    return not await pair.lost()


async def test_what_changes_while_redis_is_away_is_stored_when_it_is_back(
    tmp_path: Path, own_redis: OwnRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "BEAT_S", 0.2)
    async with open_house(tmp_path, redis_url=own_redis.url) as here:
        specialist = await here.demo("specialist")
        own_redis.freeze()
        await specialist.do("presence.set", state="available", sound_unlocked=True)
        own_redis.thaw()

        async def is_stored() -> bool:
            with suppress(AwayError):  # a command is not tried again at once
                found = await here.running.ports.presence.get(specialist.staff_id)
                return found is not None and found.state is PresenceState.AVAILABLE
            return False

        await until_async(is_stored, what="the presence", patience_s=20)


@asynccontextmanager
async def behind_a_relay(own_redis: OwnRedis) -> AsyncIterator[tuple[TcpRelay, str]]:
    async with relaying(lambda: asyncio.open_unix_connection(str(own_redis.path))) as relay:
        yield relay, f"redis://127.0.0.1:{relay.port}"


async def test_a_half_open_channel_is_noticed_and_listened_to_again(
    tmp_path: Path, own_redis: OwnRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel, "SILENCE_S", 0.2)
    async with (
        behind_a_relay(own_redis) as (relay, url),
        open_house(tmp_path, redis_url=own_redis.url) as there,
        open_house(tmp_path, redis_url=url) as here,
    ):
        clerk = await here.demo("clerk")
        specialist = await there.demo("specialist")
        await specialist.do("presence.set", state="available", sound_unlocked=True)
        heard: list[object] = []

        async def note(event: object) -> None:
            heard.append(event)

        here.running.ports.bus.subscribe(note)
        relay.forget()  # the connections look alive and nothing comes through any more
        await until_here(lambda: any(isinstance(event, NewsMissed) for event in heard))
        call = await clerk.do("call.request", **request_body())
        ring = await specialist.expect("offer.made")
        await specialist.do("offer.accept", call_id=call["call_id"], offer_id=ring["offer"]["offer_id"])
        await clerk.expect("call.changed", lambda one: one["state"] == "connected")


async def test_a_channel_the_server_ended_is_listened_to_again(tmp_path: Path, own_redis: OwnRedis) -> None:
    async with in_call(tmp_path, own_redis.url, own_redis.url) as pair:
        async with Redis.from_url(own_redis.url) as redis:
            assert await redis.client_kill_filter(_type="pubsub") >= 2
        await until_async(
            lambda: is_quiet(pair.specialist, pair.call_id), what="the other process", patience_s=20
        )
        assert (await pair.clerk.expect("chat.added"))["chat"]["text"] == "还在"
        assert (await pair.state(), await pair.lost()) == ("connected", [])


async def test_a_service_stops_in_time_though_redis_is_frozen(tmp_path: Path, own_redis: OwnRedis) -> None:
    async with in_call(tmp_path, own_redis.url, own_redis.url):
        own_redis.freeze()
        began = time.monotonic()
    assert time.monotonic() - began < 30.0


async def test_a_slow_redis_is_waited_for(tmp_path: Path, own_redis: OwnRedis) -> None:
    async with behind_a_relay(own_redis) as (relay, url), in_call(tmp_path, own_redis.url, url) as pair:
        relay.uplink = relay.downlink = Impairment(delay_ms=400)
        await pair.specialist.do("chat.send", call_id=pair.call_id, text="慢")
        assert (await pair.clerk.expect("chat.added"))["chat"]["text"] == "慢"
        assert (await pair.state(), await pair.lost()) == ("connected", [])


async def test_a_process_that_starts_without_redis_waits_for_it(
    tmp_path: Path, own_redis: OwnRedis, caplog: pytest.LogCaptureFixture
) -> None:
    own_redis.kill()

    async def come() -> None:
        async with open_house(tmp_path, redis_url=own_redis.url) as here:
            assert (await here.demo("clerk")).staff_id

    coming = asyncio.create_task(come())
    await until_here(lambda: "waits for it" in caplog.text)
    own_redis.start()
    async with asyncio.timeout(30):
        await coming


async def test_a_revocation_nobody_heard_of_holds_within_a_check(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "RECHECK_S", 0.1)
    async with (
        open_house(tmp_path, redis_url=redis_url) as here,
        open_house(tmp_path, redis_url=redis_url) as there,
    ):
        reviewer = await there.demo("reviewer")
        deafen(there)
        admin = await administrator(here)
        await admin.ask("PATCH", f"/api/staff/{reviewer.staff_id}", {"enabled": False})
        assert (await reviewer.expect("signed_out"))["reason"] == "disabled"
        async with asyncio.timeout(10):
            await reviewer.gone.wait()


def deafen(house: House) -> None:
    """Let a process hear nothing of what others say."""
    house.running.ports.bus.channel._take = lambda data: None  # type: ignore[attr-defined]


async def test_a_ring_and_a_cancellation_nobody_heard_of_are_made_up_for(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "COMPARED_EACH_S", 0.2)
    async with (
        open_house(tmp_path, redis_url=redis_url) as here,
        open_house(tmp_path, redis_url=redis_url) as there,
    ):
        await until_here(lambda: here.running.services.waits.leads)
        specialist = await there.demo("specialist")
        await specialist.do("presence.set", state="available", sound_unlocked=True)
        deafen(there)
        clerk = await here.demo("clerk")
        call = await clerk.do("call.request", **request_body())
        ring = await specialist.expect("offer.made")
        await clerk.do("call.cancel", call_id=call["call_id"])
        gone = await specialist.expect("offer.withdrawn")
        assert gone["offer_id"] == ring["offer"]["offer_id"]
        who = Subject.of_staff(clerk.staff_id)
        await until_here(lambda: there.running.services.calls.live_call_of(who) is None)
        again = await here.demo("clerk", beside=clerk)
        assert (await again.do("call.request", **request_body()))["call_id"] != call["call_id"]
