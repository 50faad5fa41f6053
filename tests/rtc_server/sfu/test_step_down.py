"""A line to one viewer of a camera in three encodings becomes thin: how long its picture stands still.

In virtual time, with the sizes of Chromium's key frames and of what follows them; the viewer tells its line
by transport-wide feedback each 100 ms.
"""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import pytest

from rtc_server.protocol.transport_wide import TransportWideRecorder
from rtc_server.wire.codecs.vp8_layers import PictureNumbers
from rtc_server.wire.extensions import MID, RTP_STREAM_ID, TRANSPORT_CC
from rtc_server.wire.rtcp import PictureLossIndication, serialize
from rtc_server.wire.rtp import RtpView, build_packet
from tests.rtc_server.sfu.rig import Rig, rtcp_of
from tests.rtc_server.sfu.simulcast import EXTENSIONS, IDS, vp8_payload
from tests.support.impairment import Impairment
from tests.support.lane import Lane

STEP_S: Final = 0.005
FRAME_S: Final = 1 / 15
PACKET_BYTES: Final = 1_100
GOOD = Impairment(rate_bps=2_000_000, delay_ms=30, queue_ms=2_000)
THIN = Impairment(rate_bps=200_000, delay_ms=30, queue_ms=2_000)


@dataclass(slots=True)
class Encoding:
    """One encoding: packets of a key frame and bytes of other pictures."""

    rid: str
    ssrc: int
    height: int
    key_packets: int
    delta_bytes: int
    number: int = 1
    picture: int = 1
    wants_key: bool = True


@dataclass
class Scene:
    """A camera of 60, 150 and 400 kbit/s, and one viewer behind `lane`."""

    is_largest_first: bool
    now: float = 100.0
    shown: list[tuple[float, int]] = field(default_factory=list)
    """When a picture was whole at the viewer, and how high it was."""

    def __post_init__(self) -> None:
        self.rig = Rig(now=self.now)
        self.sender, self.receiver = self.rig.transport("send"), self.rig.transport("recv")
        self.layers = [
            Encoding("low", 7000, 135, 4, 500),
            Encoding("middle", 8000, 270, 9, 1_250),
            Encoding("high", 9000, 540, 25, 3_300),
        ]
        encodings = [{"rid": layer.rid, "scalabilityMode": "L1T1"} for layer in self.layers]
        producer = self.rig.produce(self.sender, headerExtensions=EXTENSIONS, encodings=encodings)
        consumer = self.rig.consume(self.receiver, producer)
        self.ssrc = consumer.stream.route.ssrc
        self.number_id = consumer.parameters.extension_id(TRANSPORT_CC) or 0
        self.lane: Lane[bytes] = Lane(1)
        self.lane.change(GOOD, self.now)
        self.recorder = TransportWideRecorder(1)
        self.frames = 0
        self._awaited: int | None = None
        self._is_broken = True

    def run(self, seconds: float) -> None:
        end = self.now + seconds
        while self.now < end:
            self.now = self.rig.now = self.now + STEP_S
            if self.frames * FRAME_S <= self.now - 100:
                self.frames += 1
                for layer in reversed(self.layers) if self.is_largest_first else self.layers:
                    self._send(layer)
            self._serve()
            for packet in self.lane.pop(self.now):
                self._arrive(RtpView(packet))
            if self.recorder.next_deadline() <= self.now:
                for report in self.recorder.handle_timeout(self.now):
                    self.receiver.receive_rtcp(serialize([report]), self.now)

    def _send(self, layer: Encoding) -> None:
        is_key, layer.wants_key = layer.wants_key, False
        sizes = [PACKET_BYTES] * layer.key_packets
        if not is_key:
            whole, rest = divmod(layer.delta_bytes, PACKET_BYTES)
            sizes = [PACKET_BYTES] * whole + [rest] * (rest > 0)
        named = {IDS[RTP_STREAM_ID]: layer.rid.encode(), IDS[MID]: b"1000"}
        for part, size in enumerate(sizes):
            numbers = PictureNumbers(layer.picture, 15, layer.picture & 0xFF, 0, False)
            payload = vp8_payload(numbers, is_key=is_key, height=layer.height, size=size)
            begins = 0x10 if part == 0 else 0  # the S bit: a partition begins here
            payload = bytes([payload[0] & ~0x10 | begins]) + payload[1:]
            ends = int(part == len(sizes) - 1)
            timestamp = layer.ssrc + self.frames * 6_000
            packet = build_packet(
                96, layer.number, timestamp, layer.ssrc, payload, marker=ends, extensions=named
            )
            self.sender.receive_rtp(packet, self.now)
            layer.number += 1
        layer.picture += 1

    def _serve(self) -> None:
        for transport in (self.sender, self.receiver):
            if transport.next_deadline() <= self.now:
                transport.handle_timeout(self.now)
        outbox = self.receiver.outbox
        for packet in outbox.finish(outbox.take(self.now).packets, lambda: self.now):
            self.lane.push(packet, len(packet) + 28, self.now)
        if any(isinstance(each, PictureLossIndication) for each in rtcp_of(self.sender)):
            for layer in self.layers:
                layer.wants_key = True

    def _arrive(self, view: RtpView) -> None:
        number = view.extension(self.number_id)
        if number is not None:
            self.recorder.record(int.from_bytes(number), view.ssrc, self.now)
        if view.ssrc != self.ssrc:
            return
        payload = bytes(view.payload)
        begins_key = payload[0] & 0x10 and not payload[6] & 1
        if begins_key:
            self._is_broken = False
            self._height = int.from_bytes(payload[14:16], "little")
        elif self._awaited is not None and view.sequence_number != self._awaited:
            self._is_broken = True
        self._awaited = (view.sequence_number + 1) & 0xFFFF
        if view.marker and not self._is_broken:
            self.shown.append((self.now, self._height))

    def longest_gap_s(self, since: float) -> float:
        times = [at for at, _ in self.shown if at >= since]
        return max(later - earlier for earlier, later in pairwise(times))


@pytest.mark.parametrize("is_largest_first", [True, False], ids=["libvpx", "openh264"])
def test_a_picture_stands_still_for_less_than_a_second_when_its_line_becomes_thin(
    is_largest_first: bool,
) -> None:
    scene = Scene(is_largest_first)
    scene.run(20)
    assert scene.shown[-1][1] == 540
    since = scene.now - 1
    scene.lane.change(THIN, scene.now)
    scene.run(10)
    assert scene.shown[-1][1] in (135, 270)
    gap_s = scene.longest_gap_s(since)
    print(f"the picture stands still for {gap_s:.2f} s")
    assert gap_s < 0.8
