"""Network tests in virtual time: a router of its own for each, bounded in number, time and rate."""

import asyncio

import pytest

from signaling.domain.errors import LimitError, NotFoundError
from signaling.domain.session import Direction
from signaling.services.network_tests import AT_ONCE, LIFETIME_S, MOST_TRANSPORTS, PAUSE_S
from tests.signaling.services.fakes import House
from tests.support.until import until_here

CODEC = {"mimeType": "video/VP8", "payloadType": 96, "clockRate": 90000}
VP8 = {"codecs": [CODEC], "encodings": [{"ssrc": 1}]}


def routers(house: House) -> set[str]:
    return {name for name in house.media.routers if name.startswith("network-test")}


async def test_what_is_sent_comes_back_and_nothing_is_left(house: House) -> None:
    tests, clerk = house.services.network_tests, house.actor("wangxiuying")
    socket = await house.connect("wangxiuying")
    assert await tests.open(clerk, socket)
    (router,) = routers(house)
    assert house.media.routers[router] is None, "nothing is recorded"
    sending = await tests.create_transport(clerk, socket, Direction.SEND)
    receiving = await tests.create_transport(clerk, socket, Direction.RECV)
    producer = await tests.produce(clerk, socket, sending.transport_id, "video", VP8)
    consumer = await tests.consume(clerk, socket, receiving.transport_id, producer, VP8)
    assert (consumer.producer_id, consumer.kind, consumer.producer_paused) == (producer, "video", False)
    await tests.close(socket)
    assert routers(house) == set()
    with pytest.raises(NotFoundError, match="network_test_over"):
        await tests.create_transport(clerk, socket, Direction.SEND)


async def test_a_test_ends_with_its_socket_and_with_its_time(house: House) -> None:
    tests, clerk, specialist = house.services.network_tests, house.actor("wangxiuying"), house.actor("liming")
    first, second = await house.connect("wangxiuying"), await house.connect("liming")
    running = asyncio.create_task(tests.run())
    await tests.open(clerk, first)
    await tests.open(specialist, second)
    await house.services.session.socket_lost(first)
    await until_here(lambda: len(routers(house)) == 1)
    house.clock.at += LIFETIME_S + 1
    await tests.open(clerk, first)  # wakes who waits in virtual time
    await until_here(lambda: len(routers(house)) == 1)
    with pytest.raises(NotFoundError, match="network_test_over"):
        await tests.create_transport(specialist, second, Direction.SEND)
    running.cancel()


async def test_tests_are_bounded_in_number_and_rate(house: House) -> None:
    tests, clerk = house.services.network_tests, house.actor("wangxiuying")
    await tests.open(clerk, "tab-0")
    with pytest.raises(LimitError, match="network_test_too_soon"):
        await tests.open(clerk, "tab-1")
    for number in range(1, AT_ONCE):
        house.clock.at += PAUSE_S
        await tests.open(clerk, f"tab-{number}")
    assert len(routers(house)) == AT_ONCE
    house.clock.at += PAUSE_S
    with pytest.raises(LimitError, match="network_tests_busy"):
        await tests.open(clerk, "tab-more")
    await tests.open(clerk, "tab-1")
    assert len(routers(house)) == AT_ONCE, "the socket's earlier one made room"
    for _ in range(MOST_TRANSPORTS):
        await tests.create_transport(clerk, "tab-1", Direction.SEND)
    with pytest.raises(LimitError, match="too_many_transports"):
        await tests.create_transport(clerk, "tab-1", Direction.SEND)


async def test_nobody_touches_the_test_of_another(house: House) -> None:
    tests, clerk, specialist = house.services.network_tests, house.actor("wangxiuying"), house.actor("liming")
    await tests.open(clerk, "hers")
    await tests.open(specialist, "his")
    transport = await tests.create_transport(clerk, "hers", Direction.SEND)
    with pytest.raises(NotFoundError):
        await tests.produce(specialist, "his", transport.transport_id, "video", VP8)
    with pytest.raises(NotFoundError):
        await tests.create_transport(specialist, "hers", Direction.SEND)
