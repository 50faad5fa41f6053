"""The control channel: greeting, refusals with stable codes, replacement, bounds."""

import asyncio
import os
import socket
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rtc_server.config import MediaConfig
from rtc_server.errors import (
    LimitError,
    MalformedError,
    MediaError,
    NotFoundError,
    StateError,
    UnsupportedError,
)
from rtc_server.owner_events import ProducerClosed, SpeakerChanged, TransportState, TransportStateChanged
from rtc_server.server import control
from rtc_server.server.client import MediaClient
from rtc_server.server.control import ControlServer
from rtc_server.server.frames import encode_frame, read_frame
from rtc_server.tap_commands import TAP_OPENINGS, OpenTap
from tests.rtc_server.media.peer import vp8_parameters
from tests.rtc_server.server.host import hosted
from tests.support.until import until_here

FINGERPRINT = {"algorithm": "sha-256", "value": ":".join(["AB"] * 32)}


async def with_transport(client: MediaClient, **options: Any) -> dict[str, Any]:
    await client.request("router.create", {"routerId": "r"})
    return await client.request(
        "transport.create", {"routerId": "r", "transportId": "t", "direction": "send", **options}
    )


async def test_hello_names_the_process_life_and_where_it_listens() -> None:
    async with hosted() as on:
        assert on.client.hello["pid"] == os.getpid()
        assert len(on.client.epoch) == 16
        assert {entry["protocol"] for entry in on.client.hello["candidates"]} == {"udp", "tcp"}


async def test_unix_socket_is_for_its_owner_alone() -> None:
    async with hosted() as on:
        assert stat.S_IMODE(os.stat(on.path).st_mode) == 0o600


async def test_unix_socket_can_be_found_only_once_it_answers_its_owner_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found: list[tuple[int, bool]] = []
    rename = os.rename

    def look_and_rename(coming: str, path: str) -> None:
        with socket.socket(socket.AF_UNIX) as early:
            early.connect(coming)
        found.append((stat.S_IMODE(os.stat(coming).st_mode), Path(path).exists()))
        rename(coming, path)

    monkeypatch.setattr(os, "rename", look_and_rename)
    async with hosted() as on:
        assert found == [(0o600, False)]
        assert os.listdir(Path(on.path).parent) == [Path(on.path).name]


async def test_transport_has_everything_a_client_needs() -> None:
    async with hosted() as on:
        options = await with_transport(on.client, sctp=True)
        assert len(options["iceParameters"]["usernameFragment"]) == 32
        assert options["iceParameters"]["iceLite"] is True
        assert options["dtlsParameters"]["role"] == "auto"
        assert options["dtlsParameters"]["fingerprints"][-1]["algorithm"] == "sha-256"
        udp, tcp = options["iceCandidates"]
        assert udp["priority"] > tcp["priority"]
        assert (udp["protocol"], tcp["protocol"], tcp["tcpType"]) == ("udp", "tcp", "passive")
        assert udp["address"] == udp["ip"] == "127.0.0.1"
        assert options["sctpParameters"]["maxMessageSize"] == 262_144


async def test_router_create_is_idempotent() -> None:
    async with hosted() as on:
        first = await on.client.request("router.create", {"routerId": "r"})
        assert await on.client.request("router.create", {"routerId": "r"}) == first


