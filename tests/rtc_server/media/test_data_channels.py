"""Data channels through the real media process: browsers and pymediasoup, both ways, beside media."""

import asyncio

from playwright.async_api import Browser

from rtc_server.owner_events import DataEnd, DataEndClosed
from tests.rtc_server.media.stage import Actor, Stage
from tests.rtc_server.media.test_chromium import two
from tests.rtc_server.media.test_pymediasoup import person
from tests.support.until import until_here

MANY = 60
"""Below what a peer may save up (200 messages/s), above what one flight of SCTP carries."""


async def send_numbers(actor: Actor, channel: str, count: int) -> None:
    for number in range(count):
        await actor.call("sendData", channel, str(number))


def texts(received: object, channel: str) -> list[str]:
    assert isinstance(received, list)
    return [entry["text"] for entry in received if entry["channel"] == channel]


async def test_every_kind_of_message_arrives_as_it_was_sent(
    stage: Stage, browser: Browser, origin: str
) -> None:
    alice, bob = await two(stage, browser, origin, sctp=True)
    reliable = await alice.produce_data(label="chat")
    unreliable = await alice.produce_data(label="pointer", ordered=False, maxRetransmits=0)
    await bob.consume_data(reliable)
    await bob.consume_data(unreliable)
    for message in ("hello", "", 5, 0, 100_000):
        await alice.call("sendData", reliable, message)
    await alice.call("sendData", unreliable, "here")
    received = await bob.until("received", "", lambda got: len(got) == 6)
    chat = [(entry["size"], entry["text"]) for entry in received if entry["channel"] == "chat"]
    assert chat == [(5, "hello"), (0, ""), (5, None), (0, None), (100_000, None)]
    assert texts(received, "pointer") == ["here"]


async def test_both_ways_at_once_in_order_beside_pictures(
    stage: Stage, browser: Browser, origin: str
) -> None:
    alice, bob = await two(stage, browser, origin, sctp=True)
    picture = await bob.consume(await alice.produce("video"))
    ask, answer = await alice.produce_data(label="ask"), await bob.produce_data(label="answer")
    await bob.consume_data(ask)
    await alice.consume_data(answer)
    await asyncio.gather(send_numbers(alice, ask, MANY), send_numbers(bob, answer, MANY))
    numbers = [str(number) for number in range(MANY)]
    for actor, channel in ((bob, "ask"), (alice, "answer")):
        received = await actor.until("received", "", lambda got: len(got) >= MANY)
        assert texts(received, channel) == numbers
    await bob.more_frames(picture)
    [sent] = (await alice.stats("send"))["dataProducers"]
    assert (sent["id"], sent["messages"], sent["bytes"]) == (ask, MANY, sum(map(len, numbers)))


async def test_channels_live_on_when_ice_restarts(stage: Stage, browser: Browser, origin: str) -> None:
    alice, bob = await two(stage, browser, origin, sctp=True)
    channel = await alice.produce_data(label="chat")
    await bob.consume_data(channel)
    await alice.call("sendData", channel, "before")
    await bob.until("received", "", lambda got: len(got) == 1)
    await alice.restart_ice("send")
    await bob.restart_ice("recv")
    await alice.call("sendData", channel, "after")
    received = await bob.until("received", "", lambda got: len(got) == 2)
    assert texts(received, "chat") == ["before", "after"]


async def test_a_closed_channel_is_closed_at_the_other_end_and_its_stream_is_used_again(
    stage: Stage, browser: Browser, origin: str
) -> None:
    alice, bob = await two(stage, browser, origin, sctp=True)
    first = await alice.produce_data(label="first")
    await bob.consume_data(first)
    await stage.client.request("dataProducer.close", {"dataProducerId": first})
    closed = await stage.until_event(DataEndClosed)
    assert (closed.end, closed.transport_id) == (DataEnd.CONSUMER, bob.transport_id("recv"))
    assert closed.reason == "producer_closed"
    await bob.until("closedChannels", "", lambda labels: labels == ["first"])
    second = await alice.produce_data(label="second")
    await bob.consume_data(second)
    await alice.call("sendData", second, "again")
    received = await bob.until("received", "", lambda got: len(got) == 1)
    assert texts(received, "second") == ["again"]


async def test_a_flood_of_messages_ends_the_channels_and_nothing_else(
    stage: Stage, browser: Browser, origin: str
) -> None:
    alice, bob = await two(stage, browser, origin, sctp=True)
    picture = await bob.consume(await alice.produce("video"))
    await bob.more_frames(picture)
    channel = await alice.produce_data(label="flood")
    await bob.consume_data(channel)
    await alice.call("flood", channel, 2000)
    ended = {(await stage.until_event(DataEndClosed)).end for _ in DataEnd}
    assert ended == set(DataEnd)
    assert (await alice.stats("send"))["dataProducers"] == []
    await bob.more_frames(picture)


async def test_a_browser_and_pymediasoup_message_each_other(
    stage: Stage, browser: Browser, origin: str
) -> None:
    alice = await stage.enter(browser, origin, "alice", sctp=True)
    async with person(stage.client, "ben", stage.capabilities) as ben:
        asks = await alice.produce_data(label="ask")
        asked = await ben.consume_data(asks)
        answers = await ben.transports["send"].produceData(label="answer")
        await alice.consume_data("ben-data")
        await until_here(lambda: asked.readyState == answers.readyState == "open")
        heard: asyncio.Queue[str] = asyncio.Queue()
        asked.on("message", heard.put_nowait)
        await alice.call("sendData", asks, "where?")
        async with asyncio.timeout(10):
            assert await heard.get() == "where?"
        answers.send("here")
        received = await alice.until("received", "", lambda got: len(got) == 1)
        assert texts(received, "answer") == ["here"]
