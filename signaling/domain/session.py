"""Who is in a call with what media: participants, their generations, the tracks they send."""

from dataclasses import dataclass
from enum import StrEnum

from signaling.domain.ids import CallId, JsonObject, ParticipantId, ProducerId, TransportId
from signaling.domain.ladder import TOP, Rung
from signaling.domain.members import Part
from signaling.domain.subject import Subject


class Track(StrEnum):
    """What is sent."""

    MICROPHONE = "microphone"
    CAMERA = "camera"
    DOCUMENT_CAMERA = "document_camera"
    DESKTOP = "desktop"

    @property
    def kind(self) -> str:
        """`audio` or `video`."""
        return "audio" if self is Track.MICROPHONE else "video"


class DisplaySurface(StrEnum):
    """What of a desktop is shared (Screen Capture §5.1): never its title, which may name a person."""

    MONITOR = "monitor"
    WINDOW = "window"
    BROWSER = "browser"
    PRACTICE = "practice"
    """The practice PC (练习电脑), a part of the counter's own page: in drills alone."""


class Direction(StrEnum):
    """Which way the media of a transport goes, seen from the client."""

    SEND = "send"
    RECV = "recv"


class ConnectionState(StrEnum):
    """How a participant's transport stands, as the media process sees it."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    FAILED = "failed"
    CLOSED = "closed"


class Quality(StrEnum):
    """One direction of a participant's network, as the media process sees it."""

    GOOD = "good"
    WEAK = "weak"
    BAD = "bad"


class LayerLimit(StrEnum):
    """Why somebody gets no better picture than they do."""

    NONE = "none"
    """It is the best there is."""
    LINE = "line"
    """Their line carries no more."""
    VIEWER = "viewer"
    """Their page shows it small, or not at all."""
    SENDER = "sender"
    """Its sender sends no more."""


def worse(one: Quality | None, other: Quality | None) -> Quality | None:
    """Return the worse of two levels; None is not known yet."""
    known = [level for level in (one, other) if level is not None]
    return max(known, key=list(Quality).index, default=None)


class Away(StrEnum):
    """Why somebody in a call is not there: what the others are told."""

    LEFT = "left"
    """They closed the page, or went to another one."""
    SIGNED_OUT = "signed_out"
    LOST = "lost"
    """Nothing is heard of them any more."""


@dataclass(frozen=True, slots=True)
class Participant:
    """Someone in a call; `generation` counts their page lives, `sharing` remembers a desktop for the next
    one, `away` is why they are not online.
    """

    call_id: CallId
    participant_id: ParticipantId
    who: Subject
    name: str
    title: str
    part: Part
    generation: int
    online: bool = False
    uplink: Quality | None = None
    """Of what they send; None before the first figures."""
    downlink: Quality | None = None
    """Of what they receive."""
    sending: Rung = TOP
    """How much of theirs they send, as their page tells."""
    receiving: Rung = TOP
    sharing: bool = False
    away: Away | None = None

    @property
    def quality(self) -> Quality | None:
        """Return the worse of both directions."""
        return worse(self.uplink, self.downlink)


@dataclass(frozen=True, slots=True)
class Producer:
    """A track that someone sends.

    Attributes:
        silenced: paused because its device gives nothing (the system, a key, a headset), not by its owner.
    """

    producer_id: ProducerId
    call_id: CallId
    participant_id: ParticipantId
    track: Track
    paused: bool
    display_surface: DisplaySurface | None = None
    silenced: bool = False


@dataclass(frozen=True, slots=True)
class TransportOptions:
    """mediasoup-client's transport options."""

    transport_id: TransportId
    ice_parameters: JsonObject
    ice_candidates: tuple[JsonObject, ...]
    dtls_parameters: JsonObject
    sctp_parameters: JsonObject | None


@dataclass(frozen=True, slots=True)
class ConsumerOptions:
    """mediasoup-client's consumer options; created paused."""

    consumer_id: str
    producer_id: ProducerId
    kind: str
    rtp_parameters: JsonObject
    producer_paused: bool
