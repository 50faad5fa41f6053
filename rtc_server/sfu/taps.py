"""The taps of one producer: each hears everything; one that fails hears only the end and disturbs nobody."""

import logging
from collections.abc import Callable

from rtc_server.sfu.parameters import RtpParameters
from rtc_server.sfu.tap import StreamDescription, Tap
from rtc_server.wire.rtp import RtpView

logger = logging.getLogger(__name__)


class Taps:
    """Hand a producer's media to its taps.

    The call is worth more than its recording, whose absence raises an alarm of its own.

    Args:
        producer_id, kind, parameters: of the producer, for the descriptions of its streams.
    """

    __slots__ = ("_failed", "_kind", "_parameters", "_payload_type", "_producer_id", "_stream", "_taps")

    def __init__(self, producer_id: str, kind: str, parameters: RtpParameters) -> None:
        self._producer_id = producer_id
        self._kind = kind
        self._parameters = parameters
        self._stream: StreamDescription | None = None
        self._payload_type = -1
        self._taps: tuple[Tap, ...] = ()
        self._failed: tuple[Tap, ...] = ()

    def add(self, tap: Tap, *, paused: bool) -> None:
        """Let a tap hear what comes from now on; first of the stream that there is."""
        self._taps += (tap,)
        try:
            if self._stream is not None:
                tap.on_stream(self._stream)
            tap.on_pause(paused)
        except Exception:
            self._give_up(tap)

    def on_stream(self, payload_type: int, ssrc: int) -> None:
        """A stream begins, or goes on with another codec."""
        self._payload_type = payload_type
        description = self._stream = self._describe(payload_type, ssrc)
        self._each(lambda tap: tap.on_stream(description))

    def on_rtp(self, view: RtpView, now: float) -> None:
        """One media packet; the hot path.

        A change of codec begins with a packet that came first hand; a repair of the codec before is late, and
        left out: nothing of another codec may stand under a description.
        """
        if view.payload_type != self._payload_type:
            if view.is_repaired:
                return
            self.on_stream(view.payload_type, view.ssrc)
        for tap in self._taps:
            try:
                tap.on_rtp(view, now)
            except Exception:
                self._give_up(tap)

    def on_sender_report(self, ssrc: int, ntp: int, rtp: int, now: float) -> None:
        """A sender report of the peer."""
        self._each(lambda tap: tap.on_sender_report(ssrc, ntp, rtp, now))

    def on_pause(self, paused: bool) -> None:
        """The producer was paused or resumed."""
        self._each(lambda tap: tap.on_pause(paused))

    def end(self, reason: str) -> None:
        """Nothing follows; every tap is forgotten.

        One that failed is told too: it holds a file, and is missed until it ended.
        """
        self._taps += self._failed
        self._each(lambda tap: tap.on_end(reason))
        self._taps = self._failed = ()

    def key_frame_interval(self) -> float | None:
        """Return the least interval that a tap wants; they change their minds (after a pause they hurry)."""
        wanted = [tap.key_frame_interval for tap in self._taps if tap.key_frame_interval is not None]
        return min(wanted, default=None)

    def _describe(self, payload_type: int, ssrc: int) -> StreamDescription:
        codec = next(entry for entry in self._parameters.codecs if entry.payload_type == payload_type)
        return StreamDescription(
            producer_id=self._producer_id,
            kind=self._kind,
            mime_type=codec.mime_type,
            payload_type=payload_type,
            clock_rate=codec.clock_rate,
            channels=codec.channels or 1,
            ssrc=ssrc,
            parameters=codec.parameters,
            extension_ids={entry.uri: entry.id for entry in self._parameters.header_extensions},
        )

    def _each(self, tell: Callable[[Tap], None]) -> None:
        for tap in self._taps:
            try:
                tell(tap)
            except Exception:
                self._give_up(tap)

    def _give_up(self, tap: Tap) -> None:
        logger.exception("producer %s: a tap failed and hears no more", self._producer_id)
        self._taps = tuple(other for other in self._taps if other is not tap)
        self._failed += (tap,)
