"""The control methods: one tagged function each, synchronous but for closing.

A method gets the server and the request's parameters and returns the result; it raises MediaError to refuse.
"""

import os
from collections.abc import Awaitable, Callable
from typing import Any, Final

from rtc_server.errors import MalformedError, UnsupportedError
from rtc_server.importance import Importance
from rtc_server.server.line_figures import line_figures
from rtc_server.server.media_server import MediaServer, new_ssrc
from rtc_server.server.params import Params
from rtc_server.server.transport_json import (
    connection_stats,
    ice_candidates,
    ice_parameters,
    parse_dtls_parameters,
    sctp_parameters,
)
from rtc_server.sfu.parameters import parse_sctp_stream_parameters
from rtc_server.sfu.tap import TapHost
from rtc_server.tap_commands import TAP_COMMANDS, TAP_OPENINGS

Result = dict[str, Any]
Method = Callable[[MediaServer, Params], Result | Awaitable[Result]]

_METHODS: dict[str, Method] = {}

_IMPORTANCES: Final = tuple(each.value for each in Importance)

MAX_VIEWED_HEIGHT: Final = 8640
"""Pixels of the highest screens there are, and more than any camera has."""


def method(name: str) -> Callable[[Method], Method]:
    """Register a function as a control method."""

    def register(function: Method) -> Method:
        _METHODS[name] = function
        return function

    return register


def find_method(name: object) -> Method:
    """Return a method or raise UnsupportedError."""
    found = _METHODS.get(name) if isinstance(name, str) else None
    if found is None:
        raise UnsupportedError("There is no such method.")
    return found


@method("hello")
def _hello(server: MediaServer, params: Params) -> Result:
    candidates = [
        {"address": entry["address"], "port": entry["port"], "protocol": entry["protocol"]}
        for entry in ice_candidates(server.config, server.network.listening())
    ]
    return {"epoch": server.epoch, "pid": os.getpid(), "candidates": candidates}


@method("stats")
def _stats(server: MediaServer, params: Params) -> Result:
    return server.stats()


# --- routers and taps


@method("router.create")
def _create_router(server: MediaServer, params: Params) -> Result:
    tap = params.optional_mapping("tap")
    opening = TAP_OPENINGS.read(tap) if tap is not None else None
    router = server.open_router(params.id("routerId"), opening)
    return {"rtpCapabilities": router.capabilities.to_json()}


@method("router.close")
async def _close_router(server: MediaServer, params: Params) -> Result:
    await server.close_router(server.registry.routers.get(params.id("routerId")), "closed")
    return {}


@method("router.lines")
def _router_lines(server: MediaServer, params: Params) -> Result:
    router = server.registry.routers.get(params.id("routerId"))
    peers = [peer for peer in server.registry.peers if peer.router is router]
    return {"lines": [line_figures(peer, server.now()) for peer in peers]}


@method("tap.open")
def _open_tap(server: MediaServer, params: Params) -> Result:
    server.open_tap(
        server.registry.routers.get(params.id("routerId")), TAP_OPENINGS.read(params.mapping("tap"))
    )
    return {}


@method("tap.control")
def _control_tap(server: MediaServer, params: Params) -> Result:
    router = server.registry.routers.get(params.id("routerId"))
    _tap_host(server).control(router.id, TAP_COMMANDS.read(params.mapping("command")))
    return {}


@method("tap.stats")
def _tap_stats(server: MediaServer, params: Params) -> Result:
    return dict(_tap_host(server).stats(server.registry.routers.get(params.id("routerId")).id))


def _tap_host(server: MediaServer) -> TapHost:
    if server.tap_host is None:
        raise UnsupportedError("This media process has no taps.")
    return server.tap_host


# --- transports


@method("transport.create")
def _create_transport(server: MediaServer, params: Params) -> Result:
    peer = server.open_transport(
        server.registry.routers.get(params.id("routerId")),
        params.id("transportId"),
        direction=params.choice("direction", "send", "recv"),
        wants_sctp=params.flag("sctp", False),
    )
    result = {
        "id": peer.transport.id,
        "iceParameters": ice_parameters(peer.connection.ice.credentials),
        "iceCandidates": ice_candidates(server.config, server.network.listening()),
        "dtlsParameters": {"role": "auto", "fingerprints": server.network.certificate.fingerprints()},
    }
    if peer.transport.wants_sctp:
        result["sctpParameters"] = sctp_parameters(server.limits.max_sctp_message_bytes)
    return result


@method("transport.connect")
def _connect_transport(server: MediaServer, params: Params) -> Result:
    peer = server.registry.peers.get(params.id("transportId"))
    role, fingerprints = parse_dtls_parameters(params.mapping("dtlsParameters"))
    peer.connection.connect(role, fingerprints)
    return {}


@method("transport.restartIce")
def _restart_ice(server: MediaServer, params: Params) -> Result:
    peer = server.registry.peers.get(params.id("transportId"))
    credentials = server.network.new_credentials()
    peer.connection.restart_ice(credentials)
    return {"iceParameters": ice_parameters(credentials)}


@method("transport.close")
async def _close_transport(server: MediaServer, params: Params) -> Result:
    await server.close_transport(server.registry.peers.get(params.id("transportId")), "closed")
    return {}


@method("transport.stats")
def _transport_stats(server: MediaServer, params: Params) -> Result:
    peer = server.registry.peers.get(params.id("transportId"))
    return {**peer.transport.stats(server.now()), **connection_stats(peer.connection)}


# --- producers


