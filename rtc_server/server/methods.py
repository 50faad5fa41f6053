"""The control methods: one tagged function each, synchronous but for closing.

A method gets the server and the request's parameters and returns the result; it raises MediaError to refuse.
"""

import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from rtc_server.config import MediaConfig
from rtc_server.errors import MalformedError, UnsupportedError
from rtc_server.net.sctp import PORT as SCTP_PORT
from rtc_server.protocol.ice_lite import IceCredentials
from rtc_server.server.media_server import MediaServer, Peer, new_ssrc
from rtc_server.server.params import Params
from rtc_server.sfu.parameters import parse_sctp_stream_parameters

Result = dict[str, Any]
Method = Callable[[MediaServer, Params], Result | Awaitable[Result]]

_METHODS: dict[str, Method] = {}

FINGERPRINT_ALGORITHMS: Final = ("sha-256", "sha-384", "sha-512")
MAX_FINGERPRINTS: Final = 8
SCTP_STREAMS: Final = 1024


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
    router = server.open_router(params.id("routerId"), params.optional_mapping("tap"))
    return {"rtpCapabilities": router.capabilities.to_json()}


@method("router.close")
async def _close_router(server: MediaServer, params: Params) -> Result:
    await server.close_router(server.router(params.id("routerId")), "closed")
    return {}


@method("tap.open")
def _open_tap(server: MediaServer, params: Params) -> Result:
    server.open_tap(server.router(params.id("routerId")), params.mapping("options"))
    return {}


@method("tap.control")
def _control_tap(server: MediaServer, params: Params) -> Result:
    router = server.router(params.id("routerId"))
    if server.tap_host is None:
        raise UnsupportedError("This media process has no taps.")
    return dict(server.tap_host.control(router.id, params.mapping("command")))


# --- transports


@method("transport.create")
def _create_transport(server: MediaServer, params: Params) -> Result:
    peer = server.open_transport(
        server.router(params.id("routerId")),
        params.id("transportId"),
        direction=params.choice("direction", "send", "recv"),
        wants_sctp=params.flag("sctp", False),
    )
    result = {
        "id": peer.transport.id,
        "iceParameters": _ice_parameters(peer.connection.ice.credentials),
        "iceCandidates": ice_candidates(server.config, server.network.listening()),
        "dtlsParameters": {"role": "auto", "fingerprints": server.network.certificate.fingerprints()},
    }
    if peer.transport.wants_sctp:
        result["sctpParameters"] = _sctp_parameters(server.limits.max_sctp_message_bytes)
    return result


@method("transport.connect")
def _connect_transport(server: MediaServer, params: Params) -> Result:
    peer = server.peer(params.id("transportId"))
    role, fingerprints = _parse_dtls(params.mapping("dtlsParameters"))
    peer.connection.connect(role, fingerprints)
    return {}


@method("transport.restartIce")
def _restart_ice(server: MediaServer, params: Params) -> Result:
    peer = server.peer(params.id("transportId"))
    credentials = server.network.new_credentials()
    peer.connection.restart_ice(credentials)
    return {"iceParameters": _ice_parameters(credentials)}


@method("transport.close")
async def _close_transport(server: MediaServer, params: Params) -> Result:
    await server.close_transport(server.peer(params.id("transportId")), "closed")
    return {}


@method("transport.stats")
def _transport_stats(server: MediaServer, params: Params) -> Result:
    peer = server.peer(params.id("transportId"))
    return {**peer.transport.stats(), **_connection_stats(peer)}


# --- producers


@method("producer.create")
def _create_producer(server: MediaServer, params: Params) -> Result:
    transport = server.peer(params.id("transportId")).transport
    producer_id = params.id("producerId")
    server.refuse_double(server.producers, producer_id)
    producer = transport.router.produce(
        transport,
        producer_id,
        kind=params.choice("kind", "audio", "video"),
        rtp_parameters=params.mapping("rtpParameters"),
        app_data=params.optional_mapping("appData") or {},
        paused=params.flag("paused", False),
        now=server.now(),
    )
    server.producers[producer_id] = producer
    return {"id": producer_id, "type": transport.router.type_of(producer)}


