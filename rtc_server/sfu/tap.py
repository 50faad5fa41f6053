"""What may listen to a producer: taps and the host that makes them.

A tap gets what its producer got, after RTX is unwrapped, and never calls back. The media process is given one
`TapHost`; it asks the host for a tap whenever a producer appears in a router that was opened with tap
options.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from rtc_server.owner_events import RecordingEvent
from rtc_server.tap_commands import OpenTap, TapCommand
from rtc_server.wire.rtp import RtpView


@dataclass(frozen=True, slots=True)
class StreamDescription:
    """One RTP stream of a producer as it arrives (payload type and ids are the peer's own)."""

    producer_id: str
    kind: str
    mime_type: str
    payload_type: int
    clock_rate: int
    channels: int
    ssrc: int
    parameters: Mapping[str, str | int]
    extension_ids: Mapping[str, int]


class Tap(Protocol):
    """Listener of one producer; every method appends and returns."""

    key_frame_interval: float | None
    """Seconds between key frames the tap wants of a video producer; None for none. Read each time."""

    def on_stream(self, description: StreamDescription) -> None:
        """A stream begins, or goes on with another description."""

    def on_rtp(self, view: RtpView, now: float) -> None:
        """One media packet in arrival order; `view` is only valid during the call."""

    def on_sender_report(self, ssrc: int, ntp: int, rtp: int, now: float) -> None:
        """A sender report of the peer: 64-bit NTP time and 32-bit RTP time (RFC 3550 §6.4.1)."""

    def on_pause(self, paused: bool) -> None:
        """The owner paused or resumed the producer; a paused one is silent."""

    def on_end(self, reason: str) -> None:
        """The producer closed; nothing follows."""


class TapHost(Protocol):
    """Maker of taps, one for a media process."""

    def open_router(self, router_id: str, opening: OpenTap) -> None:
        """A router wants taps. Raises MediaError when refused."""

    def create_tap(self, router_id: str, producer_id: str, app_data: Mapping[str, object]) -> Tap | None:
        """Return a tap for a new producer, or None to let it go unheard."""

    def control(self, router_id: str, command: TapCommand) -> None:
        """Do what the router's owner asks. Raises MediaError when refused."""

    def stats(self, router_id: str) -> Mapping[str, object]:
        """Return a router's figures. Raises MediaError when it is not tapped."""

    def flush(self, now: float) -> None:
        """Hand what was appended to the kernel; called at every tick, each 10 ms."""

    def handle_timeout(self, now: float) -> Sequence[RecordingEvent]:
        """Advance time, at least once a second; return what the owners of the routers should hear about."""

    def close_router(self, router_id: str, reason: str) -> None:
        """The router is gone; end every tap of it."""