@method("producer.create")
def _create_producer(server: MediaServer, params: Params) -> Result:
    peer = server.registry.peers.get(params.id("transportId"))
    producer_id = params.id("producerId")
    server.registry.producers.refuse_double(producer_id)
    producer = peer.router.produce(
        peer.transport,
        producer_id,
        kind=params.choice("kind", "audio", "video"),
        rtp_parameters=params.mapping("rtpParameters"),
        app_data=params.optional_mapping("appData") or {},
        paused=params.flag("paused", False),
        now=server.now(),
    )
    server.registry.producers.add(producer_id, producer)
    return {"id": producer_id, "type": peer.router.type_of(producer)}


@method("producer.pause")
def _pause_producer(server: MediaServer, params: Params) -> Result:
    producer = server.registry.producers.get(params.id("producerId"))
    server.router_of(producer).pause_producer(producer)
    return {}


@method("producer.resume")
def _resume_producer(server: MediaServer, params: Params) -> Result:
    producer = server.registry.producers.get(params.id("producerId"))
    server.router_of(producer).resume_producer(producer, server.now())
    return {}


@method("producer.close")
def _close_producer(server: MediaServer, params: Params) -> Result:
    producer = server.registry.producers.get(params.id("producerId"))
    server.finish(server.router_of(producer).close_producer(producer, "closed"))
    return {}


# --- consumers


@method("consumer.create")
def _create_consumer(server: MediaServer, params: Params) -> Result:
    peer = server.registry.peers.get(params.id("transportId"))
    consumer_id = params.id("consumerId")
    server.registry.consumers.refuse_double(consumer_id)
    producer = server.registry.producers.get(params.id("producerId"))
    if server.router_of(producer) is not peer.router:
        raise MalformedError("The producer belongs to another router.")
    consumer = peer.router.consume(
        peer.transport,
        consumer_id,
        producer,
        rtp_capabilities=params.mapping("rtpCapabilities"),
        importance=Importance(params.choice("importance", *_IMPORTANCES, default=Importance.CAMERA.value)),
        paused=params.flag("paused", False),
        ssrc=new_ssrc(),
        now=server.now(),
    )
    server.registry.consumers.add(consumer_id, consumer)
    return {
        "id": consumer_id,
        "producerId": producer.id,
        "kind": producer.kind,
        "rtpParameters": consumer.parameters.to_json(),
        "type": peer.router.type_of(producer),
        "producerPaused": producer.paused,
    }


@method("consumer.pause")
def _pause_consumer(server: MediaServer, params: Params) -> Result:
    server.registry.consumers.get(params.id("consumerId")).pause()
    return {}


@method("consumer.resume")
def _resume_consumer(server: MediaServer, params: Params) -> Result:
    server.registry.consumers.get(params.id("consumerId")).resume(server.now())
    return {}


@method("consumer.view")
def _view_consumer(server: MediaServer, params: Params) -> Result:
    consumer = server.registry.consumers.get(params.id("consumerId"))
    consumer.view(params.whole("height", most=MAX_VIEWED_HEIGHT), server.now())
    return {}


@method("consumer.requestKeyFrame")
def _request_key_frame(server: MediaServer, params: Params) -> Result:
    server.registry.consumers.get(params.id("consumerId")).request_key_frame(server.now())
    return {}


@method("consumer.close")
def _close_consumer(server: MediaServer, params: Params) -> Result:
    consumer = server.registry.consumers.get(params.id("consumerId"))
    # Whoever asks for it need not be told.
    server.registry.forget(server.router_of(consumer).close_consumer(consumer, "closed"))
    return {}


# --- data channels


@method("dataProducer.create")
def _create_data_producer(server: MediaServer, params: Params) -> Result:
    peer = server.registry.peers.get(params.id("transportId"))
    data_producer_id = params.id("dataProducerId")
    server.registry.data_producers.refuse_double(data_producer_id)
    producer = peer.router.data.produce(
        peer.transport,
        data_producer_id,
        parameters=parse_sctp_stream_parameters(params.mapping("sctpStreamParameters")),
        label=params.text("label", ""),
        protocol=params.text("protocol", ""),
    )
    server.registry.data_producers.add(data_producer_id, producer)
    return {"id": producer.id, "sctpStreamParameters": producer.parameters.to_json()}


@method("dataProducer.close")
def _close_data_producer(server: MediaServer, params: Params) -> Result:
    producer = server.registry.data_producers.get(params.id("dataProducerId"))
    server.finish(server.router_of(producer).data.close_producer(producer, "closed"))
    return {}


@method("dataConsumer.create")
def _create_data_consumer(server: MediaServer, params: Params) -> Result:
    peer = server.registry.peers.get(params.id("transportId"))
    data_consumer_id = params.id("dataConsumerId")
    server.registry.data_consumers.refuse_double(data_consumer_id)
    producer = server.registry.data_producers.get(params.id("dataProducerId"))
    if server.router_of(producer) is not peer.router:
        raise MalformedError("The data producer belongs to another router.")
    consumer = peer.router.data.consume(peer.transport, data_consumer_id, producer)
    server.registry.data_consumers.add(data_consumer_id, consumer)
    return {
        "id": consumer.id,
        "dataProducerId": producer.id,
        "sctpStreamParameters": consumer.parameters.to_json(),
        "label": producer.label,
        "protocol": producer.protocol,
    }


@method("dataConsumer.close")
def _close_data_consumer(server: MediaServer, params: Params) -> Result:
    consumer = server.registry.data_consumers.get(params.id("dataConsumerId"))
    server.finish(server.router_of(consumer).data.close_consumer(consumer, "closed"))
    return {}
