"""What a media process tells its owner: one definition an event, and the message it travels as.

Made by `sfu`, `server` and the tap host, encoded once by the control channel and decoded once by its client.
Every event names its router: the control channel tells that router's owner alone.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias, get_args

from rtc_server.tagged_json import TaggedJson


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


class LayerLimit(Enum):
    """Why a consumer gets no more of its producer than it does."""

    NONE = "none"
    """It gets the best encoding there is."""
    LINE = "line"
    """The line to it carries no more."""
    VIEWER = "viewer"
    """Its picture is shown small, or not at all."""
    SENDER = "sender"
    """The better ones do not flow: the sender's own line, or its computer."""


class DataEnd(Enum):
    """Which end of a data channel something is."""

    PRODUCER = "producer"
    CONSUMER = "consumer"


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
class ConsumerLayerChanged:
    """A consumer gets another encoding of its producer, or for another reason; at most one a second each.

    Attributes:
        layer: index of the encoding, lowest first; None: it is held back, and goes on by itself.
        layers: how many encodings the producer has.
        limited_by: why it is no better one.
    """

    router_id: str
    transport_id: str
    consumer_id: str
    layer: int | None
    layers: int
    limited_by: LayerLimit


@dataclass(frozen=True, slots=True)
class ProducerLayersWanted:
    """Which of a producer's encodings anybody may take; its page stops the others.

    Attributes:
        max_layer: index of the best one that is wanted; −1: none is.
    """

    router_id: str
    producer_id: str
    max_layer: int


@dataclass(frozen=True, slots=True)
class DataEndClosed:
    """A data producer or data consumer ended with its transport, its association or its producer."""

    router_id: str
    transport_id: str
    end: DataEnd
    id: str
    reason: str


@dataclass(frozen=True, slots=True)
class SpeakerChanged:
    """Another producer is the one who speaks; None: nobody does."""

    router_id: str
    producer_id: str | None


@dataclass(frozen=True, slots=True)
class RecordingStalled:
    """Nothing of a track was kept for `silence_s` seconds, though it should be."""

    router_id: str
    lane: str
    track: str
    silence_s: float


@dataclass(frozen=True, slots=True)
class RecordingFailed:
    """The disk refused a track; it is tried again. `error` is the name of the error number (`ENOSPC`)."""

    router_id: str
    lane: str
    track: str
    error: str


@dataclass(frozen=True, slots=True)
class RecordingRecovered:
    """A track that stalled or failed is kept again."""

    router_id: str
    lane: str
    track: str


RecordingEvent: TypeAlias = RecordingStalled | RecordingFailed | RecordingRecovered
OwnerEvent: TypeAlias = (
    TransportStateChanged
    | TransportQualityChanged
    | ProducerClosed
    | ConsumerClosed
    | ConsumerProducerPaused
    | ConsumerLayerChanged
    | ProducerLayersWanted
    | DataEndClosed
    | SpeakerChanged
    | RecordingEvent
)

OWNER_EVENTS: Final[TaggedJson[OwnerEvent]] = TaggedJson("event", *get_args(OwnerEvent))
"""How events travel."""
