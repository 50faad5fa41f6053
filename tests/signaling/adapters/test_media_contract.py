"""One contract for a media process: the tests' fake, and the real control server over its Unix socket.

Both are asked through the product's own adapter; results, refusals, events and their order are the same.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest

from recording.config import TapSettings
from recording.tap import RecordingTapHost
from rtc_server.config import MediaConfig
from rtc_server.importance import Importance
from rtc_server.owner_events import (
    ConsumerClosed,
    ConsumerProducerPaused,
    ProducerClosed,
    TransportState,
    TransportStateChanged,
)
from rtc_server.server.control import ControlServer
from rtc_server.tap_commands import OpenTap, TrackTags
from signaling.adapters.media.plane import Connect, RtcMediaPlane, connect_to, open_media_plane
from signaling.domain.errors import DomainError, InvalidError, NotFoundError, StateError
from signaling.services.ports import MediaEvent, MediaProcessRestarted
from tests.rtc_server.media.peer import vp8_parameters
from tests.support.fake_media import FakeMedia

FINGERPRINTS = {"role": "client", "fingerprints": [{"algorithm": "sha-256", "value": "00:" * 31 + "00"}]}

TAGS = TrackTags("clerk", "camera", 1, True)


class Process(Protocol):
    """A media process that can be reached, and can die and come back."""

    connect: Connect

    async def restart(self) -> str:
        """Die and come back; return the new epoch."""
        ...


class Fake:
    """The tests' fake."""

    def __init__(self) -> None:
        self.media = FakeMedia()
        self.connect: Connect = self.media.connect

    async def restart(self) -> str:
        self.media.restart()
        return self.media.epoch


class Real:
    """The product's, in this loop, recording too."""

    def __init__(self, folder: Path, stack: AsyncExitStack) -> None:
        self._config = MediaConfig(
            listen_addresses=("127.0.0.1",), port=0, control_path=str(folder / "control")
        )
        self._stack = stack
        self._life = AsyncExitStack()
        self.connect = connect_to(f"unix:{self._config.control_path}", "", process="p")

    async def start(self) -> str:
        self._life = await self._stack.enter_async_context(AsyncExitStack())
        host = RecordingTapHost(TapSettings())
        self._life.callback(host.close)
        server = await self._life.enter_async_context(ControlServer(self._config, host))
        return server.media.epoch

    async def restart(self) -> str:
        await self._life.aclose()
        return await self.start()


@asynccontextmanager
async def process(kind: str, folder: Path) -> AsyncIterator[Process]:
    if kind == "fake":
        yield Fake()
        return
    async with AsyncExitStack() as stack:
        real = Real(folder, stack)
        await real.start()
        yield real


@dataclass
class On:
    """A plane with a clerk who sends a camera and an adviser who gets it."""

    plane: RtcMediaPlane
    process: Process
    events: AsyncIterator[MediaEvent]
    made: dict[str, Any]

    async def told(self) -> list[MediaEvent]:
        """Return what was told so far; a transport is made and closed to know the end."""
        await self.plane.create_router("mark", None)
        await self.plane.create_transport("mark", "mark", "send", sctp=False)
        await self.plane.close_router("mark")
        end = TransportStateChanged("mark", "mark", TransportState.CLOSED, "closed")
        found: list[MediaEvent] = []
        async with asyncio.timeout(10):
            async for event in self.events:
                if event == end:
                    return found
                found.append(event)
        raise AssertionError("the plane lives")


