"""What neighbours in the media graph know of each other: narrow protocols, never classes.

    Upstream ◄── producer ──► Receiver ──► Sink (a sent stream) ──► outbox
    Origin   ◄── consumer ──► Sender   ──► Source (a received stream)

`Receiver` and `Sender`, what control asks of streams, stand in `engine`.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from rtc_server.protocol.rtx_cache import CachedPacket
from rtc_server.protocol.sender_clock import ParticipantClock
from rtc_server.sfu.drops import DropCounter
from rtc_server.sfu.outbox import Outbox
from rtc_server.wire.rtp import RtpView


class LayerFacts(NamedTuple):
    """What is known of one encoding.

    Attributes:
        bps: what it costs up to each temporal layer, bits a second of RTP packets; one entry without any.
        height: of its picture in pixels; None while unknown.
        flows: whether something of it came lately.
        rests: whether its sender stopped it because nobody took it, and would send it again; the others are
            then as they were before.
    """

    bps: tuple[float, ...]
    height: int | None
    flows: bool
    rests: bool = False

    @property
    def can_be_had(self) -> bool:
        """Whether it flows, or would when somebody took it."""
        return self.flows or self.rests

    def stats(self) -> dict[str, Any]:
        """Return it for `transport.stats`."""
        return {"bps": round(self.bps[-1]), "height": self.height, "flows": self.flows, "rests": self.rests}


class Upstream(Protocol):
    """The transport, as producers know it: where packets come from and RTCP goes to."""

    id: str
    ssrc: int
    drops: DropCounter
    participant: ParticipantClock
    outbox: Outbox

    def leave(self, ssrcs: Sequence[int]) -> None:
        """Forget streams of the producer that ended; nothing that comes of them reaches it any more."""

    def touch(self) -> None:
        """Look at the producer's deadline again."""


class Downstream(Protocol):
    """The transport, as consumers know it: where packets and reports go."""

    id: str
    drops: DropCounter
    outbox: Outbox
    is_connected: bool

    def share_soon(self, now: float) -> None:
        """Divide the line anew: what is received or shown has changed."""


class Source(Protocol):
    """A received stream, as whatever it is forwarded to knows it."""

    def cached(self, sequence_number: int, now: float) -> CachedPacket | None:
        """Return a recent packet by the source's number, to be repeated."""

    def rtp_at(self, now: float) -> int | None:
        """Return the stream's RTP timestamp at server time `now`, for a sender report."""

    @property
    def skew(self) -> float | None:
        """The sender's NTP time less its RTP time, in seconds, by its sender reports; None without any."""


class Sink(Protocol):
    """A sent stream, as whatever feeds it knows it."""

    def forward(self, view: RtpView, payload: bytes, is_key_frame: bool, now: float) -> None:
        """Take one packet; `payload` is shared by all."""

    def count_fault(self) -> None:
        """Count a bug of ours that `forward` raised; called in its `except`."""

    def source_began(self, source: Source) -> None:
        """What comes next comes from another received stream, or from the first one."""

    def source_resumed(self) -> None:
        """The producer goes on after a pause."""


class Origin(Protocol):
    """The producer, as its consumers know it."""

    id: str
    kind: str
    paused: bool

    @property
    def transport_id(self) -> str:
        """Return the transport that it comes on."""

    def request_key_frame_for(self, sink: Sink, now: float) -> None:
        """Ask for a key frame of what a sent stream gets."""

    def detach(self, sink: Sink) -> None:
        """Forward to `sink` no more."""

    def select(self, sink: Sink, layer: int | None, now: float) -> None:
        """Forward another encoding to `sink`, from its next key frame on; None: nothing."""

    def wish(self, sink: Sink, max_layer: int) -> None:
        """Note the best encoding that `sink` may be given, −1 for none."""

    def layers(self, now: float) -> Sequence[LayerFacts]:
        """Return what is known of each encoding, the lowest first."""

    def layer_of(self, sink: Sink) -> int | None:
        """Return the encoding that `sink` gets now, None for none."""

    def note_loss(self, sink: Sink, fraction: float) -> None:
        """Note which part of a sent stream its peer misses, 0–1."""


class SpeakerSink(Protocol):
    """Who wants the audio levels of packets."""

    def hear(self, producer_id: str, level: int) -> None:
        """Take the level of one packet."""
