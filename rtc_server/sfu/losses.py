"""What the receivers of sound miss, told to who sends it: only the encoder can send more against loss.

Opus carries each packet's speech once more in the next one, as much of it as loss is reported (RFC 6716
§2.1.7, `useinbandfec` of RFC 7587 §6.1); but what a receiver's line loses behind us is in no report of ours
on what came in. So the sender of such a codec is told the worst of all, as by mediasoup. The cumulative
count stays what the sender's own line lost: by that browsers judge it.
"""

from dataclasses import replace
from typing import Final

from rtc_server.sfu.engine import ReceivedReport
from rtc_server.sfu.parameters import RtpCodecParameters
from rtc_server.sfu.peer_ports import Sink

UNITS: Final = 256
"""Of the fraction lost in a report block (RFC 3550 §6.4.1)."""


class Losses:
    """The losses of one producer's receivers.

    Args:
        codec: of the producer.
    """

    def __init__(self, codec: RtpCodecParameters) -> None:
        self._is_repaired = codec.parameters.get("useinbandfec") == 1
        self._fractions: dict[Sink, float] = {}

    def note(self, receiver: Sink, fraction: float) -> None:
        """Note which part of what it is sent a receiver misses, 0–1."""
        if self._is_repaired:
            self._fractions[receiver] = fraction

    def forget(self, receiver: Sink) -> None:
        """A receiver is none any more."""
        self._fractions.pop(receiver, None)

    def add_to(self, report: ReceivedReport) -> ReceivedReport:
        """Return what is to be reported: as much loss as the worst receiver has, if that is more."""
        worst = min(int(UNITS * max(self._fractions.values(), default=0.0)), UNITS - 1)
        if worst <= report.block.fraction_lost:
            return report
        return report._replace(block=replace(report.block, fraction_lost=worst))