@pytest.fixture(params=["fake", "real"])
async def on(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[On]:
    async with process(request.param, tmp_path) as running, open_media_plane(running.connect) as plane:
        made = {"router": await plane.create_router("call", OpenTap(str(tmp_path / "journals"), "call"))}
        for transport_id, direction in (("clerk", "send"), ("adviser", "recv"), ("third", "recv")):
            made[transport_id] = await plane.create_transport("call", transport_id, direction, sctp=False)
        made["camera"] = await plane.produce(
            "clerk", "camera", "video", vp8_parameters(1), TAGS, paused=False
        )
        capabilities = {"codecs": [VP8], "headerExtensions": []}
        for name in ("adviser", "third"):
            made[f"{name}-gets"] = await plane.consume(
                name, f"{name}-gets", "camera", capabilities, Importance.CAMERA, paused=True
            )
        yield On(plane, running, aiter(plane.events()), made)


VP8 = {
    "kind": "video",
    "mimeType": "video/VP8",
    "preferredPayloadType": 96,
    "clockRate": 90000,
    "parameters": {},
    "rtcpFeedback": [],
}


async def test_results_carry_what_a_client_needs(on: On) -> None:
    assert on.made["router"].keys() == {"codecs", "headerExtensions"}
    assert on.made["router"]["codecs"]
    transport = on.made["clerk"]
    assert transport.keys() == {"id", "iceParameters", "iceCandidates", "dtlsParameters"}
    assert transport["id"] == "clerk"
    assert transport["iceParameters"].keys() == {"usernameFragment", "password", "iceLite"}
    assert {"ip", "port", "protocol"} <= transport["iceCandidates"][0].keys()
    assert transport["dtlsParameters"].keys() == {"role", "fingerprints"}
    assert on.made["camera"] == {"id": "camera", "type": "simple"}
    consumer = on.made["adviser-gets"]
    assert consumer.pop("rtpParameters").keys() >= {"codecs"}
    assert consumer == {
        "id": "adviser-gets",
        "producerId": "camera",
        "kind": "video",
        "type": "simple",
        "producerPaused": False,
    }


async def test_a_transport_has_data_channels_when_it_asks_for_them(on: On) -> None:
    made = await on.plane.create_transport("call", "helper", "send", sctp=True)
    assert {"port": 5000, "maxMessageSize": 262_144}.items() <= made["sctpParameters"].items()


async def test_the_same_router_again_changes_nothing(on: On) -> None:
    assert await on.plane.create_router("call", None) == on.made["router"]
    await on.plane.pause_recording("call", "身份证")
    assert await on.told() == []


async def test_lines_are_told_of_by_transport_and_none_of_another_router(on: On) -> None:
    lines = await on.plane.lines("call")
    assert lines.keys() == {"clerk", "adviser", "third"}
    assert {(line.received, line.sent, line.rtt_ms) for line in lines.values()} == {(0, 0, None)}
    await on.plane.create_router("other", None)
    assert await on.plane.lines("other") == {}
    await refused(on.plane.lines("no such call"), NotFoundError, "not_found")


async def test_a_producer_that_pauses_is_told_to_whoever_gets_it_once(on: On) -> None:
    for _ in range(2):
        await on.plane.pause_producer("camera")
    for _ in range(2):
        await on.plane.resume_producer("camera")
    assert await on.told() == [
        ConsumerProducerPaused("call", "adviser", "adviser-gets", True),
        ConsumerProducerPaused("call", "third", "third-gets", True),
        ConsumerProducerPaused("call", "adviser", "adviser-gets", False),
        ConsumerProducerPaused("call", "third", "third-gets", False),
    ]


async def test_a_closed_producer_takes_its_consumers_with_it_first(on: On) -> None:
    await on.plane.close_producer("camera")
    assert await on.told() == [
        ConsumerClosed("call", "adviser", "adviser-gets", "camera", "producer_closed"),
        ConsumerClosed("call", "third", "third-gets", "camera", "producer_closed"),
        ProducerClosed("call", "camera", "closed"),
    ]
    await refused(on.plane.resume_consumer("third-gets"), NotFoundError, "not_found")


async def test_a_closed_consumer_is_not_told_to_who_closed_it(on: On) -> None:
    await on.plane.pause_consumer("third-gets")
    await on.plane.resume_consumer("third-gets")
    await on.plane.view_consumer("third-gets", 0)
    await on.plane.close_consumer("third-gets")
    assert await on.told() == []
    await refused(on.plane.close_consumer("third-gets"), NotFoundError, "not_found")


async def test_a_closed_transport_ends_what_is_on_it_and_then_itself(on: On) -> None:
    await on.plane.close_transport("third")
    await on.plane.close_transport("clerk")
    assert await on.told() == [
        ConsumerClosed("call", "third", "third-gets", "camera", "transport_closed"),
        TransportStateChanged("call", "third", TransportState.CLOSED, "closed"),
        ConsumerClosed("call", "adviser", "adviser-gets", "camera", "producer_closed"),
        ProducerClosed("call", "camera", "closed"),
        TransportStateChanged("call", "clerk", TransportState.CLOSED, "closed"),
    ]


async def test_a_closed_router_ends_what_is_in_it_before_its_connections(on: On) -> None:
    await on.plane.close_router("call")
    told = await on.told()
    assert told == [
        ConsumerClosed("call", "adviser", "adviser-gets", "camera", "producer_closed"),
        ConsumerClosed("call", "third", "third-gets", "camera", "producer_closed"),
        ProducerClosed("call", "camera", "closed"),
        *(
            TransportStateChanged("call", name, TransportState.CLOSED, "closed")
            for name in ("clerk", "adviser", "third")
        ),
    ]
    [figures] = await on.plane.stats()
    assert [figures[name] for name in ("routers", "transports", "producers", "consumers")] == [0, 0, 0, 0]
    await refused(on.plane.close_router("call"), NotFoundError, "not_found")


async def test_a_client_connects_its_transport_once_and_may_find_a_new_path(on: On) -> None:
    await on.plane.connect_transport("clerk", FINGERPRINTS)
    await refused(on.plane.connect_transport("clerk", FINGERPRINTS), StateError, "bad_state")
    again = await on.plane.restart_ice("clerk")
    before = on.made["clerk"]["iceParameters"]
    assert again.keys() == before.keys()
    assert again["usernameFragment"] != before["usernameFragment"]
    assert await on.told() == [TransportStateChanged("call", "clerk", TransportState.CONNECTING, None)]


async def test_what_is_taken_or_elsewhere_is_malformed(on: On) -> None:
    plane = on.plane
    await plane.create_router("elsewhere", None)
    await plane.create_transport("elsewhere", "stranger", "recv", sctp=False)
    parameters, capabilities = vp8_parameters(9, mid="9"), {"codecs": [VP8], "headerExtensions": []}
    for attempt in (
        plane.create_transport("call", "clerk", "send", sctp=False),
        plane.produce("clerk", "camera", "video", parameters, TAGS, paused=False),
        plane.consume("adviser", "third-gets", "camera", capabilities, Importance.CAMERA, paused=False),
        plane.consume("stranger", "new", "camera", capabilities, Importance.CAMERA, paused=False),
    ):
        await refused(attempt, InvalidError, "malformed")
    assert await on.told() == []


NOBODY: list[Callable[[RtcMediaPlane], Awaitable[object]]] = [
    lambda plane: plane.close_router("nobody"),
    lambda plane: plane.create_transport("nobody", "t", "send", sctp=False),
    lambda plane: plane.connect_transport("nobody", FINGERPRINTS),
    lambda plane: plane.restart_ice("nobody"),
    lambda plane: plane.close_transport("nobody"),
    lambda plane: plane.produce("nobody", "p", "video", vp8_parameters(5), TAGS, paused=False),
    lambda plane: plane.pause_producer("nobody"),
    lambda plane: plane.resume_producer("nobody"),
    lambda plane: plane.close_producer("nobody"),
    lambda plane: plane.consume("adviser", "c", "nobody", {"codecs": [VP8]}, Importance.CAMERA, paused=False),
    lambda plane: plane.consume("nobody", "c", "camera", {"codecs": [VP8]}, Importance.CAMERA, paused=False),
    lambda plane: plane.pause_consumer("nobody"),
    lambda plane: plane.resume_consumer("nobody"),
    lambda plane: plane.close_consumer("nobody"),
    lambda plane: plane.pause_recording("nobody", "x"),
    lambda plane: plane.resume_recording("nobody"),
]


@pytest.mark.parametrize("attempt", NOBODY)
async def test_what_is_not_there_is_not_found(
    on: On, attempt: Callable[[RtcMediaPlane], Awaitable[object]]
) -> None:
    await refused(attempt(on.plane), NotFoundError, "not_found")


async def test_a_router_that_is_not_recorded_has_nothing_to_pause(on: On) -> None:
    await on.plane.create_router("unrecorded", None)
    await refused(on.plane.pause_recording("unrecorded", "x"), NotFoundError, "not_found")
    await on.plane.pause_recording("call", "身份证", ("clerk/camera",))
    await on.plane.resume_recording("call")
    assert await on.told() == []


async def test_a_new_life_is_told_and_begins_with_nothing(on: On) -> None:
    before = on.plane.epoch
    epoch = await on.process.restart()
    async with asyncio.timeout(10):
        async for event in on.events:
            if isinstance(event, MediaProcessRestarted):
                break
    assert event == MediaProcessRestarted(epoch)
    assert on.plane.epoch == epoch != before
    await refused(on.plane.close_producer("camera"), NotFoundError, "not_found")
    await on.plane.create_router("call", None)


async def refused(attempt: Awaitable[object], kind: type[DomainError], code: str) -> None:
    with pytest.raises(kind) as refusal:
        await attempt
    assert refusal.value.code == code
