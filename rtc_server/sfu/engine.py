"""The seam between control and the packet path: what an engine owns, and the plain data that crosses.

    router, producers, consumers, transports                  streams, applied to every packet
    Reception, Route, attach, pause, NACKs of peers  ───────►
                 ◄───────  Wanted, ReceivedReport, SentReport, ReceivedCounters, SentCounters

An `Engine` makes the streams, which then work by themselves: packets in by `receive`, out by the transport's
outbox, whose parts the socket loop finishes. Both sides hold that outbox, the drop counter and the clock of
the participant; taps listen in the process, by `hear`. `python_engine` is the one there is; what another has
to keep stands in `tests/rtc_server/engine`, with this one as its oracle.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from rtc_server.protocol.sender_clock import ParticipantClock
from rtc_server.sfu.drops import DropCounter
from rtc_server.sfu.outbox import Outbox
from rtc_server.sfu.parameters import RtpParameters
from rtc_server.sfu.peer_ports import Sink, Source
from rtc_server.sfu.route import Route, temporal_layers
from rtc_server.wire.extensions import VIDEO_ORIENTATION
from rtc_server.wire.rtcp import ReportBlock
from rtc_server.wire.rtp import RtpView


@dataclass(frozen=True, slots=True)
class Reception:
    """How the packets of one received stream are read.

    Attributes:
        is_video: whether it begins with a key frame and is kept to be repeated.
        clock_rate: timestamp units a second.
        codecs: payload type → MIME type, repair streams left out.
        repairs: payload type of a repair stream → the one that it repeats.
        asks_again: whether plain NACK was negotiated.
        orientation_id: of the extension with the camera's rotation; None when it was not negotiated.
        temporal_layers: how many are counted apart; 1 where they cannot be told apart.
        cache_packets, cache_s: bounds of what is kept to be repeated.
    """

    is_video: bool
    clock_rate: int
    codecs: Mapping[int, str]
    repairs: Mapping[int, int]
    asks_again: bool
    cache_packets: int
    cache_s: float
    orientation_id: int | None = None
    temporal_layers: int = 1


def make_reception(kind: str, parameters: RtpParameters, *, cache_packets: int, cache_s: float) -> Reception:
    """Derive how a producer's streams are read from its checked parameters."""
    codec = parameters.media_codec
    return Reception(
        is_video=kind == "video",
        clock_rate=codec.clock_rate,
        codecs={entry.payload_type: entry.mime_type for entry in parameters.codecs if not entry.is_rtx},
        repairs={
            entry.payload_type: int(entry.parameters["apt"]) for entry in parameters.codecs if entry.is_rtx
        },
        asks_again=codec.has_feedback("nack"),
        cache_packets=cache_packets,
        cache_s=cache_s,
        orientation_id=parameters.extension_id(VIDEO_ORIENTATION),
        temporal_layers=temporal_layers(parameters),
    )


class Wanted(NamedTuple):
    """What a received stream wants of its sender now.

    Attributes:
        sequence_numbers: to be NACKed, 16 bit each.
        key_frame: a key frame, since packets are given up.
        ask: a key-frame request that was throttled, or went unanswered, is due.
    """

    sequence_numbers: tuple[int, ...]
    key_frame: bool
    ask: bool


class ReceivedReport(NamedTuple):
    """What is to be said of a received stream (RFC 3550 §6.4.2), and how many came and were lost since."""

    block: ReportBlock
    packets: int
    lost: int


class SentReport(NamedTuple):
    """What is to be said of a sent stream (RFC 3550 §6.4.1): its RTP time now, packets and payload so far."""

    ssrc: int
    rtp: int
    packets: int
    payload_bytes: int


class ReceivedCounters(NamedTuple):
    """A received stream so far; losses are net of duplicates."""

    packets: int = 0
    payload_bytes: int = 0
    lost: int = 0
    repaired: int = 0
    nacked: int = 0
    key_frames: int = 0
    jitter_s: float = 0.0
    temporal_bytes: tuple[int, ...] = ()
    """Payload of each temporal layer, where there are several."""
    height: int | None = None
    """Of the picture, by the last key frame that was looked at."""


class SentCounters(NamedTuple):
    """A sent stream so far; what was repeated is counted apart."""

    packets: int
    payload_bytes: int
    resent: int
    nacked: int


class Receiver(Source, Protocol):
    """A received stream, as its producer uses it: what belongs to one incoming SSRC."""

    ssrc: int

    def attach(self, sink: Sink) -> None:
        """Feed a sent stream from now on."""

    def detach(self, sink: Sink) -> None:
        """Feed it no more; without another one nothing is kept to be repeated."""

    def end_at_key_frame(self, sink: Sink, ends: bool) -> None:
        """Feed a sent stream no further than to the next key frame; or on, when `ends` is false."""

    def feeds(self, sink: Sink) -> bool:
        """Return whether a sent stream is fed."""

    def receive(self, view: RtpView, now: float) -> None:
        """Take one media packet that came first hand."""

    def receive_repair(self, view: RtpView, now: float) -> None:
        """Take one packet of the repair stream."""

    def receive_sender_report(self, ntp: int, rtp: int, now: float) -> None:
        """Take the peer's clock pair, 64-bit NTP and 32-bit RTP time."""

    def pause(self) -> None:
        """Count packets, forward none."""

    def resume(self) -> None:
        """Forward again."""

    def request_key_frame(self, now: float) -> bool:
        """Note that somebody needs a key frame; return True when it is to be asked for now."""

    def report(self, now: float) -> ReceivedReport | None:
        """Return what to report since the last time, None before the first packet."""

    def counters(self) -> ReceivedCounters:
        """Return the counts so far."""

    def next_deadline(self) -> float:
        """Return when `handle_timeout` is due."""

    def handle_timeout(self, now: float) -> Wanted:
        """Advance time; return what to ask the sender for."""

    def close(self) -> None:
        """Feed nobody, and let everything go that was kept."""


class Sender(Sink, Protocol):
    """A sent stream, as its consumer uses it: what belongs to one outgoing SSRC."""

    route: Route

    def pause(self) -> None:
        """Forward no more."""

    def resume(self) -> None:
        """Forward again, video from its next key frame on."""

    def receive_nack(self, sequence_numbers: Sequence[int], round_trip: float, now: float) -> None:
        """Repeat what the peer missed; `round_trip` in seconds, 0 when unknown."""

    @property
    def can_pad(self) -> bool:
        """Return whether `pad` may be called: something was sent, and there is a repair stream."""

    def thin(self, temporal: int) -> None:
        """Send temporal layers up to this one, where they can be told apart."""

    def pad(self) -> int:
        """Send one packet of padding alone on the repair stream; return its bytes."""

    def report(self, now: float) -> SentReport | None:
        """Return what to report, None while nothing is sent."""

    def counters(self) -> SentCounters:
        """Return the counts so far."""


class Engine(Protocol):
    """Maker of the streams of one media process."""

    def receiver(
        self,
        ssrc: int,
        reception: Reception,
        *,
        participant: ParticipantClock,
        drops: DropCounter,
        hear: Callable[[RtpView, float], None],
    ) -> Receiver:
        """Return a new received stream.

        Args:
            participant: clock of all streams of one peer.
            drops: of the peer's transport.
            hear: gets every packet before it is forwarded (taps, audio levels); never raises.
        """

    def sender(self, route: Route, *, paused: bool, outbox: Outbox, drops: DropCounter) -> Sender:
        """Return a new sent stream into a transport's outbox."""
