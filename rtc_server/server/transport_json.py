"""A transport in JSON, as mediasoup-client writes and reads it (MEDIA_CONTRACT B)."""

from collections.abc import Mapping
from typing import Any, Final

from rtc_server.config import MediaConfig
from rtc_server.errors import MalformedError, UnsupportedError
from rtc_server.net.connection import Connection
from rtc_server.net.sctp import PORT as SCTP_PORT
from rtc_server.protocol.ice_lite import IceCredentials

JsonObject = dict[str, Any]

FINGERPRINT_ALGORITHMS: Final = ("sha-256", "sha-384", "sha-512")
MAX_FINGERPRINTS: Final = 8
MAX_ADDRESSES: Final = 32
"""Offered of each protocol: of 50 the last one over UDP would be preferred no more to TCP's first."""
SCTP_STREAMS: Final = 1024


def ice_candidates(config: MediaConfig, listening: list[tuple[str, str, int]]) -> list[JsonObject]:
    """Return the candidates clients get (MEDIA_CONTRACT 9); announced addresses replace the local ones.

    Made anew for each transport: an address that came since the start is offered to those that follow.
    """
    protocols = list(dict.fromkeys(protocol for protocol, _, _ in listening))
    candidates = []
    for protocol in protocols:
        local = [(address, port) for name, address, port in listening if name == protocol]
        for index, (address, port) in enumerate(_offered(config, local)[:MAX_ADDRESSES]):
            candidates.append(_candidate(protocol, address, port, index))
    return candidates


def _offered(config: MediaConfig, local: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Return the addresses and ports of one protocol, the preferred first, each once."""
    announced = [(address, port or local[0][1]) for address, port in config.announced]
    more = local if config.announce_local or not announced else []
    return list(dict.fromkeys([*announced, *more]))


def _candidate(protocol: str, address: str, port: int, index: int) -> JsonObject:
    # UDP first: TCP's local preference is lower by more than the addresses can differ.
    preference = (10000 if protocol == "udp" else 5000) - 100 * index
    candidate: JsonObject = {
        "foundation": f"{protocol}candidate",
        "priority": 2**24 * 64 + 2**8 * preference + 255,
        "address": address,
        "ip": address,
        "protocol": protocol,
        "port": port,
        "type": "host",
    }
    return candidate | ({"tcpType": "passive"} if protocol == "tcp" else {})


def ice_parameters(credentials: IceCredentials) -> JsonObject:
    """Return a transport's user fragment and password (MEDIA_CONTRACT 8)."""
    return {
        "usernameFragment": credentials.username_fragment,
        "password": credentials.password,
        "iceLite": True,
    }


def sctp_parameters(max_message_bytes: int) -> JsonObject:
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


def parse_dtls_parameters(parameters: Mapping[str, Any]) -> tuple[str, list[dict[str, str]]]:
    """Return the peer's DTLS role and fingerprints (MEDIA_CONTRACT 13).

    Raises:
        MalformedError: not what it should be.
        UnsupportedError: no fingerprint that could be checked.
    """
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


def connection_stats(connection: Connection) -> JsonObject:
    """Return the connection's part of `transport.stats`."""
    return {
        "state": connection.state.value,
        "iceState": connection.ice.state.value,
        "bytesReceived": connection.received_bytes,
        "bytesSent": connection.sent_bytes,
        "datagramsReceived": connection.received_datagrams,
        "datagramsSent": connection.sent_datagrams,
    }
