"""A camera, a microphone and a line between them and who sees and hears, in virtual time."""

from dataclasses import dataclass, field

import pytest

from rtc_server.protocol.transport_wide import TransportWideRecorder
from rtc_server.sfu.drops import Drop
from rtc_server.wire.extensions import TRANSPORT_CC
from rtc_server.wire.rtcp import PictureLossIndication, serialize
from rtc_server.wire.rtp import RtpView
from tests.rtc_server.sfu.rig import DELTA_FRAME, KEY_FRAME, Rig, audio, rtcp_of, video
from tests.support.impairment import Impairment
from tests.support.lane import Lane

STEP_S = 0.005
FRAME_S = 1 / 25
KEY_PACKETS = 30
PACKET_BYTES = 1000


@dataclass
class Call:
    """25 pictures a second of `packets` packets, and speech, over `line`; feedback comes each 100 ms."""

    line: Impairment
    packets: int
    now: float = 100.0
    pictures: int = 0
    spoken: int = 0
    heard: list[float] = field(default_factory=list)
    waited: int = 0

    def __post_init__(self) -> None:
        self.rig = Rig(now=self.now)
        self.sender, self.receiver = self.rig.transport("send"), self.rig.transport("recv")
        camera = self.rig.consume(self.receiver, self.rig.produce(self.sender, 1000))
        speech = self.rig.consume(self.receiver, self.rig.produce(self.sender, 2000, kind="audio"))
        self.speech_ssrc = speech.stream.route.ssrc
        self.number_id = camera.parameters.extension_id(TRANSPORT_CC) or 0
        self.lane: Lane[tuple[float, bytes]] = Lane(1)
        self.lane.change(self.line, self.now)
        self.recorder = TransportWideRecorder(1)
        self.wants_key_frame = True
        self.number = 0

    def run(self, seconds: float) -> None:
        end = self.now + seconds
        while self.now < end:
            self.now = self.rig.now = self.now + STEP_S
            self._offer()
            self._serve()
            for sent_at, packet in self.lane.pop(self.now):
                self._arrive(sent_at, RtpView(packet))
            if self.recorder.next_deadline() <= self.now:
                for report in self.recorder.handle_timeout(self.now):
                    self.receiver.receive_rtcp(serialize([report]), self.now)

    def hang_up(self) -> None:
        """Send nothing more; what is on its way arrives."""
        while (due := self.lane.next_deadline()) < float("inf"):
            self.now = due
            for sent_at, packet in self.lane.pop(due):
                self._arrive(sent_at, RtpView(packet))

    def _offer(self) -> None:
        while self.pictures * FRAME_S <= self.now - 100:
            count = KEY_PACKETS if self.wants_key_frame else self.packets
            for part in range(count):
                begin = KEY_FRAME if self.wants_key_frame and not part else DELTA_FRAME
                self.number += 1
                self.sender.receive_rtp(video(self.number, begin + bytes(PACKET_BYTES)), self.now)
            self.wants_key_frame = False
            self.pictures += 1
        while self.spoken * 0.02 <= self.now - 100:
            self.sender.receive_rtp(audio(self.spoken, ssrc=2000, level=9), self.now)
            self.spoken += 1

    def _serve(self) -> None:
        for transport in (self.sender, self.receiver):
            if transport.next_deadline() <= self.now:
                transport.handle_timeout(self.now)
        outbox = self.receiver.outbox
        for packet in outbox.finish(outbox.take(self.now).packets, lambda: self.now):
            self.lane.push((self.now, packet), len(packet) + 28, self.now)
        self.waited = max(self.waited, outbox.pacer.waiting_bytes)
        self.wants_key_frame |= any(isinstance(e, PictureLossIndication) for e in rtcp_of(self.sender))

    def _arrive(self, sent_at: float, view: RtpView) -> None:
        number = view.extension(self.number_id)
        if number is not None:
            self.recorder.record(int.from_bytes(number), view.ssrc, self.now)
        if view.ssrc == self.speech_ssrc:
            self.heard.append(self.now - sent_at)


@pytest.mark.parametrize("rate_bps", [None, 8_000_000])
def test_a_line_that_carries_everything_holds_no_picture_up(rate_bps: int | None) -> None:
    """The estimate begins far below what is sent, and that is no reason to wait."""
    call = Call(Impairment(rate_bps=rate_bps, delay_ms=20), packets=12)
    call.run(5)
    assert call.waited == 0
    assert len(call.heard) == pytest.approx(call.spoken, abs=2)


def test_an_estimate_at_its_ceiling_is_no_limit() -> None:
    """26 Mbit/s, more than is ever estimated: after a bad moment they pass as before."""
    call = Call(Impairment(delay_ms=20), packets=130)
    call.run(2)
    call.lane.change(Impairment(rate_bps=15_000_000, delay_ms=20), call.now)
    call.run(2)
    assert call.waited > 0
    call.lane.change(Impairment(delay_ms=20), call.now)
    call.run(6)
    call.waited = 0
    call.run(3)
    assert call.waited == 0


@pytest.mark.parametrize("rate_bps", [500_000, 1_000_000, 2_000_000])
def test_on_a_line_that_does_not_pictures_wait_with_us_and_speech_comes_through(rate_bps: int) -> None:
    """2.4 Mbit/s are offered to a line whose own queue, a second long, is for everybody's packets."""
    call = Call(Impairment(rate_bps=rate_bps, delay_ms=20, queue_ms=1000), packets=12)
    call.run(30)
    told = call.receiver.stats(call.now)["downlink"]
    call.hang_up()
    assert call.receiver.drops[Drop.LINE_FULL] > 0
    assert len(call.heard) > 0.97 * call.spoken
    late = sorted(call.heard)
    assert late[len(late) // 2] < 0.5
    assert call.lane.tally.passed_bytes * 8 > 0.5 * rate_bps * 30
    assert 0.4 * rate_bps < told["estimateBps"] < rate_bps


@pytest.mark.parametrize(("rate_bps", "late_s"), [(150_000, 0.25), (300_000, 0.1)])
def test_on_a_thin_line_with_a_short_queue_speech_loses_nothing_to_pictures(
    rate_bps: int, late_s: float
) -> None:
    """400 kbit/s of pictures beside speech; the line's queue holds 6 or 11 KB, for everybody's packets."""
    call = Call(Impairment(rate_bps=rate_bps, delay_ms=20, queue_ms=300), packets=2)
    call.run(10)
    spoken, heard = call.spoken, len(call.heard)
    call.run(20)
    call.hang_up()
    assert len(call.heard) - heard > 0.98 * (call.spoken - spoken)
    late = sorted(call.heard[heard:])
    assert late[len(late) // 2] < late_s
