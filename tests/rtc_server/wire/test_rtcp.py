"""RTCP against recorded compounds, aiortc's codec, and any bytes."""

import dataclasses
from typing import Any

import pytest
from aiortc import rtp as aiortc_rtp
from hypothesis import given
from hypothesis import strategies as st

from rtc_server.errors import WireError
from rtc_server.wire.rtcp import (
    FullIntraRequest,
    FullIntraRequestEntry,
    Goodbye,
    Nack,
    PictureLossIndication,
    ReceiverEstimatedBitrate,
    ReceiverReport,
    ReportBlock,
    RtcpPacket,
    SenderReport,
    SourceDescription,
    SourceDescriptionChunk,
    TransportWideFeedback,
    UnknownPacket,
    parse_compound,
    serialize,
)
from rtc_server.wire.rtcp_transport_cc import MAX_STATUS_COUNT, parse_transport_wide
from tests.rtc_server.wire.vectors import load

VECTORS = load("rtcp")

uint8 = st.integers(0, 0xFF)
uint16 = st.integers(0, 0xFFFF)
uint32 = st.integers(0, 0xFFFF_FFFF)
uint64 = st.integers(0, 0xFFFF_FFFF_FFFF_FFFF)
blocks = st.lists(
    st.builds(ReportBlock, uint32, uint8, st.integers(-0x80_0000, 0x7F_FFFF), uint32, uint32, uint32, uint32),
    max_size=31,
).map(tuple)
chunks = st.lists(
    st.builds(
        SourceDescriptionChunk,
        uint32,
        st.lists(st.tuples(st.integers(1, 8), st.binary(max_size=255)), max_size=3).map(tuple),
    ),
    max_size=5,
).map(tuple)
# REMB keeps 18 bits of precision.
bitrates = st.builds(
    lambda mantissa, exponent: mantissa << exponent, st.integers(0, 0x3FFFF), st.integers(0, 20)
)
deltas = st.lists(
    st.none() | st.integers(0, 255) | st.integers(-0x8000, 0x7FFF) | st.just(1), max_size=80
).map(tuple)
feedback = st.builds(
    TransportWideFeedback, uint32, uint32, uint16, st.integers(-0x80_0000, 0x7F_FFFF), uint8, deltas
)
packets: st.SearchStrategy[RtcpPacket] = st.one_of(
    st.builds(SenderReport, uint32, uint64, uint32, uint32, uint32, blocks),
    st.builds(ReceiverReport, uint32, blocks),
    st.builds(SourceDescription, chunks),
    st.builds(Goodbye, st.lists(uint32, max_size=31).map(tuple), st.binary(max_size=255)),
    st.builds(Nack, uint32, uint32, st.lists(uint16, max_size=40).map(tuple)),
    st.builds(PictureLossIndication, uint32, uint32),
    st.builds(
        FullIntraRequest,
        uint32,
        uint32,
        st.lists(st.builds(FullIntraRequestEntry, uint32, uint8), max_size=5).map(tuple),
    ),
    st.builds(ReceiverEstimatedBitrate, uint32, bitrates, st.lists(uint32, max_size=8).map(tuple)),
    feedback,
    st.builds(UnknownPacket, st.just(207), st.integers(0, 31), st.binary(max_size=9).map(lambda b: b * 4)),
)


