"""One contract for the bus, in memory and over a real Redis; then what only Redis must do."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis
from redis.exceptions import RedisError

from signaling.adapters.memory import bus as memory_bus
from signaling.adapters.memory.bus import open_memory_bus
from signaling.adapters.redis import channel as redis_channel
from signaling.adapters.redis.bus import open_redis_bus
from signaling.adapters.redis.channel import Channel
from signaling.adapters.redis.client import open_redis
from signaling.adapters.redis.events import dump_event, parse_event
from signaling.domain.call_model import CallState
from signaling.domain.events import (
    EVENT_KINDS,
    CallChanged,
    DirectoryChanged,
    DomainEvent,
    NewsMissed,
    OfferMade,
    TodayChanged,
)
from signaling.domain.log_kinds import LogKind
from signaling.services.ports import EventBus
from tests.signaling.adapters.samples import a_call, an_ask

SUBSCRIBERS = 3


@asynccontextmanager
async def opened(kind: str, redis_url: str) -> AsyncIterator[EventBus]:
    if kind == "memory":
        async with open_memory_bus() as bus:
            yield bus
        return
    async with open_redis(redis_url) as client, open_redis_bus(client, "p1") as bus:
        yield bus


@pytest.fixture(params=["memory", "redis"])
async def bus(request: pytest.FixtureRequest, redis_url: str) -> AsyncIterator[EventBus]:
    async with opened(request.param, redis_url) as bus:
        yield bus


def ear(bus: EventBus) -> list[str]:
    """Subscribe; return whose counts changed, as it is heard."""
    heard: list[str] = []

    async def listen(event: DomainEvent) -> None:
        assert isinstance(event, TodayChanged)
        heard.append(event.staff_id)

    bus.subscribe(listen)
    return heard


async def test_every_subscriber_hears_every_event_in_order(bus: EventBus) -> None:
    heard: list[DomainEvent] = []

    async def listen(event: DomainEvent) -> None:
        heard.append(event)

    bus.subscribe(listen)
    bus.subscribe(listen)
    await bus.publish(TodayChanged("a"), TodayChanged("b"))
    assert heard == [TodayChanged("a"), TodayChanged("a"), TodayChanged("b"), TodayChanged("b")]


async def test_a_failing_subscriber_does_not_stop_the_others(bus: EventBus) -> None:
    async def fail(event: DomainEvent) -> None:
        raise RuntimeError("broken")

    bus.subscribe(fail)
    heard = ear(bus)
    await bus.publish(TodayChanged("a"))
    assert heard == ["a"]


async def test_a_subscriber_whose_own_work_is_cancelled_does_not_stop_the_others(bus: EventBus) -> None:
    async def wait_for_what_is_cancelled(event: DomainEvent) -> None:
        work = asyncio.create_task(asyncio.Event().wait())
        work.cancel()
        await work

    bus.subscribe(wait_for_what_is_cancelled)
    heard = ear(bus)
    await bus.publish(TodayChanged("a"))
    await bus.publish(TodayChanged("b"))
    assert heard == ["a", "b"]


async def test_a_subscriber_that_hangs_is_cut_short_and_the_others_hear(
    bus: EventBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory_bus, "PATIENCE_S", 0.02)

    async def hang(event: DomainEvent) -> None:
        await asyncio.Event().wait()

    bus.subscribe(hang)
    heard = ear(bus)
    async with asyncio.timeout(10):
        await bus.publish(TodayChanged("a"), TodayChanged("b"))
    assert heard == ["a", "b"]


async def test_nobody_is_cut_short_because_others_were_slow(bus: EventBus) -> None:
    loop, passed = asyncio.get_running_loop(), 0.0
    time = loop.time
    # Never taken back: timers set on the later clock would wait for it while the bus is closed.
    loop.time = lambda: time() + passed  # type: ignore[method-assign]
    done: list[DomainEvent] = []

    async def dawdle(event: DomainEvent) -> None:
        nonlocal passed
        passed += memory_bus.PATIENCE_S * 0.7
        for _ in range(3):  # what is due by then happens
            await asyncio.sleep(0)
        done.append(event)

    bus.subscribe(dawdle)
    bus.subscribe(dawdle)
    await bus.publish(TodayChanged("a"))
    assert done == [TodayChanged("a")] * 2


async def test_who_unsubscribed_hears_no_more(bus: EventBus) -> None:
    heard: list[DomainEvent] = []

    async def listen(event: DomainEvent) -> None:
        heard.append(event)

    stop = bus.subscribe(listen)
    stop()
    await bus.publish(TodayChanged("a"))
    assert heard == []


async def test_later_subscribers_hear_causes_before_effects(bus: EventBus) -> None:
    async def answer(event: DomainEvent) -> None:
        if event == TodayChanged("cause"):
            await bus.publish(TodayChanged("effect"))

    bus.subscribe(answer)
    heard = ear(bus)
    await bus.publish(TodayChanged("cause"))
    assert heard == ["cause", "effect"], "and the effect is heard when the cause's publication is over"


async def test_events_put_on_under_a_lock_are_heard_when_it_is_free(bus: EventBus) -> None:
    lock = asyncio.Lock()

    async def take_the_lock(event: DomainEvent) -> None:
        if event == TodayChanged("first"):
            async with lock:
                await bus.publish(TodayChanged("second"))

    bus.subscribe(take_the_lock)
    heard = ear(bus)
    async with asyncio.timeout(5):
        async with lock:
            told = bus.publish(TodayChanged("first"))
            await asyncio.sleep(0)
            assert heard == []
        await told
    assert heard == ["first", "second"]


async def test_a_cancelled_publisher_takes_no_event_from_anybody(bus: EventBus) -> None:
    inside, go_on = asyncio.Event(), asyncio.Event()

    async def be_slow(event: DomainEvent) -> None:
        inside.set()
        await go_on.wait()

    bus.subscribe(be_slow)
    heard = ear(bus)

    async def publish() -> None:
        await bus.publish(TodayChanged("a"), TodayChanged("b"))

    publisher = asyncio.create_task(publish())
    await inside.wait()
    publisher.cancel()
    with pytest.raises(asyncio.CancelledError):
        await publisher
    go_on.set()
    await bus.settled()
    assert heard == ["a", "b"]


async def test_settled_waits_for_what_others_published(bus: EventBus) -> None:
    heard = ear(bus)
    bus.publish(TodayChanged("a"))
    bus.publish(TodayChanged("b"))
    await bus.settled()
    assert heard == ["a", "b"]


async def test_a_subscriber_that_waits_for_the_bus_waits_for_nothing(bus: EventBus) -> None:
    async def wait(event: DomainEvent) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(bus.settled())
            if event == TodayChanged("a"):
                await bus.publish(TodayChanged("b"))

    bus.subscribe(wait)
    heard = ear(bus)
    async with asyncio.timeout(5):
        await bus.publish(TodayChanged("a"))
    assert heard == ["a", "b"]


async def test_a_task_that_outlives_its_subscriber_waits_like_anybody(bus: EventBus) -> None:
    left: list[asyncio.Task[None]] = []
    later = asyncio.Event()

    async def work() -> None:
        await later.wait()
        await bus.publish(TodayChanged("b"))
        assert heard == ["a", "b"]

    async def leave_a_task(event: DomainEvent) -> None:
        if event == TodayChanged("a"):
            left.append(asyncio.create_task(work()))

    bus.subscribe(leave_a_task)
    heard = ear(bus)
    await bus.publish(TodayChanged("a"))
    later.set()
    await left[0]


async def test_beyond_the_bound_events_are_dropped_and_the_rest_is_heard(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(memory_bus, "MAX_WAITING", 3)
    async with open_memory_bus() as bus:
        heard = ear(bus)
        await bus.publish(*(TodayChanged(str(number)) for number in range(5)))
        assert heard == ["0", "1", "2"]
        await bus.publish(TodayChanged("later"))
        assert heard == ["0", "1", "2", "later"]
    assert caplog.text.count("TodayChanged dropped") == 2


async def test_nobody_waits_for_a_bus_that_ended() -> None:
    async def hang(event: DomainEvent) -> None:
        await asyncio.Event().wait()

    async with open_memory_bus() as bus:
        bus.subscribe(hang)
        told = bus.publish(TodayChanged("a"))
    async with asyncio.timeout(5):
        await told
        await bus.publish(TodayChanged("b"))
        await bus.settled()


@dataclass(frozen=True)
class Node:
    """An event, and what each subscriber publishes when it hears it."""

    effects: tuple[tuple["Node", ...], ...]
    turns: tuple[int, ...]
    """How often each subscriber lets others run first."""
    name: str = field(default="", compare=False)


TURNS = st.tuples(*[st.integers(0, 2)] * SUBSCRIBERS)
LEAVES = st.builds(Node, st.just(((),) * SUBSCRIBERS), TURNS)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.builds(Node, st.tuples(*[st.lists(inner, max_size=2).map(tuple)] * SUBSCRIBERS), TURNS),
    max_leaves=12,
)


def below(name: str, node: Node) -> dict[str, Node]:
    """Return a tree's events by name; a name begins with the name of the cause."""
    found = {name: node}
    for subscriber, effects in enumerate(node.effects):
        for number, effect in enumerate(effects):
            found |= below(f"{name}/{subscriber}.{number}", effect)
    return found


