"""What the taps of one producer hear: every packet under the description of its own codec."""

from typing import Any

from rtc_server.sfu.tap import StreamDescription
from rtc_server.sfu.transport import WebRtcTransport
from rtc_server.wire.rtp import RtpView, build_packet
from rtc_server.wire.rtx import wrap
from tests.rtc_server.media.peer import vp8_parameters
from tests.rtc_server.server.host import RememberingTap
from tests.rtc_server.sfu.rig import DELTA_FRAME, KEY_FRAME, Rig, video

VP8, VP8_RTX, H264 = 96, 97, 100
H264_KEY_FRAME = b"\x65\x88\x84"


class Journals(RememberingTap):
    """A tap that keeps its packets by description."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[tuple[str, int, list[int]]] = []
        """MIME type, payload type and sequence numbers."""

    def on_stream(self, description: StreamDescription) -> None:
        self.written.append((description.mime_type, description.payload_type, []))

    def on_rtp(self, view: RtpView, now: float) -> None:
        self.written[-1][2].append(view.sequence_number)


def two_codecs() -> list[dict[str, Any]]:
    """Return VP8 with RTX and, behind it, H264, as an offer of both."""
    codecs: list[dict[str, Any]] = vp8_parameters(1000)["codecs"]
    h264 = {"packetization-mode": 1, "profile-level-id": "42e01f", "level-asymmetry-allowed": 1}
    return [*codecs, codecs[0] | {"mimeType": "video/H264", "payloadType": H264, "parameters": h264}]


def tapped() -> tuple[Rig, WebRtcTransport, Journals]:
    rig, tap = Rig(), Journals()
    sender = rig.transport("send")
    rig.produce(sender, codecs=two_codecs()).add_tap(tap)
    return rig, sender, tap


def test_another_codec_on_the_same_ssrc_goes_on_under_its_own_description() -> None:
    rig, sender, tap = tapped()
    for number in (1, 2):
        sender.receive_rtp(video(number, KEY_FRAME), rig.now)
    for number in (3, 4):
        sender.receive_rtp(video(number, H264_KEY_FRAME, payload_type=H264), rig.now)
    sender.receive_rtp(video(5, KEY_FRAME), rig.now)
    assert tap.written == [("video/VP8", VP8, [1, 2]), ("video/H264", H264, [3, 4]), ("video/VP8", VP8, [5])]


def test_a_late_repair_of_the_codec_before_stands_under_no_other_description() -> None:
    rig, sender, tap = tapped()
    for number in (1, 3):
        sender.receive_rtp(video(number, KEY_FRAME), rig.now)
    sender.receive_rtp(video(4, H264_KEY_FRAME, payload_type=H264), rig.now)
    rig.advance(0.05)
    sender.receive_rtp(build_packet(VP8_RTX, 1, 6000, 1001, wrap(2, DELTA_FRAME)), rig.now)
    sender.receive_rtp(video(5, H264_KEY_FRAME, payload_type=H264), rig.now)
    assert tap.written == [("video/VP8", VP8, [1, 3]), ("video/H264", H264, [4, 5])]


def test_a_tap_that_comes_later_is_told_of_the_codec_in_use() -> None:
    rig = Rig()
    sender = rig.transport("send")
    producer = rig.produce(sender, codecs=two_codecs())
    sender.receive_rtp(video(1, H264_KEY_FRAME, payload_type=H264), rig.now)
    tap = Journals()
    producer.add_tap(tap)
    sender.receive_rtp(video(2, H264_KEY_FRAME, payload_type=H264), rig.now)
    assert tap.written == [("video/H264", H264, [2])]