@pytest.mark.parametrize(
    ("method", "params", "error"),
    [
        ("no.such", {}, UnsupportedError),
        ("router.close", {"routerId": "x"}, NotFoundError),
        ("router.create", {}, MalformedError),
        ("router.create", {"routerId": ""}, MalformedError),
        ("router.create", {"routerId": "x" * 65}, MalformedError),
        ("router.create", {"routerId": 7}, MalformedError),
        (
            "transport.create",
            {"routerId": "r", "transportId": "t", "direction": "send", "sctp": False},
            MalformedError,
        ),
        (
            "transport.create",
            {"routerId": "r", "transportId": "u", "direction": "up", "sctp": False},
            MalformedError,
        ),
        ("transport.connect", {"transportId": "t", "dtlsParameters": {}}, MalformedError),
        ("transport.connect", {"transportId": "t", "dtlsParameters": {"fingerprints": []}}, MalformedError),
        (
            "transport.connect",
            {
                "transportId": "t",
                "dtlsParameters": {"fingerprints": [{"algorithm": "md5", "value": "00"}]},
            },
            UnsupportedError,
        ),
        (
            "producer.create",
            {"transportId": "t", "producerId": "p", "kind": "video", "rtpParameters": {}},
            MalformedError,
        ),
        ("producer.pause", {"producerId": "p"}, NotFoundError),
        (
            "consumer.create",
            {"transportId": "t", "consumerId": "c", "producerId": "p", "rtpCapabilities": {}},
            NotFoundError,
        ),
        (
            "dataProducer.create",
            {"transportId": "t", "dataProducerId": "d", "sctpStreamParameters": {"streamId": 0}},
            StateError,
        ),
        ("tap.open", {"routerId": "r", "tap": TAP_OPENINGS.write(OpenTap("/x", "refused"))}, StateError),
        ("tap.open", {"routerId": "r", "tap": {"directory": "/x"}}, MalformedError),
        ("router.create", {"routerId": "other", "tap": {}}, MalformedError),
        ("tap.control", {"routerId": "r", "command": {}}, MalformedError),
        ("tap.control", {"routerId": "r", "command": {"is": "Dance"}}, MalformedError),
        ("tap.control", {"routerId": "r", "command": {"is": "PauseTap", "tracks": None}}, MalformedError),
        ("tap.control", {"routerId": "r", "command": {"is": "ResumeTap", "tracks": "all"}}, MalformedError),
    ],
)
async def test_refusals_have_stable_codes(
    method: str, params: dict[str, Any], error: type[MediaError]
) -> None:
    async with hosted() as on:
        await with_transport(on.client)
        with pytest.raises(error):
            await on.client.request(method, params)
        assert (await on.client.request("stats"))["transports"] == 1


async def test_second_connect_is_refused() -> None:
    async with hosted() as on:
        await with_transport(on.client)
        request = {"transportId": "t", "dtlsParameters": {"role": "client", "fingerprints": [FINGERPRINT]}}
        await on.client.request("transport.connect", request)
        with pytest.raises(StateError):
            await on.client.request("transport.connect", request)


async def test_several_encodings_are_one_producer() -> None:
    async with hosted() as on:
        await with_transport(on.client)
        parameters = vp8_parameters(1) | {"encodings": [{"rid": "l"}, {"rid": "h"}]}
        answer = await on.client.request(
            "producer.create",
            {"transportId": "t", "producerId": "p", "kind": "video", "rtpParameters": parameters},
        )
        assert answer == {"id": "p", "type": "simulcast"}


async def test_producer_of_another_call_cannot_be_consumed() -> None:
    async with hosted() as on:
        await with_transport(on.client)
        await on.client.request(
            "producer.create",
            {"transportId": "t", "producerId": "p", "kind": "video", "rtpParameters": vp8_parameters(1)},
        )
        capabilities = (await on.client.request("router.create", {"routerId": "other"}))["rtpCapabilities"]
        await on.client.request(
            "transport.create", {"routerId": "other", "transportId": "u", "direction": "recv", "sctp": False}
        )
        with pytest.raises(MalformedError):
            await on.client.request(
                "consumer.create",
                {
                    "transportId": "u",
                    "consumerId": "c",
                    "producerId": "p",
                    "rtpCapabilities": capabilities,
                    "paused": False,
                },
            )


@pytest.mark.parametrize(
    ("limit", "method", "params"),
    [
        ("max_routers", "router.create", lambda n: {"routerId": f"r{n}"}),
        (
            "max_transports_per_router",
            "transport.create",
            lambda n: {"routerId": "r", "transportId": f"t{n}", "direction": "send", "sctp": False},
        ),
        (
            "max_producers_per_transport",
            "producer.create",
            lambda n: {
                "transportId": "t",
                "producerId": f"p{n}",
                "kind": "video",
                "rtpParameters": vp8_parameters(10 * n, mid=str(n)),
            },
        ),
    ],
)
async def test_what_can_grow_has_a_bound(limit: str, method: str, params: Any) -> None:
    async with hosted(**{limit: 3}) as on:
        await with_transport(on.client)
        answers = [on.client.request(method, params(number)) for number in range(1, 6)]
        outcomes = await asyncio.gather(*answers, return_exceptions=True)
        assert isinstance(outcomes[0], dict)
        assert isinstance(outcomes[-1], LimitError)


