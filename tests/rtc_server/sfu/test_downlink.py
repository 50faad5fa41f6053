"""What a receiving transport learns of its line from feedback, true and untrue."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtc_server.protocol.estimate.estimator import MIN_BPS
from rtc_server.protocol.transport_wide import TransportWideRecorder
from rtc_server.sfu.drops import Drop
from rtc_server.wire.extensions import TRANSPORT_CC
from rtc_server.wire.rtcp import (
    Nack,
    PictureLossIndication,
    ReceiverEstimatedBitrate,
    RtcpPacket,
    TransportWideFeedback,
    serialize,
)
from rtc_server.wire.rtp import RtpView
from tests.rtc_server.sfu.rig import DELTA_FRAME, KEY_FRAME, Rig, rtcp_of, video

PAYLOAD = KEY_FRAME + bytes(990)
MAX_BPS = 20_000_000


class Watching:
    """A camera of 100 packets/s of 1,000 bytes towards one peer, whose feedback comes 30 ms later."""

    def __init__(self, *without: str, wanted_bps: int = 0) -> None:
        self.rig = Rig(wanted_downlink_bps=wanted_bps)
        self.sender, self.receiver = self.rig.transport("send"), self.rig.transport("recv")
        capabilities = self.rig.router.capabilities.to_json()
        capabilities["headerExtensions"] = [
            entry for entry in capabilities["headerExtensions"] if entry["uri"] not in without
        ]
        consumer = self.rig.router.consume(
            self.receiver,
            "consumer",
            self.rig.produce(self.sender),
            rtp_capabilities=capabilities,
            paused=False,
            ssrc=5000,
            now=self.rig.now,
        )
        self._number_id = consumer.parameters.extension_id(TRANSPORT_CC) or 0
        self._recorder = TransportWideRecorder(1)
        self._number = 0
        self.padded = self.seen = 0
        self.is_away = False

    def send(self, packets: int, payload: bytes = PAYLOAD) -> None:
        """Send packets without anything coming back."""
        for _ in range(packets):
            self._number += 1
            self.sender.receive_rtp(video(self._number, payload), self.rig.now)
            self.rig.advance(0.01)
            outbox = self.receiver.outbox
            for packet in outbox.finish(outbox.take().packets, lambda: self.rig.now):
                self.seen += 1
                if self.is_away:
                    continue
                self._arrive(RtpView(packet))

    def _arrive(self, view: RtpView) -> None:
        self.padded += view.padding_bytes
        value = view.extension(self._number_id)
        if value is not None:
            self._recorder.record(int.from_bytes(value), view.ssrc, self.rig.now + 0.02)

    def watch(self, seconds: int) -> None:
        """Send, and give feedback each 100 ms."""
        for _ in range(10 * seconds):
            self.send(10)
            self.rig.advance(0.03)
            for report in self._recorder.handle_timeout(self.rig.now + 0.02):
                self.say(report)

    def say(self, *packets: RtcpPacket) -> None:
        self.receiver.receive_rtcp(serialize(packets), self.rig.now)

    def downlink(self) -> dict[str, object]:
        stats: dict[str, object] = self.receiver.stats(self.rig.now)["downlink"]
        return stats


def test_feedback_becomes_an_estimate() -> None:
    on = Watching()
    assert on.downlink() == {
        "estimateBps": 300_000,
        "state": "unknown",
        "acknowledgedBps": None,
        "rttMs": None,
        "loss": 0.0,
        "probes": 0,
    }
    on.watch(20)
    told = on.downlink()
    assert told["state"] in ("measured", "limited")
    assert told["acknowledgedBps"] == pytest.approx(800_000 * 10 / 13, rel=0.2)
    assert told["estimateBps"] > 800_000  # type: ignore[operator]
    assert told["rttMs"] == pytest.approx(30, abs=15)
    assert on.receiver.drops[Drop.BAD_FEEDBACK] == 0


def test_a_transport_that_sends_nothing_has_no_downlink() -> None:
    assert Rig().transport("send").stats(100.0)["downlink"] is None


def test_lies_are_counted_and_change_nothing() -> None:
    on = Watching()
    on.say(TransportWideFeedback(1, 1, 0, 0, 0, (4,)))  # nothing was sent
    on.watch(5)
    before = on.downlink()
    newest = on.receiver.outbox.history
    assert newest is not None
    number = newest.next_number & 0xFFFF
    on.say(TransportWideFeedback(1, 1, number, 0, 0, (4,)))
    on.say(TransportWideFeedback(1, 1, number - 1, 0, 0, (4, 4)))
    on.say(TransportWideFeedback(1, 1, number + 30_000 & 0xFFFF, 0, 0, (None,) * 4096))
    on.say(ReceiverEstimatedBitrate(1, 2**60, (5000,)))
    assert on.receiver.drops[Drop.BAD_FEEDBACK] == 5
    assert on.downlink() == before


@pytest.mark.parametrize(("bitrate", "estimate"), [(0, MIN_BPS), (800_000, 800_000), (2**60, MAX_BPS)])
def test_remb_of_a_peer_without_transport_wide_numbers_is_bounded(bitrate: int, estimate: int) -> None:
    on = Watching(TRANSPORT_CC)
    on.send(10)
    on.say(ReceiverEstimatedBitrate(1, bitrate, (5000,)))
    told = on.downlink()
    assert (told["estimateBps"], told["state"]) == (estimate, "measured")
    assert on.receiver.drops[Drop.BAD_FEEDBACK] == 0


def test_a_wish_for_more_is_probed_for_with_padding_and_found() -> None:
    content = Watching()
    content.watch(10)
    assert content.downlink()["probes"] == 0, "it gets everything there is"
    assert content.padded == 0
    thin = Watching(wanted_bps=3_000_000)
    thin.watch(12)
    told = thin.downlink()
    assert told["estimateBps"] >= 1_800_000  # type: ignore[operator]
    assert thin.padded > 0
    assert thin.receiver.drops.as_dict() == {}


def test_after_an_outage_pictures_begin_anew_and_the_line_is_as_wide_as_before() -> None:
    on = Watching()
    on.watch(10)
    before = on.downlink()["estimateBps"]
    on.is_away = True
    on.send(500, DELTA_FRAME)
    rtcp_of(on.sender)
    on.is_away = False
    on.send(10, DELTA_FRAME)
    for report in on._recorder.handle_timeout(on.rig.now + 1):
        on.say(report)
    assert any(isinstance(packet, PictureLossIndication) for packet in rtcp_of(on.sender))
    on.seen = 0
    on.send(3, DELTA_FRAME)
    assert on.seen == 0, "what comes before the key frame cannot be shown"
    on.send(1)
    on.send(3, DELTA_FRAME)
    assert on.seen == 4
    on.watch(3)
    assert on.downlink()["estimateBps"] >= before  # type: ignore[operator]


def test_without_a_stream_for_padding_there_is_no_probe() -> None:
    on = Watching(wanted_bps=3_000_000)
    on.watch(1)
    [consumer] = on.receiver.consumers.values()
    consumer.pause()
    before = on.padded
    on.watch(2)
    assert on.padded == before


def test_a_flood_of_rtcp_is_not_read_and_ends_with_itself() -> None:
    on = Watching()
    on.watch(1)
    flood = serialize([Nack(1, 5000, tuple(range(17 * 300)))])
    for _ in range(1000):
        on.receiver.receive_rtcp(flood, on.rig.now)
    read = 1000 - on.receiver.drops[Drop.RTCP_RATE]
    assert read * len(flood) <= 64 * 1024
    on.watch(4)
    assert on.downlink()["state"] != "unknown"
    assert on.receiver.drops[Drop.RTCP_RATE] == 1000 - read, "what comes at an honest rate is read again"


claims = st.builds(
    TransportWideFeedback,
    sender_ssrc=st.just(1),
    media_ssrc=st.just(5000),
    base_sequence_number=st.integers(0, 60) | st.integers(0, 0xFFFF),
    reference_time=st.integers(-0x80_0000, 0x7F_FFFF),
    feedback_count=st.integers(0, 255),
    deltas=st.lists(st.none() | st.integers(-0x8000, 0x7FFF), max_size=60).map(tuple),
)
limits = st.builds(ReceiverEstimatedBitrate, st.just(1), st.integers(0, 2**80), st.just((5000,)))
noise = st.tuples(st.sampled_from([(0x8F, 205), (0x8F, 206)]), st.binary(max_size=60)).map(
    lambda drawn: struct.pack("!BBH", *drawn[0], len(drawn[1]) // 4) + drawn[1][: len(drawn[1]) // 4 * 4]
)


@given(st.lists((claims | limits).map(lambda packet: serialize([packet])) | noise, max_size=20))
def test_whatever_feedback_says_the_estimate_stays_within_bounds(script: list[bytes]) -> None:
    on = Watching()
    for data in script:
        on.send(3)
        on.receiver.receive_rtcp(data, on.rig.now)
        estimate = on.downlink()["estimateBps"]
        assert isinstance(estimate, int)
        assert MIN_BPS <= estimate <= MAX_BPS
    assert on.receiver.drops[Drop.FAULT] == 0
