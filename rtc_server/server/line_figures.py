"""What the line of one transport carried and lost so far: counters that its owner reads every 2 s.

Few of those in `transport.stats`, as they are read for every call all the time.
"""

from typing import Any

from rtc_server.server.registry import Peer


def line_figures(peer: Peer, now: float) -> dict[str, Any]:
    """Return a transport's entry of `router.lines`, as of `now`.

    `received` and `sent` are bytes of all datagrams, `rttMs` None before the first report. A stream is what
    the peer sends or receives, by the transport's direction: `lost` counts what did not arrive here first
    hand, `loss` is the fraction of the peer's last report, a stream has one of both.
    """
    transport, connection = peer.transport, peer.connection
    streams = [_sent_by_peer(producer.stats(now)) for producer in transport.producers]
    streams += [_sent_to_peer(consumer.stats()) for consumer in transport.consumers.values()]
    return {
        "id": transport.id,
        "received": connection.received_bytes,
        "sent": connection.sent_bytes,
        "rttMs": transport.line().rtt_ms,
        "streams": streams,
    }


def _sent_by_peer(stats: dict[str, Any]) -> dict[str, Any]:
    return {name: stats[name] for name in ("id", "kind", "packets", "lost", "jitterMs")}


def _sent_to_peer(stats: dict[str, Any]) -> dict[str, Any]:
    return {name: stats[name] for name in ("id", "kind", "packets", "jitterMs")} | {"loss": stats["lossOut"]}
