"""What the owner of the media plane is told; values only, made by `sfu` and `net`, sent by `server`."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Literal


class TransportState(Enum):
    """How a transport stands, as its owner sees it."""

    NEW = "new"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    FAILED = "failed"
    CLOSED = "closed"


class QualityLevel(Enum):
    """One word about a transport's line, for a person."""

    GOOD = "good"
    WEAK = "weak"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class TransportStateChanged:
    """A transport came up, lost its peer or ended; `reason` explains the last two."""

    router_id: str
    transport_id: str
    state: TransportState
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class TransportQualityChanged:
    """The line of a transport changed; losses are fractions 0–1, the round trip in milliseconds."""

    router_id: str
    transport_id: str
    level: QualityLevel
    loss_in: float
    loss_out: float
    rtt_ms: float | None


@dataclass(frozen=True, slots=True)
class ProducerClosed:
    """A producer ended with its transport or by request."""

    router_id: str
    producer_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class ConsumerClosed:
    """A consumer ended because its producer or its transport did."""

    router_id: str
    transport_id: str
    consumer_id: str
    producer_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class ConsumerProducerPaused:
    """The producer of a consumer paused (or resumed, when `paused` is False)."""

    router_id: str
    transport_id: str
    consumer_id: str
    paused: bool


@dataclass(frozen=True, slots=True)
class DataEndClosed:
    """A data producer or data consumer ended with its transport, its association or its producer."""

    router_id: str
    transport_id: str
    kind: Literal["producer", "consumer"]
    id: str
    reason: str


@dataclass(frozen=True, slots=True)
class SpeakerChanged:
    """Another producer is the one who speaks; None: nobody does."""

    router_id: str
    producer_id: str | None


@dataclass(frozen=True, slots=True)
class TapReported:
    """A tap host had something to say; opaque to the media plane."""

    router_id: str
    name: str
    data: Mapping[str, str | int | float | bool | None]


Event = (
    TransportStateChanged
    | TransportQualityChanged
    | ProducerClosed
    | ConsumerClosed
    | ConsumerProducerPaused
    | DataEndClosed
    | SpeakerChanged
    | TapReported
)
