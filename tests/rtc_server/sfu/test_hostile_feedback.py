"""Whatever a receiving peer says, in whatever order: bounded, counted, and nobody else's loss."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtc_server.protocol.estimate.estimator import MIN_BPS
from rtc_server.protocol.estimate.history import CAPACITY
from rtc_server.protocol.estimate.probe import ALLOWANCE_BYTES, SHARE
from rtc_server.protocol.keyframe import MIN_INTERVAL_S
from rtc_server.protocol.pacer import MAX_REPAIR_BYTES
from rtc_server.protocol.rtx_cache import MAX_RESENDS
from rtc_server.sfu.outbox import MAX_WAITING_BYTES
from rtc_server.wire.rtcp import (
    FullIntraRequest,
    FullIntraRequestEntry,
    Nack,
    PictureLossIndication,
    ReceiverEstimatedBitrate,
    ReceiverReport,
    ReportBlock,
    RtcpPacket,
    TransportWideFeedback,
    serialize,
)
from rtc_server.wire.rtcp_transport_cc import REFERENCE_S
from rtc_server.wire.rtp import RtpView
from tests.rtc_server.sfu.rig import KEY_FRAME, Rig, rtcp_of, video
from tests.rtc_server.sfu.simulcast import FRAME_S, Simulcast

MAX_BPS = 20_000_000
PAYLOAD = KEY_FRAME + bytes(1000)
NUMBERS = st.integers(0, 0xFFFF)
NEAR = st.integers(0, 60)
"""Numbers of packets that were sent, most of them."""
BLOCKS = st.builds(
    ReportBlock,
    st.just(0),
    st.integers(0, 255),
    st.integers(-(1 << 23), (1 << 23) - 1),
    st.integers(0, 0xFFFF_FFFF),
    st.integers(0, 0xFFFF_FFFF),
    st.integers(0, 0xFFFF_FFFF),
    st.integers(0, 0xFFFF_FFFF),
)
DELTAS = st.none() | st.integers(0, 255) | st.integers(-0x8000, 0x7FFF)


def said(ssrc: int) -> st.SearchStrategy[RtcpPacket]:
    """Return anything that a peer may say about the stream `ssrc`."""
    return st.one_of(
        st.lists(NUMBERS | NEAR, min_size=1, max_size=100).map(lambda found: Nack(1, ssrc, tuple(found))),
        st.just(PictureLossIndication(1, ssrc)),
        st.integers(0, 255).map(
            lambda number: FullIntraRequest(1, 0, (FullIntraRequestEntry(ssrc, number),))
        ),
        st.sampled_from([0, 1, 10**6, 2**60]).map(lambda rate: ReceiverEstimatedBitrate(1, rate, (ssrc,))),
        st.builds(
            TransportWideFeedback,
            st.just(1),
            st.just(ssrc),
            NUMBERS | NEAR,
            st.integers(0, 0xFF_FFFF),
            st.integers(0, 255),
            st.lists(DELTAS, min_size=1, max_size=80).map(tuple),
        ),
        BLOCKS.map(lambda block: ReceiverReport(1, (replace(block, ssrc=ssrc),))),
    )


class Victim:
    """A camera towards the one who lies and somebody else."""

    def __init__(self, *, wanted_downlink_bps: int = 0) -> None:
        self.rig = Rig(wanted_downlink_bps=wanted_downlink_bps)
        self.sender, self.liar, self.other = (
            self.rig.transport(direction) for direction in ("send", "recv", "recv")
        )
        producer = self.rig.produce(self.sender)
        self.consumer = self.rig.consume(self.liar, producer)
        self.rig.consume(self.other, producer)
        self.repeated = self.asked = self.number = 0
        self.picture_bytes = self.padding_bytes = 0
        """Of what leaves to the liar."""

    def step(self, wait: float) -> None:
        """Let a picture pass, and time."""
        self.number += 1
        self.sender.receive_rtp(video(self.number, PAYLOAD), self.rig.now)
        self.rig.advance(wait)
        self.asked += sum(isinstance(packet, PictureLossIndication) for packet in rtcp_of(self.sender))
        assert len(self.other.outbox.take(self.rig.now).packets) == 1
        outbox = self.liar.outbox
        for packet in outbox.finish(outbox.take(self.rig.now).packets, lambda: self.rig.now):
            view = RtpView(packet)
            if view.padding_bytes:
                self.padding_bytes += len(packet)
            else:
                self.picture_bytes += len(packet)
                self.repeated += view.ssrc == self.consumer.stream.route.rtx_ssrc
        assert outbox.pacer.waiting_bytes <= MAX_WAITING_BYTES + MAX_REPAIR_BYTES


@settings(max_examples=60, deadline=None)
@given(st.data(), st.lists(st.floats(0.01, 0.3), min_size=5, max_size=60))
def test_whatever_a_peer_says_costs_it_alone_and_is_bounded(data: st.DataObject, waits: list[float]) -> None:
    victim = Victim()
    began = victim.rig.now
    anything = said(victim.consumer.stream.route.ssrc)
    for wait in waits:
        for packet in data.draw(st.lists(anything, max_size=4)):
            victim.liar.receive_rtcp(serialize([packet]), victim.rig.now)
        victim.step(wait)
        told = victim.liar.stats(victim.rig.now)
        assert MIN_BPS <= told["downlink"]["estimateBps"] <= MAX_BPS
        assert "fault" not in told["drops"]
        assert told["rttMs"] is None or told["rttMs"] >= 0
    assert victim.repeated <= MAX_RESENDS * victim.number
    assert victim.asked <= 2 + (victim.rig.now - began) / MIN_INTERVAL_S


def test_a_flood_of_nacks_is_answered_within_bounds() -> None:
    """A thousand a second for everything that was ever sent."""
    victim = Victim()
    ssrc = victim.consumer.stream.route.ssrc
    for _ in range(100):
        for _ in range(10):
            victim.liar.receive_rtcp(serialize([Nack(1, ssrc, tuple(range(60)))]), victim.rig.now)
        victim.step(0.01)
    assert 0 < victim.repeated <= 100 * MAX_RESENDS
    drops = victim.liar.drops.as_dict()
    assert drops["rtx_rate"] > 10_000
    assert drops["not_in_cache"] > 0


def test_a_flood_of_key_frame_requests_reaches_the_camera_twice_a_second() -> None:
    victim = Victim()
    ssrc = victim.consumer.stream.route.ssrc
    for number in range(200):
        for _ in range(20):
            victim.liar.receive_rtcp(serialize([PictureLossIndication(1, ssrc)]), victim.rig.now)
            fir = FullIntraRequest(1, 0, (FullIntraRequestEntry(ssrc, number & 0xFF),))
            victim.liar.receive_rtcp(serialize([fir]), victim.rig.now)
        victim.step(0.01)
    assert 2 <= victim.asked <= 2 + 2 / MIN_INTERVAL_S


def test_whoever_claims_ten_gigabit_gets_the_picture_and_little_padding() -> None:
    """Everything arrives at one moment, by its reports; and there is always more to be had."""
    victim = Victim(wanted_downlink_bps=10_000_000_000)
    told = 0
    for number in range(60 * 30):
        victim.step(1 / 30)
        history = victim.liar.outbox.history
        if number % 3 or history is None:
            continue
        deltas, reference = (0,) * (history.next_number - told), round(victim.rig.now / REFERENCE_S)
        report = TransportWideFeedback(1, 1, told & 0xFFFF, reference, 0, deltas)
        told = history.next_number
        victim.liar.receive_rtcp(serialize([report]), victim.rig.now)
        assert victim.liar.stats(victim.rig.now)["downlink"]["estimateBps"] <= MAX_BPS
    assert "bad_feedback" not in victim.liar.drops.as_dict(), "nothing in it can be seen to be untrue"
    assert victim.padding_bytes > 0
    # What is said to arrive is believed up to twice what was sent, padding too.
    earned = 2 * SHARE * (victim.picture_bytes + victim.padding_bytes)
    assert victim.padding_bytes <= 2 * ALLOWANCE_BYTES + earned


def test_reports_of_what_was_never_sent_are_refused_and_read_no_further() -> None:
    victim = Victim()
    for _ in range(20):
        victim.step(0.01)
    before = victim.liar.stats(victim.rig.now)["downlink"]
    for base in range(0, 0x10000, 1111):
        report = TransportWideFeedback(1, 1, base, 0, 0, (0,) * (CAPACITY // 2))
        victim.liar.receive_rtcp(serialize([report]), victim.rig.now)
        victim.step(0.1)
    drops = victim.liar.drops.as_dict()
    assert drops["bad_feedback"] + drops.get("rtcp_rate", 0) == 59
    assert victim.liar.stats(victim.rig.now)["downlink"]["estimateBps"] == before["estimateBps"]


@pytest.mark.parametrize("heights", [(0, 2**60), (1, 2**60), (0, 90, 360, 720)])
def test_a_flood_of_views_costs_few_key_frames_few_words_and_nobody_else(heights: tuple[int, ...]) -> None:
    camera = Simulcast()
    liar, other = camera.receiver(), camera.receiver()
    for each in (liar, other):
        each.line(MAX_BPS)
    camera.run(5, liar, other)
    asked, pictures = sum(layer.asked for layer in camera.layers), len(other.heights)
    camera.rig.events.clear()
    seconds = 20
    for turn in range(round(seconds / FRAME_S)):
        for more in range(5):
            liar.consumer.view(heights[(turn + more) % len(heights)], camera.rig.now)
        liar.look()
        camera.run(FRAME_S, liar, other)
    asked = sum(layer.asked for layer in camera.layers) - asked
    assert asked <= len(camera.layers) * seconds / MIN_INTERVAL_S
    assert len(camera.rig.events) <= 3 * seconds
    assert set(other.heights[pictures:]) == {720}
    assert len(other.heights) - pictures >= seconds / FRAME_S - 1