@pytest.mark.parametrize("kind", ["memory", "redis"])
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(publishers=st.lists(st.lists(TREES, min_size=1, max_size=2), min_size=1, max_size=3))
async def test_any_tree_of_causes_is_heard_in_one_order(
    kind: str, redis_url: str, publishers: list[list[Node]]
) -> None:
    roots = [[f"{who}-{n}" for n in range(len(trees))] for who, trees in enumerate(publishers)]
    nodes: dict[str, Node] = {}
    for names, trees in zip(roots, publishers, strict=True):
        for name, tree in zip(names, trees, strict=True):
            nodes |= below(name, tree)
    async with opened(kind, redis_url) as bus:
        heard: list[list[str]] = [[] for _ in range(SUBSCRIBERS)]

        def subscriber(which: int) -> Callable[[DomainEvent], Awaitable[None]]:
            async def hear(event: DomainEvent) -> None:
                assert isinstance(event, TodayChanged)
                heard[which].append(event.staff_id)
                node = nodes[event.staff_id]
                for _ in range(node.turns[which]):
                    await asyncio.sleep(0)
                for number in range(len(node.effects[which])):
                    await bus.publish(TodayChanged(f"{event.staff_id}/{which}.{number}"))

            return hear

        async def publish(names: list[str]) -> None:
            await bus.publish(*map(TodayChanged, names))
            followed = {name for name in nodes if name.split("/")[0] in names}
            assert all(followed <= set(each) for each in heard), "over when everything that follows is"

        for which in range(SUBSCRIBERS):
            bus.subscribe(subscriber(which))
        async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
            for names in roots:
                tasks.create_task(publish(names))
    assert heard[0] == heard[1] == heard[2]
    assert sorted(heard[0]) == sorted(nodes), "each once"
    place = {name: number for number, name in enumerate(heard[0])}
    assert all(place[name.rpartition("/")[0]] < place[name] for name in nodes if "/" in name)