async def test_controllers_of_different_names_stand_beside_each_other() -> None:
    async with hosted() as on, MediaClient.connect(on.path, controller="b") as second:
        await with_transport(on.client)
        await second.request("router.create", {"routerId": "other"})
        for client in (on.client, second):
            assert (await client.request("stats"))["routers"] == 2
        for router in ("r", "other"):
            on.server.media._on_event(SpeakerChanged(router, "somebody"))
        assert (await on.until_event(SpeakerChanged)).router_id == "r"
        assert await anext(aiter(second.events())) == SpeakerChanged("other", "somebody")


async def test_who_creates_a_router_again_takes_it_over() -> None:
    async with hosted() as on, MediaClient.connect(on.path, controller="b") as second:
        await with_transport(on.client)
        await second.request("router.create", {"routerId": "r"})
        await on.client.request("transport.close", {"transportId": "t"})
        told = await anext(aiter(second.events()))
        assert isinstance(told, TransportStateChanged)
        assert (told.transport_id, told.state) == ("t", TransportState.CLOSED)


async def test_a_controller_that_is_back_is_told_of_its_routers_again() -> None:
    async with hosted() as on:
        async with MediaClient.connect(on.path, controller="b") as first:
            await first.request("router.create", {"routerId": "r"})
        on.server.media._on_event(SpeakerChanged("r", "unheard"))
        async with MediaClient.connect(on.path, controller="b") as back:
            on.server.media._on_event(SpeakerChanged("r", "heard"))
            assert await anext(aiter(back.events())) == SpeakerChanged("r", "heard")


async def test_one_controller_that_does_not_read_disturbs_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "MAX_BACKLOG_BYTES", 100_000)
    async with hosted() as on:
        await with_transport(on.client)
        reader, writer = await asyncio.open_unix_connection(on.path)
        writer.write(encode_frame({"id": 1, "method": "hello", "params": {"controller": "deaf"}}))
        writer.write(encode_frame({"id": 2, "method": "router.create", "params": {"routerId": "d"}}))
        assert [(await read_frame(reader, max_bytes=1 << 20) or {})["ok"] for _ in range(2)] == [True, True]
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        for _ in range(20_000):
            on.server.media._on_event(SpeakerChanged("d", "somebody"))
        await until_here(lambda: "deaf" not in on.server._controllers)
        assert (await on.client.request("stats"))["transports"] == 1
        writer.close()


async def test_controllers_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "MAX_CONTROLLERS", 2)
    async with hosted() as on, MediaClient.connect(on.path, controller="b"):
        with pytest.raises(LimitError):
            async with MediaClient.connect(on.path, controller="c"):
                pass
        with pytest.raises(MalformedError):
            async with MediaClient.connect(on.path, controller="x" * 65):
                pass
        assert (await on.client.request("stats"))["routers"] == 0


async def test_a_controller_of_the_same_name_replaces_the_old_one_and_media_goes_on() -> None:
    async with hosted() as on:
        await with_transport(on.client)
        async with MediaClient.connect(on.path) as second:
            assert second.epoch == on.client.epoch
            assert (await second.request("stats"))["transports"] == 1
            with pytest.raises(MediaError) as refusal:
                await on.client.request("stats")
            assert refusal.value.code == "media_unreachable"


async def test_requests_in_flight_are_answered_in_order() -> None:
    async with hosted() as on:
        await with_transport(on.client)
        request = {"transportId": "t", "dtlsParameters": {"role": "client", "fingerprints": [FINGERPRINT]}}
        answers = await asyncio.gather(
            on.client.request("transport.connect", request),
            on.client.request("transport.stats", {"transportId": "t"}),
            on.client.request("transport.close", {"transportId": "t"}),
            on.client.request("transport.stats", {"transportId": "t"}),
            return_exceptions=True,
        )
        assert answers[0] == {}
        assert isinstance(answers[1], dict)
        assert answers[1]["state"] == "connecting"
        assert answers[2] == {}
        assert isinstance(answers[3], NotFoundError)


async def test_closing_a_router_closes_all_that_is_in_it() -> None:
    async with hosted() as on:
        await with_transport(on.client)
        await on.client.request(
            "producer.create",
            {"transportId": "t", "producerId": "p", "kind": "video", "rtpParameters": vp8_parameters(1)},
        )
        await on.client.request("router.close", {"routerId": "r"})
        assert (await on.until_event(ProducerClosed)).reason == "closed"
        assert (await on.until_event(TransportStateChanged)).state is TransportState.CLOSED
        stats = await on.client.request("stats")
        assert (stats["routers"], stats["transports"], stats["producers"]) == (0, 0, 0)