def as_json(value: Any) -> Any:
    """Return a packet as the vectors spell it."""
    if dataclasses.is_dataclass(value):
        fields = {field.name: as_json(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return {"type": type(value).__name__} | fields
    if isinstance(value, list | tuple):
        return [as_json(entry) for entry in value]
    return value.hex() if isinstance(value, bytes) else value


@pytest.mark.parametrize("name", VECTORS)
def test_recorded_compound(name: str) -> None:
    vector: Any = VECTORS[name]
    parsed = parse_compound(vector["data"])
    assert as_json(parsed) == vector["packets"]
    assert parse_compound(serialize(parsed)) == parsed


@given(st.lists(packets, min_size=1, max_size=4))
def test_round_trip(compound: list[RtcpPacket]) -> None:
    data = serialize(compound)
    assert len(data) % 4 == 0
    assert parse_compound(data) == compound


@given(st.lists(packets, min_size=1, max_size=2), st.data())
def test_damaged_compound_raises_only_wire_error(compound: list[RtcpPacket], data: st.DataObject) -> None:
    damaged = bytearray(serialize(compound))
    for _ in range(data.draw(st.integers(1, 3))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(uint8)
    cut = bytes(damaged[: data.draw(st.integers(0, len(damaged)))])
    for candidate in (bytes(damaged), cut):
        try:
            serialize(parse_compound(candidate))
        except WireError:
            continue


@given(
    st.builds(
        lambda first, kind, body: bytes((first, kind)) + (len(body) // 4).to_bytes(2) + body,
        st.integers(0x80, 0xBF),
        st.integers(192, 223),
        st.binary(max_size=25).map(lambda b: b[: len(b) // 4 * 4]),
    )
    | st.binary(max_size=40)
)
def test_any_bytes_raise_only_wire_error(data: bytes) -> None:
    try:
        parse_compound(data)
    except WireError:
        return


@given(st.builds(SenderReport, uint32, uint64, uint32, uint32, uint32, blocks))
def test_aiortc_reads_our_sender_reports(report: SenderReport) -> None:
    (theirs,) = aiortc_rtp.RtcpPacket.parse(serialize([report]))
    assert theirs.ssrc == report.ssrc
    assert theirs.sender_info.ntp_timestamp == report.ntp
    assert [entry.packets_lost for entry in theirs.reports] == [
        block.packets_lost for block in report.report_blocks
    ]
    assert [(entry.jitter, entry.lsr, entry.dlsr) for entry in theirs.reports] == [
        (block.jitter, block.last_sr, block.delay_since_last_sr) for block in report.report_blocks
    ]


@given(uint32, st.text(max_size=60))
def test_aiortc_reads_our_cname(ssrc: int, cname: str) -> None:
    description = SourceDescription.of_cname(ssrc, cname)
    (theirs,) = aiortc_rtp.RtcpPacket.parse(serialize([description]))
    assert (theirs.chunks[0].ssrc, theirs.chunks[0].items) == (ssrc, [(1, cname.encode()[:255])])
    assert SourceDescriptionChunk(ssrc, ()).cname is None


@given(st.sets(uint16, min_size=1, max_size=40).map(sorted))
def test_aiortc_reads_our_nacks(lost: list[int]) -> None:
    (theirs,) = aiortc_rtp.RtcpPacket.parse(serialize([Nack(1, 2, tuple(lost))]))
    assert sorted(theirs.lost) == lost


@given(st.integers(0, 2**40), st.lists(uint32, max_size=5))
def test_aiortc_reads_our_remb(bitrate: int, ssrcs: list[int]) -> None:
    (theirs,) = aiortc_rtp.RtcpPacket.parse(serialize([ReceiverEstimatedBitrate(1, bitrate, tuple(ssrcs))]))
    read, read_ssrcs = aiortc_rtp.unpack_remb_fci(theirs.fci)
    assert read_ssrcs == ssrcs
    assert read <= bitrate
    assert bitrate - read <= bitrate / 2**17


def test_a_run_of_lost_packets_is_one_nack_entry() -> None:
    assert len(serialize([Nack(1, 2, tuple(range(100, 117)))])) == 16


def test_transport_wide_by_hand() -> None:
    """A run of two small deltas, then a two-bit vector: large, missing, small, four missing (§3.1.3)."""
    head = bytes.fromhex("8fcd0007 00000001 00000002 fffe0009 0000c807".replace(" ", ""))
    chunks, deltas = bytes.fromhex("2002e100"), bytes.fromhex("0a14ff3805")
    expected = TransportWideFeedback(
        sender_ssrc=1,
        media_ssrc=2,
        base_sequence_number=0xFFFE,
        reference_time=200,
        feedback_count=7,
        deltas=(10, 20, -200, None, 5, None, None, None, None),
    )
    assert parse_compound(head + chunks + deltas + bytes(3)) == [expected]


@pytest.mark.parametrize(
    ("deltas", "chunks"),
    [
        ((1,) * 20, "2014"),  # one run of 20
        ((None,) * 4096, "1000"),
        ((1, None) * 7, "aaaa"),  # one-bit vector: 10101010101010
        ((300, None, 1, 300, None, 1, 1), "e185"),  # two-bit vector: 10 00 01 10 00 01 01
    ],
)
def test_transport_wide_chunks_are_short(deltas: tuple[int | None, ...], chunks: str) -> None:
    data = serialize([TransportWideFeedback(1, 2, 3, 4, 5, deltas)])
    assert data[20:22].hex() == chunks


def test_transport_wide_claims_are_bounded() -> None:
    """Two bytes of run length could claim 8,191 packets; nobody needs that many."""
    too_many = TransportWideFeedback(1, 2, 3, 4, 5, (None,) * (MAX_STATUS_COUNT + 1))
    with pytest.raises(WireError, match="too many"):
        parse_compound(serialize([too_many]))


def test_every_kind_of_chunk_gives_its_symbols() -> None:
    """A run of one small delta, a vector of bits, a vector of pairs of bits; then their deltas."""
    head = bytes.fromhex("0000000100000002000300160000000020 01a001".replace(" ", ""))
    deltas = bytes.fromhex("09 0807 06fffb04")
    body = head + bytes.fromhex("c481") + deltas
    bits, pairs = (8, *[None] * 12, 7), (None, 6, None, -5, None, None, 4)
    assert parse_transport_wide(body).deltas == (9, *bits, *pairs)
    with pytest.raises(WireError, match="truncated"):
        parse_transport_wide(body[:-1])
    with pytest.raises(WireError, match="reserved"):
        parse_transport_wide(head + bytes.fromhex("c4c1") + deltas)


def test_libwebrtc_pads_transport_wide_feedback_by_less_than_a_word() -> None:
    """A recorded one: the padding count was refused when it was not a multiple of four."""
    vector = VECTORS["transport_wide_large"]
    assert vector["data"][0] & 0x20
    assert vector["data"][-1] % 4


@pytest.mark.parametrize(
    "data",
    [
        "",
        "80c8",
        "00c90001 00000001",  # version 0
        "80c90002 00000001",  # length past the end
        "a0c90001 00000000",  # padding count 0
        "a0c90001 00000008",  # padding longer than the packet
        "81c90001 00000001",  # a block that is not there
        "80c80001 00000001",  # sender info is not there
        "81ca0001 00000001",  # items without end
        "81ca0002 00000001 01ff6161",  # item past the end
        "81cb0000",  # SSRC is not there
        "81cb0002 00000001 08616161",  # reason past the end
        "81cd0001 00000001",
        "84ce0003 00000001 00000000 00000007",  # half a FIR entry
        "8fce0004 00000001 00000000 52454d42 02000000",  # REMB names two streams, holds none
        "8fcd0003 00000001 00000002 00000001",
        "8fcd0004 00000001 00000002 00000001 00000000",  # chunk missing
        "8fcd0005 00000001 00000002 00000001 00000000 00000000",  # chunk of no length
        "8fcd0005 00000001 00000002 00000001 00000000 60010000",  # reserved symbol
    ],
)
def test_refusals(data: str) -> None:
    with pytest.raises(WireError):
        parse_compound(bytes.fromhex(data.replace(" ", "")))
