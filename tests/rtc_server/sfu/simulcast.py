"""A camera of three encodings in virtual time, and a witness of what one receiver gets of it."""

from dataclasses import dataclass, field
from typing import Any

from rtc_server.owner_events import ProducerLayersWanted
from rtc_server.sfu.consumer import Consumer
from rtc_server.sfu.producer import Producer
from rtc_server.sfu.transport import WebRtcTransport
from rtc_server.wire.codecs.vp8_layers import PictureNumbers, read_numbers
from rtc_server.wire.extensions import MID, RTP_STREAM_ID, TRANSPORT_CC
from rtc_server.wire.rtcp import PictureLossIndication, ReceiverEstimatedBitrate, SenderReport, serialize
from rtc_server.wire.rtp import RtpView, build_packet
from tests.rtc_server.sfu.rig import Rig, rtcp_of, rtp_of

IDS = {MID: 4, RTP_STREAM_ID: 10}
EXTENSIONS = [{"uri": uri, "id": number, "encrypt": False} for uri, number in IDS.items()]
FRAME_S = 1 / 15
TEMPORAL = ((0, False), (1, True))
"""TID and Y of two temporal layers."""


def vp8_payload(numbers: PictureNumbers, *, is_key: bool, height: int, size: int) -> bytes:
    """Return a whole picture of one packet."""
    descriptor = bytes(
        (
            0x90,
            0xE0,
            0x80 | numbers.picture_id >> 8,
            numbers.picture_id & 0xFF,
            numbers.tl0 or 0,
            numbers.temporal << 6 | numbers.is_sync << 5,
        )
    )
    if is_key:
        frame = (
            b"\x00\x00\x00\x9d\x01\x2a" + (2 * height).to_bytes(2, "little") + height.to_bytes(2, "little")
        )
    else:
        frame = b"\x01"
    return descriptor + frame + bytes(size)


@dataclass
class Layer:
    """One encoding with bases of its own."""

    rid: str
    ssrc: int
    height: int
    size: int
    timestamp: int
    number: int
    picture: int
    runs: bool = True
    wants_key: bool = True
    asked: int = 0
    """Key frames that were asked for."""