async def raw(path: str, *frames: bytes) -> list[dict[str, Any]]:
    """Send bytes on a connection of their own and return what comes until it is cut."""
    reader, writer = await asyncio.open_unix_connection(path)
    for frame in frames:
        writer.write(frame)
    writer.write_eof()
    answers = []
    async with asyncio.timeout(10):
        while (answer := await read_frame(reader, max_bytes=1 << 20)) is not None:
            answers.append(answer)
    writer.close()
    return answers


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param((1 << 20 | 1).to_bytes(4) + b"x", id="longer than allowed"),
        pytest.param(b"\x00\x00\x00\x02{}", id="no hello"),
        pytest.param(b"\x00\x00\x00\x02[]", id="not an object"),
        pytest.param(b"\x00\x00\x00\x03\xff\xff\xff", id="not UTF-8"),
        pytest.param(b"\x00\x00", id="cut"),
        pytest.param(encode_frame({"id": 1, "method": "stats", "params": {}}), id="something else first"),
    ],
)
async def test_what_is_no_greeting_is_cut_and_the_controller_stays(frame: bytes) -> None:
    async with hosted() as on:
        answers = await raw(on.path, frame)
        assert all(not answer["ok"] for answer in answers)
        assert (await on.client.request("stats"))["routers"] == 0


async def test_controller_that_does_not_read_is_cut_and_media_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(control, "MAX_BACKLOG_BYTES", 100_000)
    async with hosted() as on:
        await with_transport(on.client)
        reader, writer = await asyncio.open_unix_connection(on.path)
        writer.write(encode_frame({"id": 1, "method": "hello", "params": {}}))
        assert await read_frame(reader, max_bytes=1 << 20)
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        for _ in range(20_000):
            on.server.media._on_event(SpeakerChanged("r", "somebody"))
        await until_here(lambda: "" not in on.server._controllers)
        async with MediaClient.connect(on.path) as client:
            assert (await client.request("stats"))["transports"] == 1
        writer.close()


async def test_tcp_needs_the_secret() -> None:
    config = MediaConfig(
        listen_addresses=("127.0.0.1",), port=0, control_host="127.0.0.1", control_secret="correct horse"
    )
    async with ControlServer(config, None) as server:
        for wrong in ("", "battery staple"):
            with pytest.raises(MediaError):
                async with MediaClient.connect(host="127.0.0.1", port=server.port, secret=wrong):
                    pass
        async with MediaClient.connect(host="127.0.0.1", port=server.port, secret="correct horse") as client:
            assert client.epoch


async def test_tcp_without_a_secret_does_not_start() -> None:
    config = MediaConfig(listen_addresses=("127.0.0.1",), port=0, control_host="127.0.0.1")
    with pytest.raises(MalformedError):
        async with ControlServer(config, None):
            pass


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = [
    "routerId",
    "transportId",
    "producerId",
    "consumerId",
    "dtlsParameters",
    "rtpParameters",
    "rtpCapabilities",
    "sctpStreamParameters",
    "kind",
    "direction",
    "tap",
    "appData",
]
METHODS = [
    "router.create",
    "transport.create",
    "transport.connect",
    "producer.create",
    "consumer.create",
    "dataProducer.create",
    "dataConsumer.create",
    "tap.control",
    "transport.restartIce",
]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(st.sampled_from(METHODS), st.dictionaries(st.sampled_from(NAMES), JSON | st.just("t"))),
        max_size=20,
    )
)
async def test_any_json_is_answered(requests: list[tuple[str, dict[str, Any]]]) -> None:
    async with hosted() as on:
        await with_transport(on.client)
        for method, params in requests:
            try:
                await on.client.request(method, params)
            except MediaError as error:
                assert error.code != "internal", (method, params)  # noqa: PT017
        assert (await on.client.request("stats"))["epoch"] == on.client.epoch


async def test_an_event_that_is_not_understood_is_left_out_and_the_next_one_told() -> None:
    async with hosted() as on:
        await with_transport(on.client)
        writer = on.server._controllers[""]
        for message in ({"is": "Surprise", "router_id": "r"}, None, ["SpeakerChanged"]):
            writer.write(encode_frame({"event": message}))
        on.server.media._on_event(SpeakerChanged("r", "somebody"))
        assert await anext(aiter(on.client.events())) == SpeakerChanged("r", "somebody")