async def test_other_processes_hear_what_one_publishes_and_it_hears_itself_once(redis_url: str) -> None:
    clients = [Redis.from_url(redis_url) for _ in range(2)]
    async with open_redis_bus(clients[0], "p1") as here, open_redis_bus(clients[1], "p2") as there:
        mine: asyncio.Queue[DomainEvent] = asyncio.Queue()
        theirs: asyncio.Queue[DomainEvent] = asyncio.Queue()
        here.subscribe(mine.put)
        there.subscribe(theirs.put)
        events: list[DomainEvent] = [
            TodayChanged("a"),
            CallChanged(a_call(), (LogKind.CALL_REQUESTED,), "p1"),
        ]
        await here.publish(*events)
        async with asyncio.timeout(10):
            assert [await theirs.get() for _ in events] == events
        await there.publish(DirectoryChanged())
        async with asyncio.timeout(10):
            assert [await mine.get() for _ in range(3)] == [*events, DirectoryChanged()]
        assert mine.empty()
    for client in clients:
        await client.aclose()


def test_events_come_back_as_they_were_written() -> None:
    offer = an_ask("o1", "s1", 1.0, 2.0, "skill|4")
    event = OfferMade(a_call(state=CallState.OFFERED, asks=(offer,)), offer)
    assert parse_event(dump_event(event)) == event
    assert parse_event("SomethingNewer {}") is None


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(sorted(EVENT_KINDS))
    .flatmap(lambda name: st.from_type(EVENT_KINDS[name]))
    .filter(lambda event: not re.search(r"\bnan\b", repr(event)))  # no time is that, and it equals nothing
)
def test_every_kind_of_event_comes_back_as_it_was_written(event: DomainEvent) -> None:
    assert parse_event(dump_event(event)) == event


