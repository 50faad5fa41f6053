"""The engine in Python: the fallback of any other, and its oracle."""

from collections.abc import Callable

from rtc_server.protocol.sender_clock import ParticipantClock
from rtc_server.sfu.drops import DropCounter
from rtc_server.sfu.engine import Reception
from rtc_server.sfu.outbox import Outbox
from rtc_server.sfu.received_stream import ReceivedStream
from rtc_server.sfu.route import Route
from rtc_server.sfu.sent_stream import SentStream
from rtc_server.wire.rtp import RtpView


class PythonEngine:
    """Maker of the streams (implements `engine.Engine`)."""

    def receiver(
        self,
        ssrc: int,
        reception: Reception,
        *,
        participant: ParticipantClock,
        drops: DropCounter,
        hear: Callable[[RtpView, float], None],
    ) -> ReceivedStream:
        """Return a new received stream."""
        return ReceivedStream(ssrc, reception, participant=participant, drops=drops, hear=hear)

    def sender(self, route: Route, *, paused: bool, outbox: Outbox, drops: DropCounter) -> SentStream:
        """Return a new sent stream into a transport's outbox."""
        return SentStream(route, paused=paused, outbox=outbox, drops=drops)
