"""Whatever a receiving peer says, in whatever order: bounded, counted, and nobody else's loss."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from rtc_server.protocol.estimate.estimator import MIN_BPS
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
from tests.rtc_server.sfu.rig import KEY_FRAME, Rig, rtcp_of, video

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

    def __init__(self) -> None:
        self.rig = Rig()
        self.sender, self.liar, self.other = (
            self.rig.transport(direction) for direction in ("send", "recv", "recv")
        )
        producer = self.rig.produce(self.sender)
        self.consumer = self.rig.consume(self.liar, producer)
        self.rig.consume(self.other, producer)
        self.sent = self.repeated = self.asked = self.number = 0

    def step(self, wait: float) -> None:
        """Let a picture pass, and time."""
        self.number += 1
        self.sender.receive_rtp(video(self.number, PAYLOAD), self.rig.now)
        self.rig.advance(wait)
        self.asked += sum(isinstance(packet, PictureLossIndication) for packet in rtcp_of(self.sender))
        assert len(self.other.outbox.take(self.rig.now).packets) == 1
        outbox = self.liar.outbox
        for header, _, _ in outbox.take(self.rig.now).packets:
            self.repeated += int.from_bytes(header[8:12]) == self.consumer.stream.route.rtx_ssrc
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