async def test_what_another_version_says_is_left_out_and_the_next_event_heard(redis_url: str) -> None:
    async with open_redis(redis_url) as client, open_redis_bus(client, "p1") as bus:
        heard: asyncio.Queue[DomainEvent] = asyncio.Queue()
        bus.subscribe(heard.put)
        for said in (b"", b"\xff", b"p2 Unheard {}", b"p2 TodayChanged", b"p2 TodayChanged {}"):
            await client.publish("bangban:events", said)
        await client.publish("bangban:events", f"p2 {dump_event(TodayChanged('a'))}")
        async with asyncio.timeout(10):
            assert await heard.get() == TodayChanged("a")


async def test_who_is_cancelled_while_the_bus_ends_notices(monkeypatch: pytest.MonkeyPatch) -> None:
    ending = asyncio.Event()

    async def listen(channel: Channel) -> None:
        channel.listening.set()
        try:
            await asyncio.Event().wait()
        finally:
            ending.set()
            await asyncio.Event().wait()

    async def use(client: Redis) -> None:
        async with open_redis_bus(client, "p1"):
            pass

    monkeypatch.setattr(Channel, "run", listen)
    using = asyncio.create_task(use(Redis()))
    async with asyncio.timeout(5):
        await ending.wait()
        using.cancel()
        with pytest.raises(asyncio.CancelledError):
            await using


async def test_other_processes_hear_one_process_in_its_order_effects_too(redis_url: str) -> None:
    async with (
        Redis.from_url(redis_url) as one,
        Redis.from_url(redis_url) as other,
        open_redis_bus(one, "p1") as here,
        open_redis_bus(other, "p2") as there,
    ):

        async def answer(event: DomainEvent) -> None:
            if isinstance(event, TodayChanged) and "!" not in event.staff_id:
                await here.publish(TodayChanged(f"{event.staff_id}!"))

        far: asyncio.Queue[DomainEvent] = asyncio.Queue()
        there.subscribe(far.put)
        here.subscribe(answer)
        near = ear(here)
        async with asyncio.TaskGroup() as tasks:
            for name in "abcdefgh":
                tasks.create_task(_await(here.publish(TodayChanged(name))))
        async with asyncio.timeout(10):
            assert [await far.get() for _ in near] == [TodayChanged(name) for name in near]


async def test_who_could_not_listen_for_a_while_learns_that_news_were_missed(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_channel, "RETRY_AFTER_S", 0.01)
    async with (
        Redis.from_url(redis_url, client_name="deafened") as one,
        Redis.from_url(redis_url) as other,
        open_redis_bus(one, "p1") as bus,
    ):
        heard: asyncio.Queue[DomainEvent] = asyncio.Queue()
        bus.subscribe(heard.put)
        [ears] = [one for one in await other.client_list("pubsub") if one["name"] == "deafened"]
        await other.client_kill_filter(_id=ears["id"])
        async with asyncio.timeout(10):
            assert await heard.get() == NewsMissed()


async def test_who_was_not_heard_for_a_while_says_so_before_the_next_event(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        Redis.from_url(redis_url) as one,
        Redis.from_url(redis_url) as other,
        open_redis_bus(one, "p1") as here,
        open_redis_bus(other, "p2") as there,
    ):
        heard: asyncio.Queue[DomainEvent] = asyncio.Queue()
        there.subscribe(heard.put)
        refused = asyncio.Event()

        async def refuse(*_: object) -> None:
            refused.set()
            raise RedisError

        with monkeypatch.context() as away:
            away.setattr(one, "publish", refuse)
            await here.publish(TodayChanged("unheard"))
            async with asyncio.timeout(10):
                await refused.wait()
        await here.publish(TodayChanged("a"), TodayChanged("b"))
        async with asyncio.timeout(10):
            news = [await heard.get() for _ in range(3)]
        assert news == [NewsMissed(), TodayChanged("a"), TodayChanged("b")]


async def test_the_last_words_of_a_process_reach_the_others(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as one, Redis.from_url(redis_url) as other:
        far: asyncio.Queue[DomainEvent] = asyncio.Queue()
        async with open_redis_bus(other, "p2") as there:
            there.subscribe(far.put)
            async with open_redis_bus(one, "p1") as here:
                here.publish(TodayChanged("a"))
            async with asyncio.timeout(10):
                assert await far.get() == TodayChanged("a")


async def _await(told: Awaitable[None]) -> None:
    await told
