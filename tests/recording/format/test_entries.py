"""Entries of a journal survive the way to disk and back, and refuse what they are not."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recording.errors import DamagedError, InvalidNameError
from recording.format import (
    Anchor,
    Description,
    JournalName,
    SenderReport,
    encode_end,
    encode_pause,
    reason_of,
)
from recording.format.names import lane_of

DESCRIPTION = Description(
    call_id="c1",
    lane="clerk",
    participant="clerk",
    track="camera",
    generation=2,
    segment=1,
    producer_id="p",
    kind="video",
    mime_type="video/H264",
    payload_type=97,
    clock_rate=90000,
    channels=1,
    ssrc=77,
    parameters={"packetization-mode": 1, "profile-level-id": "42e01f"},
)


def test_description_round_trip() -> None:
    assert Description.decode(DESCRIPTION.encode()) == DESCRIPTION


@given(st.text(max_size=40), st.integers(0, 2**63), st.integers(0, 2**63))
def test_anchor_round_trip(boot_id: str, monotonic_ns: int, wall_ns: int) -> None:
    anchor = Anchor(boot_id, monotonic_ns, wall_ns)
    assert Anchor.decode(anchor.encode()) == anchor


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**64 - 1), st.integers(0, 2**32 - 1))
def test_sender_report_round_trip(ssrc: int, ntp: int, rtp: int) -> None:
    report = SenderReport(ssrc, ntp, rtp)
    assert SenderReport.decode(report.encode()) == report


def test_reasons_round_trip() -> None:
    assert reason_of(encode_pause("出示身份证")) == "出示身份证"
    assert reason_of(encode_end("closed")) == "closed"
    assert len(reason_of(encode_pause("长" * 1000))) == 200


@pytest.mark.parametrize("decode", [Description.decode, Anchor.decode, SenderReport.decode, reason_of])
@given(
    payload=st.binary(max_size=80) | st.sampled_from([b"{}", b"[]", b'{"version":1}', b'{"reason":3}', b"1"])
)
def test_any_payload_decodes_or_is_damaged(decode: Callable[[bytes], object], payload: bytes) -> None:
    try:
        decode(payload)
    except DamagedError:
        return


@pytest.mark.parametrize(
    ("participant", "track", "lane"),
    [
        ("p", "microphone", "p"),
        ("p", "camera", "p"),
        ("p", "desktop", "p-desktop"),
        ("p", "document_camera", "p-document_camera"),
    ],
)
def test_lanes(participant: str, track: str, lane: str) -> None:
    assert lane_of(participant, track) == lane


def test_unknown_track_has_no_lane() -> None:
    with pytest.raises(InvalidNameError):
        lane_of("p", "hologram")


def test_journal_names() -> None:
    name = JournalName("clerk-desktop", 12, "desktop")
    assert str(name) == "clerk-desktop.0012.desktop.journal"
    assert JournalName.parse(str(name)) == name
    assert JournalName.parse("../x.0001.camera.journal") is None
