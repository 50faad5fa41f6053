"""Events of the media plane as control-channel messages."""

from typing import Any, assert_never

from rtc_server.sfu.events import (
    ConsumerClosed,
    ConsumerProducerPaused,
    DataEndClosed,
    Event,
    ProducerClosed,
    SpeakerChanged,
    TapReported,
    TransportQualityChanged,
    TransportStateChanged,
)


def event_to_json(event: Event) -> tuple[str, dict[str, Any]]:
    """Return the name and data of an event."""
    match event:
        case TransportStateChanged():
            data = {**_of_transport(event), "state": event.state.value}
            return "transport.state", data | ({"reason": event.reason} if event.reason else {})
        case TransportQualityChanged():
            return "transport.quality", {
                **_of_transport(event),
                "level": event.level.value,
                "lossIn": event.loss_in,
                "lossOut": event.loss_out,
                "rttMs": event.rtt_ms,
            }
        case ProducerClosed():
            return "producer.closed", {
                "routerId": event.router_id,
                "producerId": event.producer_id,
                "reason": event.reason,
            }
        case ConsumerClosed():
            return "consumer.closed", {
                **_of_transport(event),
                "consumerId": event.consumer_id,
                "producerId": event.producer_id,
                "reason": event.reason,
            }
        case ConsumerProducerPaused():
            name = "consumer.producerPaused" if event.paused else "consumer.producerResumed"
            return name, {**_of_transport(event), "consumerId": event.consumer_id}
        case DataEndClosed():
            end = "Producer" if event.kind == "producer" else "Consumer"
            return f"data{end}.closed", {
                **_of_transport(event),
                f"data{end}Id": event.id,
                "reason": event.reason,
            }
        case SpeakerChanged():
            return "router.speaker", {"routerId": event.router_id, "producerId": event.producer_id}
        case TapReported():
            return "tap.event", {
                "routerId": event.router_id,
                "name": event.name,
                "data": dict(event.data),
            }
        case _:
            assert_never(event)


def _of_transport(
    event: TransportStateChanged
    | TransportQualityChanged
    | ConsumerClosed
    | ConsumerProducerPaused
    | DataEndClosed,
) -> dict[str, Any]:
    return {"routerId": event.router_id, "transportId": event.transport_id}