@method("producer.pause")
def _pause_producer(server: MediaServer, params: Params) -> Result:
    producer = server.producer(params.id("producerId"))
    server.router_of(producer.transport.id).pause_producer(producer)
    return {}


@method("producer.resume")
def _resume_producer(server: MediaServer, params: Params) -> Result:
    producer = server.producer(params.id("producerId"))
    server.router_of(producer.transport.id).resume_producer(producer, server.now())
    return {}


@method("producer.close")
def _close_producer(server: MediaServer, params: Params) -> Result:
    producer = server.producer(params.id("producerId"))
    server.router_of(producer.transport.id).close_producer(producer, "closed")
    return {}


# --- consumers


@method("consumer.create")
def _create_consumer(server: MediaServer, params: Params) -> Result:
    transport = server.peer(params.id("transportId")).transport
    consumer_id = params.id("consumerId")
    server.refuse_double(server.consumers, consumer_id)
    producer = server.producer(params.id("producerId"))
    if producer.id not in transport.router.producers:
        raise MalformedError("The producer belongs to another router.")
    consumer = transport.router.consume(
        transport,
        consumer_id,
        producer,
        rtp_capabilities=params.mapping("rtpCapabilities"),
        paused=params.flag("paused", False),
        ssrc=new_ssrc(),
        now=server.now(),
    )
    server.consumers[consumer_id] = consumer
    return {
        "id": consumer_id,
        "producerId": producer.id,
        "kind": producer.kind,
        "rtpParameters": consumer.parameters.to_json(),
        "type": transport.router.type_of(producer),
        "producerPaused": producer.paused,
    }


@method("consumer.pause")
def _pause_consumer(server: MediaServer, params: Params) -> Result:
    server.consumer(params.id("consumerId")).pause()
    return {}


@method("consumer.resume")
def _resume_consumer(server: MediaServer, params: Params) -> Result:
    server.consumer(params.id("consumerId")).resume(server.now())
    return {}


@method("consumer.requestKeyFrame")
def _request_key_frame(server: MediaServer, params: Params) -> Result:
    server.consumer(params.id("consumerId")).request_key_frame(server.now())
    return {}


@method("consumer.close")
def _close_consumer(server: MediaServer, params: Params) -> Result:
    consumer = server.consumer(params.id("consumerId"))
    del server.consumers[consumer.id]
    consumer.transport.router.close_consumer(consumer)
    return {}


# --- data channels


@method("dataProducer.create")
def _create_data_producer(server: MediaServer, params: Params) -> Result:
    transport = server.peer(params.id("transportId")).transport
    data_producer_id = params.id("dataProducerId")
    server.refuse_double(server.data_producers, data_producer_id)
    producer = transport.router.produce_data(
        transport,
        data_producer_id,
        parameters=parse_sctp_stream_parameters(params.mapping("sctpStreamParameters")),
        label=params.text("label", ""),
        protocol=params.text("protocol", ""),
    )
    server.data_producers[data_producer_id] = producer
    return {"id": producer.id, "sctpStreamParameters": producer.parameters.to_json()}


@method("dataProducer.close")
def _close_data_producer(server: MediaServer, params: Params) -> Result:
    producer = server.data_producer(params.id("dataProducerId"))
    producer.transport.router.close_data_producer(producer, "closed")
    return {}


@method("dataConsumer.create")
def _create_data_consumer(server: MediaServer, params: Params) -> Result:
    transport = server.peer(params.id("transportId")).transport
    data_consumer_id = params.id("dataConsumerId")
    server.refuse_double(server.data_consumers, data_consumer_id)
    producer = server.data_producer(params.id("dataProducerId"))
    if producer.id not in transport.router.data_producers:
        raise MalformedError("The data producer belongs to another router.")
    consumer = transport.router.consume_data(transport, data_consumer_id, producer)
    server.data_consumers[data_consumer_id] = consumer
    return {
        "id": consumer.id,
        "dataProducerId": producer.id,
        "sctpStreamParameters": consumer.parameters.to_json(),
        "label": producer.label,
        "protocol": producer.protocol,
    }


