"""What whoever joins a call gets: the snapshot, and what builds the media connection."""

from typing import Literal

from signaling.web.messages.base import Message, Opaque
from signaling.web.messages.views.calls import CallView
from signaling.web.messages.views.session import (
    CardView,
    ChatView,
    FileView,
    MarkView,
    ParticipantView,
    ProducerView,
    StillView,
    StrokeView,
)


class IceServerView(Message):
    """A TURN server with time-limited credentials."""

    urls: list[str]
    username: str
    credential: str


class MediaView(Message):
    """What a client needs to build its transports."""

    epoch: str
    router_rtp_capabilities: Opaque
    ice_servers: list[IceServerView]
    ice_transport_policy: Literal["all", "relay"]


class TransportView(Message):
    """mediasoup-client's transport options."""

    transport_id: str
    ice_parameters: Opaque
    ice_candidates: list[Opaque]
    dtls_parameters: Opaque
    sctp_parameters: Opaque | None


class ConsumerView(Message):
    """mediasoup-client's consumer options; created paused, resumed by `media.resume_consumer`."""

    consumer_id: str
    producer_id: str
    kind: Literal["audio", "video"]
    rtp_parameters: Opaque
    producer_paused: bool


class EarlierView(Message):
    """Where each list of the snapshot begins, for `record.earlier`; None when it is whole."""

    chat: MarkView | None
    cards: MarkView | None
    stills: MarkView | None
    strokes: MarkView | None


class SnapshotView(Message):
    """What whoever (re)joins a call needs at once: of chat, cards, stills and strokes the newest."""

    call: CallView
    participant_id: str
    generation: int
    participants: list[ParticipantView]
    producers: list[ProducerView]
    media: MediaView
    chat: list[ChatView]
    cards: list[CardView]
    stills: list[StillView]
    files: list[FileView]
    strokes: list[StrokeView]
    """Over pictures that are sent now."""
    earlier: EarlierView
    was_sharing: bool
    """The desktop was shared before the reload: offer 继续共享桌面."""