@dataclass
class Simulcast:
    """A sender whose encodings come together, 15 pictures a second, and answer key-frame requests.

    Attributes:
        is_libvpx: answers each request with key frames of all encodings and sends the largest first, as
            Chromium does with VP8.
        obeys: stops and begins encodings as it is told to, as our page does.
    """

    rig: Rig = field(default_factory=Rig)
    reports: bool = True
    encodings: int = 3
    is_libvpx: bool = False
    obeys: bool = False

    def __post_init__(self) -> None:
        self.sender = self.rig.transport("send")
        self.layers = [
            Layer("low", 7000, 180, 1000, 4_294_900_000, 65_530, 32_760),
            Layer("middle", 8000, 360, 3000, 1_000_000, 17, 5),
            Layer("high", 9000, 720, 8000, 77, 40_000, 20_000),
        ][: self.encodings]
        encodings = [{"rid": layer.rid, "scalabilityMode": "L1T2"} for layer in self.layers]
        changes: dict[str, Any] = {"headerExtensions": EXTENSIONS, "encodings": encodings}
        self.producer: Producer = self.rig.produce(self.sender, **changes)
        self.began = self.rig.now
        self.frames = 0

    def receiver(self) -> "Witness":
        return Witness(self)

    def run(self, seconds: float, *witnesses: "Witness") -> None:
        """Send for some time; what witnesses get is looked at packet by packet."""
        for _ in range(round(seconds / FRAME_S)):
            self.rig.advance(FRAME_S)
            self._hear_requests()
            if self.obeys:
                self._obey()
            if self.reports and self.frames % 15 == 0:
                self._report()
            for layer in reversed(self.layers) if self.is_libvpx else self.layers:
                if layer.runs:
                    self._send(layer)
            self.frames += 1
            for witness in witnesses:
                witness.look()

    def _hear_requests(self) -> None:
        for packet in rtcp_of(self.sender):
            if isinstance(packet, PictureLossIndication):
                layer = next(each for each in self.layers if each.ssrc == packet.media_ssrc)
                layer.asked += 1
                for each in self.layers if self.is_libvpx else [layer]:
                    each.wants_key = True

    def _obey(self) -> None:
        told = [event.max_layer for event in self.rig.events if isinstance(event, ProducerLayersWanted)]
        for index, layer in enumerate(self.layers):
            runs = not told or index <= told[-1]
            layer.wants_key = layer.wants_key or (runs and not layer.runs)
            layer.runs = runs

    def _timestamp(self, layer: Layer) -> int:
        return layer.timestamp + round((self.rig.now - self.began) * 90_000) & 0xFFFF_FFFF

    def _report(self) -> None:
        ntp = round((self.rig.now + 5_000) * 2**32)
        reports = [SenderReport(layer.ssrc, ntp, self._timestamp(layer), 1, 1) for layer in self.layers]
        self.sender.receive_rtcp(serialize(reports), self.rig.now)

    def _send(self, layer: Layer) -> None:
        if layer.wants_key:
            temporal, is_sync = 0, False
        else:
            temporal, is_sync = TEMPORAL[self.frames % 2]
        numbers = PictureNumbers(layer.picture & 0x7FFF, 15, self.frames // 2 & 0xFF, temporal, is_sync)
        payload = vp8_payload(numbers, is_key=layer.wants_key, height=layer.height, size=layer.size)
        named = {IDS[RTP_STREAM_ID]: layer.rid.encode(), IDS[MID]: b"1000"}
        packet = build_packet(
            96, layer.number & 0xFFFF, self._timestamp(layer), layer.ssrc, payload, marker=1, extensions=named
        )
        layer.wants_key = False
        layer.number += 1
        layer.picture += 1
        self.sender.receive_rtp(packet, self.rig.now)


class Witness:
    """A receiver that checks every packet as a decoder would, and tells its line by REMB.

    Attributes:
        heights: of the pictures it was shown, one for each.
        keys: heights of those that were key frames.
    """

    def __init__(self, camera: Simulcast) -> None:
        rig = self.rig = camera.rig
        self.transport: WebRtcTransport = rig.transport("recv")
        capabilities = rig.router.capabilities.to_json()
        capabilities["headerExtensions"] = [
            entry for entry in capabilities["headerExtensions"] if entry["uri"] != TRANSPORT_CC
        ]
        self.consumer: Consumer = rig.router.consume(
            self.transport,
            f"consumer of {self.transport.id}",
            camera.producer,
            rtp_capabilities=capabilities,
            paused=False,
            ssrc=5000,
            now=rig.now,
        )
        self.heights: list[int] = []
        self.keys: list[int] = []
        self.payloads: dict[int, bytes] = {}
        """Of every packet, by its number."""
        self.came_at: list[float] = []
        self._heights = {layer.size: layer.height for layer in camera.layers}
        self._last: RtpView | None = None
        self._last_numbers: PictureNumbers | None = None

    def line(self, bps: int) -> None:
        report = ReceiverEstimatedBitrate(1, bps, (5000,))
        self.transport.receive_rtcp(serialize([report]), self.rig.now)

    def look(self) -> None:
        for view in rtp_of(self.transport):
            if view.ssrc == 5000:
                self._look_at(view, bytes(view.payload))

    def _look_at(self, view: RtpView, payload: bytes) -> None:
        numbers = read_numbers(payload, 0, len(payload))
        assert numbers is not None
        is_key = not payload[6] & 1
        height = int.from_bytes(payload[14:16], "little") if is_key else self._heights[len(payload) - 7]
        if self._last is not None and self._last_numbers is not None:
            assert (view.sequence_number - self._last.sequence_number) & 0xFFFF == 1
            passed = (view.timestamp - self._last.timestamp) & 0xFFFF_FFFF
            assert 0 < passed < 0x8000_0000, "time never goes back"
            assert (numbers.picture_id - self._last_numbers.picture_id) & 0x7FFF == 1
            assert ((numbers.tl0 or 0) - (self._last_numbers.tl0 or 0)) & 0xFF <= 1
            assert is_key or height == self.heights[-1], "another encoding begins with a key frame"
        else:
            assert is_key
        self._last, self._last_numbers = view, numbers
        self.heights.append(height)
        if is_key:
            self.keys.append(height)
        self.payloads[view.sequence_number] = payload
        self.came_at.append(self.rig.now)

    @property
    def timestamp(self) -> int:
        assert self._last is not None
        return self._last.timestamp
