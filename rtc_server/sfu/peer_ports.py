"""What neighbours in the media graph know of each other: narrow protocols, never classes.

    Upstream ◄── producer ──► Receiver ──► Sink (a sent stream) ──► outbox
    Origin   ◄── consumer ──► Sender   ──► Source (a received stream)

`Receiver` and `Sender`, what control asks of streams, stand in `engine`.
"""

from collections.abc import Sequence
from typing import Protocol

from rtc_server.protocol.rtx_cache import CachedPacket
from rtc_server.protocol.sender_clock import ParticipantClock
from rtc_server.sfu.drops import DropCounter
from rtc_server.sfu.outbox import Outbox
from rtc_server.wire.rtp import RtpView


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


class Source(Protocol):
    """A received stream, as whatever it is forwarded to knows it."""

    def cached(self, sequence_number: int, now: float) -> CachedPacket | None:
        """Return a recent packet by the source's number, to be repeated."""

    def rtp_at(self, now: float) -> int | None:
        """Return the stream's RTP timestamp at server time `now`, for a sender report."""


class Sink(Protocol):
    """A sent stream, as whatever feeds it knows it."""

    @property
    def layer(self) -> int:
        """Return which of the producer's encodings it wants, by index."""

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

    def request_key_frame(self, layer: int, now: float) -> None:
        """Ask for a key frame of one layer."""

    def detach(self, sink: Sink) -> None:
        """Forward to `sink` no more."""


class SpeakerSink(Protocol):
    """Who wants the audio levels of packets."""

    def hear(self, producer_id: str, level: int) -> None:
        """Take the level of one packet."""