@method("dataConsumer.close")
def _close_data_consumer(server: MediaServer, params: Params) -> Result:
    consumer = server.data_consumer(params.id("dataConsumerId"))
    consumer.transport.router.close_data_consumer(consumer, "closed")
    return {}


# --- JSON


def ice_candidates(config: MediaConfig, listening: list[tuple[str, str, int]]) -> list[Result]:
    """Return the candidates clients get (MEDIA_CONTRACT 9); announced addresses replace the local ones."""
    protocols = list(dict.fromkeys(protocol for protocol, _, _ in listening))
    candidates = []
    for protocol in protocols:
        ports = [(address, port) for name, address, port in listening if name == protocol]
        if config.announced_addresses:
            port = config.announced_port or ports[0][1]
            ports = [(address, port) for address in config.announced_addresses]
        for index, (address, port) in enumerate(ports):
            candidates.append(_candidate(protocol, address, port, index))
    return candidates


def _candidate(protocol: str, address: str, port: int, index: int) -> Result:
    # UDP first: TCP's local preference is lower by more than the addresses can differ.
    preference = (10000 if protocol == "udp" else 5000) - 100 * index
    candidate: Result = {
        "foundation": f"{protocol}candidate",
        "priority": 2**24 * 64 + 2**8 * preference + 255,
        "address": address,
        "ip": address,
        "protocol": protocol,
        "port": port,
        "type": "host",
    }
    return candidate | ({"tcpType": "passive"} if protocol == "tcp" else {})


def _ice_parameters(credentials: IceCredentials) -> Result:
    return {
        "usernameFragment": credentials.username_fragment,
        "password": credentials.password,
        "iceLite": True,
    }


def _sctp_parameters(max_message_bytes: int) -> Result:
    """Return both the old and the new names: clients read one or the other (MEDIA_CONTRACT 11)."""
    return {
        "port": SCTP_PORT,
        "OS": SCTP_STREAMS,
        "MIS": SCTP_STREAMS,
        "maxMessageSize": max_message_bytes,
        "maxSendMessageSize": max_message_bytes,
        "maxReceiveMessageSize": max_message_bytes,
        "isDataChannel": True,
    }


def _parse_dtls(parameters: Mapping[str, Any]) -> tuple[str, list[dict[str, str]]]:
    role = parameters.get("role", "auto")
    if role not in ("auto", "client", "server"):
        raise MalformedError("dtlsParameters.role must be auto, client or server")
    entries = parameters.get("fingerprints")
    if not isinstance(entries, list) or not 1 <= len(entries) <= MAX_FINGERPRINTS:
        raise MalformedError("dtlsParameters.fingerprints must be a list of 1 to 8")
    fingerprints = [_parse_fingerprint(entry) for entry in entries]
    if not any(entry["algorithm"] in FINGERPRINT_ALGORITHMS for entry in fingerprints):
        raise UnsupportedError("No fingerprint has a supported algorithm.")
    return role, fingerprints


def _parse_fingerprint(entry: object) -> dict[str, str]:
    algorithm = entry.get("algorithm") if isinstance(entry, dict) else None
    value = entry.get("value") if isinstance(entry, dict) else None
    if not isinstance(algorithm, str) or not isinstance(value, str):
        raise MalformedError("a fingerprint needs algorithm and value")
    return {"algorithm": algorithm.lower(), "value": value}


def _connection_stats(peer: Peer) -> Result:
    connection = peer.connection
    return {
        "state": connection.state.value,
        "iceState": connection.ice.state.value,
        "bytesReceived": connection.received_bytes,
        "bytesSent": connection.sent_bytes,
        "datagramsReceived": connection.received_datagrams,
        "datagramsSent": connection.sent_datagrams,
    }
