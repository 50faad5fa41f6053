"""Two signalling processes over one database, one bus and one presence: what follows once, happens once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from signaling.adapters.memory.homes import MemoryHomes
from signaling.domain.call_model import CallState
from signaling.domain.errors import SignInError
from signaling.domain.events import DomainEvent, OfferMade, RatingRequested
from signaling.domain.presence import PresenceState
from signaling.services.bundle import build_services
from tests.signaling.services.fakes import House, demo_house, demo_settings


class FollowingLease:
    """The lease of a process that does not lead, until it does."""

    leads = False

    @asynccontextmanager
    async def held(self) -> AsyncIterator[bool]:
        yield self.leads


class FollowingHomes(MemoryHomes):
    """The process that does not lead, by name; rooms are no matter here."""

    process = "following"


@pytest.fixture
async def houses(tmp_path: Path) -> AsyncIterator[tuple[House, House]]:
    """A leading process, and one that joined it later."""
    async with demo_house(tmp_path, demo_settings(alone=False)) as leading:
        ports = replace(leading.ports, lease=FollowingLease(), homes=FollowingHomes())
        services = build_services(ports, demo_settings(alone=False))
        await services.start()
        yield leading, replace(leading, services=services, ports=ports)


def available(house: House) -> int:
    return house.services.routing.available_for("YB-003", "533324204")


async def test_a_call_asked_for_here_is_offered_and_answered_there(houses: tuple[House, House]) -> None:
    leading, following = houses
    heard: list[DomainEvent] = leading.events
    await following.connect("wangxiuying")
    await leading.online("liming")
    call = await following.request()
    assert call.state is CallState.WAITING, "only the leader decides"
    await leading.services.life.settle()
    call = await leading.call(call.call_id)
    assert call.state is CallState.OFFERED
    assert call.offer is not None
    await following.services.calls.accept(following.actor("liming"), call.call_id, call.offer.ask_id)
    for house in houses:
        assert house.services.calls.live_call_of(house.actor("liming").who) == await house.call(call.call_id)
    await leading.services.calls.end(leading.actor("liming"), call.call_id)
    assert len([event for event in heard if isinstance(event, OfferMade)]) == 1
    assert len([event for event in heard if isinstance(event, RatingRequested)]) == 1


async def test_a_miss_is_counted_once(houses: tuple[House, House]) -> None:
    leading, following = houses
    await following.connect("wangxiuying")
    await leading.online("liming")
    await following.request()
    await leading.services.life.settle()
    await leading.pass_time(26)
    await following.services.life.settle()
    assert (await leading.services.presence.of("demo-03")).missed == 1


async def test_every_process_knows_where_the_waiting_stand(houses: tuple[House, House]) -> None:
    leading, following = houses
    for name in ("wangxiuying", "hexiaomei"):
        await following.connect(name)
    await leading.connect("liming")
    calls = [await following.request(name) for name in ("wangxiuying", "hexiaomei")]
    await leading.services.life.settle()
    told = [following.services.waits.of(call.call_id) for call in calls]
    assert [wait.position for wait in told if wait is not None] == [1, 2]
    assert told == [leading.services.waits.of(call.call_id) for call in calls]
    await following.services.calls.cancel(following.actor("wangxiuying"), calls[0].call_id)
    await leading.services.life.settle()
    assert following.services.waits.of(calls[0].call_id) is None
    moved_up = following.services.waits.of(calls[1].call_id)
    assert moved_up is not None
    assert moved_up.position == 1


async def test_a_process_that_starts_later_asks_where_the_waiting_stand(houses: tuple[House, House]) -> None:
    leading, following = houses
    await following.connect("wangxiuying")
    await leading.connect("liming")
    call = await following.request()
    await leading.services.life.settle()
    leading.clock.at += 45
    late = build_services(following.ports, demo_settings(alone=False))
    await late.start()
    assert late.waits.of(call.call_id) is not None
    assert late.waits.of(call.call_id) == leading.services.waits.of(call.call_id)


async def test_whose_turn_it_is_is_known_to_who_takes_the_lead_over(houses: tuple[House, House]) -> None:
    leading, following = houses
    await following.connect("wangxiuying")
    await leading.online("liming")
    await following.request()
    await leading.services.life.settle()
    assert following.services.routing._offered_at == leading.services.routing._offered_at != {}


async def test_a_call_that_waits_is_routed_by_another_when_who_decided_is_gone(
    houses: tuple[House, House], monkeypatch: pytest.MonkeyPatch
) -> None:
    leading, following = houses
    await following.connect("wangxiuying")
    await leading.online("liming")
    call = await following.request()
    assert call.state is CallState.WAITING
    monkeypatch.setattr(FollowingLease, "leads", True)  # the other's lapsed: it died without a word
    await following.pass_time(6)
    assert (await following.call(call.call_id)).state is CallState.OFFERED


async def test_who_does_not_decide_any_more_has_nothing_due(
    houses: tuple[House, House], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, following = houses
    monkeypatch.setattr(FollowingLease, "leads", True)
    await following.connect("wangxiuying")
    await following.online("liming")
    call = await following.request()
    assert call.offer is not None
    await following.services.calls.reject(following.actor("liming"), call.call_id, call.offer.ask_id, "")
    await following.services.life.settle()
    following.clock.at += 89
    monkeypatch.setattr(FollowingLease, "leads", False)
    await following.services.life.settle()
    following.clock.at += 4
    assert following.services.routing.next_deadline() > following.clock.at


async def test_who_comes_back_at_another_process_is_not_set_off_line_by_the_first(
    houses: tuple[House, House],
) -> None:
    leading, following = houses
    await leading.online("liming")
    await leading.services.presence.socket_lost(leading.actor("liming"), "liming-1")
    leading.clock.at += 2
    await following.online("liming")
    await leading.pass_time(20)
    assert (await leading.services.presence.of("demo-03")).state is PresenceState.AVAILABLE


async def test_a_ping_answered_by_a_socket_that_is_gone_keeps_nobody_on_line(
    houses: tuple[House, House],
) -> None:
    leading, _ = houses
    await leading.online("liming")
    await leading.services.presence.socket_lost(leading.actor("liming"), "liming-1")
    leading.clock.at += 1
    await leading.services.presence.beat("demo-03")
    await leading.pass_time(20)
    assert (await leading.services.presence.of("demo-03")).state is PresenceState.OFFLINE


async def test_a_socket_lost_at_one_process_is_known_at_the_others(houses: tuple[House, House]) -> None:
    leading, following = houses
    await leading.online("liming")
    assert available(following) == 1
    await leading.services.presence.socket_lost(leading.actor("liming"), "liming-1")
    assert available(following) == 0


async def test_whose_old_socket_dies_late_is_in_reach_with_the_next_beat_of_the_new_one(
    houses: tuple[House, House],
) -> None:
    leading, following = houses
    await leading.online("liming")
    await following.online("liming")
    await leading.services.presence.socket_lost(leading.actor("liming"), "liming-1")
    assert available(following) == 0
    await following.services.presence.beat("demo-03")
    assert (available(leading), available(following)) == (1, 1)


async def test_a_process_that_joins_leaves_running_calls_alone(tmp_path: Path) -> None:
    async with demo_house(tmp_path) as house:
        await house.connect("wangxiuying")
        await house.online("liming")
        call = await house.accept(await house.request())
        joining = build_services(house.ports, demo_settings(alone=False))
        await joining.start()
        assert (await house.call(call.call_id)).state is CallState.CONNECTED


async def test_a_pad_is_paired_at_whichever_process_it_reaches_and_once(houses: tuple[House, House]) -> None:
    leading, following = houses
    pads, beside = leading.services.pads, following.services.pads
    old, _ = await pads.code(leading.actor("wangxiuying"))
    code, _ = await beside.code(following.actor("wangxiuying"))
    made = await pads.pair(code, "10.0.0.1")
    assert (await beside.actor_of(made.token, "10.0.0.1")).who.id == made.pad.pad_id
    for spent in (old, code):
        with pytest.raises(SignInError, match="pad_code_wrong"):
            await beside.pair(spent, "10.0.0.1")
