"""What a microphone's sender is told of loss: the worst of what came in and of what its receivers miss."""

from typing import Any

import pytest

from rtc_server.sfu.consumer import Consumer
from rtc_server.sfu.transport import WebRtcTransport
from rtc_server.wire.rtcp import ReceiverReport, ReportBlock, serialize
from tests.rtc_server.sfu.rig import Rig, audio, opus_parameters, rtcp_of


class Speaking:
    """A microphone, and two who hear it."""

    def __init__(self, **changes: Any) -> None:
        self.rig = Rig()
        self.sender = self.rig.transport("send")
        self.producer = self.rig.produce(self.sender, 2000, kind="audio", **changes)
        self.hearing = [self._enter(), self._enter()]
        self._number = 0

    def _enter(self) -> tuple[WebRtcTransport, Consumer]:
        receiver = self.rig.transport("recv")
        return receiver, self.rig.consume(receiver, self.producer)

    def speak(self, seconds: float, *, every: int = 1) -> None:
        """Send 50 packets a second, of which one in `every` comes."""
        for _ in range(round(50 * seconds)):
            self._number += 1
            if self._number % every == 0:
                self.sender.receive_rtp(audio(self._number, ssrc=2000, level=20), self.rig.now)
            self.rig.advance(0.02)

    def misses(self, who: int, fraction: float) -> None:
        """Let one of them report its loss."""
        receiver, consumer = self.hearing[who]
        block = ReportBlock(consumer.stream.route.ssrc, int(256 * fraction), 0, 0, 0, 0, 0)
        receiver.receive_rtcp(serialize([ReceiverReport(1, (block,))]), self.rig.now)

    def told(self) -> ReportBlock:
        """Return the newest block about the microphone."""
        blocks = [
            block
            for packet in rtcp_of(self.sender)
            if isinstance(packet, ReceiverReport)
            for block in packet.report_blocks
        ]
        return blocks[-1]


def test_the_worst_receiver_counts_and_the_sum_of_lost_packets_stays_the_senders_own() -> None:
    on = Speaking()
    on.misses(0, 0.02)
    on.misses(1, 0.125)
    on.speak(3)
    told = on.told()
    assert (told.fraction_lost, told.packets_lost) == (32, 0)


def test_a_receiver_that_left_counts_no_more() -> None:
    on = Speaking()
    on.misses(1, 0.125)
    on.speak(2)
    on.rig.router.close_consumer(on.hearing[1][1], "left")
    on.speak(2)
    assert on.told().fraction_lost == 0


def test_what_came_in_worse_is_told_as_it_is() -> None:
    on = Speaking()
    on.misses(0, 0.1)
    on.speak(3, every=2)
    assert on.told().fraction_lost == pytest.approx(128, abs=4)


def test_an_encoder_that_cannot_repeat_is_not_told() -> None:
    codec = opus_parameters(2000)["codecs"][0] | {"parameters": {}}
    on = Speaking(codecs=[codec])
    on.misses(0, 0.1)
    on.speak(3)
    assert on.told().fraction_lost == 0
