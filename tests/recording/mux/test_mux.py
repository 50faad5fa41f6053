"""From synthetic people through tap and journals to files: durations, offsets, key frames, gaps, damage."""

from dataclasses import replace
from pathlib import Path

import av
import pytest

from recording.format import Description, RecordKind, encode_record
from recording.mux import RecordingIndex
from rtc_server.tap_commands import PauseTap, ResumeTap
from tests.recording.played import beeps, flashes, media_path, mux, record, server_seconds, sound_seconds
from tests.recording.synthetic import Track, camera, microphone

CODECS = ["video/VP8", "video/H264", "video/VP9", "video/AV1"]


@pytest.mark.parametrize("mime_type", CODECS)
def test_sound_and_picture_of_a_person_in_step(tmp_path: Path, mime_type: str) -> None:
    journals = tmp_path / "j"
    record(journals, {"clerk": {"microphone": [microphone(6, 101)], "camera": [camera(6, 101, mime_type)]}})
    index = mux(journals)
    (segment,) = index.segments
    assert (segment.lane, segment.kind, segment.has_audio, segment.has_video) == (
        "clerk",
        "person",
        True,
        True,
    )
    assert (segment.width, segment.height) == (160, 120)
    assert segment.duration_ms == pytest.approx(6000, abs=150)
    assert server_seconds(segment.start_ms) == pytest.approx(101, abs=0.03)
    path = media_path(journals, segment.key)
    seen, heard = flashes(path), beeps(path)
    assert len(seen) == len(heard) == 6
    assert max(abs(a - b) for a, b in zip(seen, heard, strict=True)) < 0.1
    assert index.gaps == ()


def test_tracks_without_reports_keep_step_by_arrival(tmp_path: Path) -> None:
    journals = tmp_path / "j"
    tracks = {"microphone": [microphone(4, 101)], "camera": [camera(4, 101)]}
    record(
        journals, {"clerk": {name: [replace(t, reports=False) for t in ts] for name, ts in tracks.items()}}
    )
    path = media_path(journals, mux(journals).segments[0].key)
    # Encoders of unequal delay show without reports: 90 ms here.
    assert max(abs(a - b) for a, b in zip(flashes(path), beeps(path), strict=True)) < 0.15


def test_two_people_with_clocks_of_their_own_meet_on_the_servers(tmp_path: Path) -> None:
    journals = tmp_path / "j"
    people = {
        "clerk": {"microphone": [microphone(5, 101)], "camera": [camera(5, 101)]},
        "expert": {"microphone": [replace(microphone(5, 102), ntp_offset=12.5, delay=0.08)]},
    }
    record(journals, people)
    clerk, expert = mux(journals).segments
    heard = [
        [server_seconds(segment.start_ms) + beep for beep in beeps(media_path(journals, segment.key))]
        for segment in (clerk, expert)
    ]
    for times, start in zip(heard, (101, 102), strict=True):
        assert [time - start for time in times] == pytest.approx([0, 1, 2, 3, 4], abs=0.05)


def test_file_seeks_to_key_frames(tmp_path: Path) -> None:
    journals = tmp_path / "j"
    record(journals, {"clerk": {"camera": [camera(12, 101)], "microphone": [microphone(12, 101)]}})
    path = media_path(journals, mux(journals).segments[0].key)
    with av.open(str(path)) as source:
        stream = source.streams.video[0]
        keys = [
            float(p.pts * p.time_base) for p in source.demux(stream) if p.is_keyframe and p.pts is not None
        ]
    assert len(keys) >= 6
    with av.open(str(path)) as source:
        source.seek(int(9.5 / source.streams.video[0].time_base), stream=source.streams.video[0])
        frame = next(source.decode(video=0))
        assert 7.5 <= float(frame.pts * frame.time_base) <= 9.5
    head = path.read_bytes()[:4096]
    assert b"\x1c\x53\xbb\x6b" in head  # Cues before the first cluster


def test_pause_is_a_gap_with_its_reason_and_silence_in_the_file(tmp_path: Path) -> None:
    journals = tmp_path / "j"
    people = {"clerk": {"microphone": [microphone(10, 101)], "camera": [camera(10, 101, key_every=1.0)]}}
    commands = [
        (104.6, lambda host: host.control("r", PauseTap("身份证"))),
        (107.6, lambda host: host.control("r", ResumeTap())),
    ]
    record(journals, people, commands)
    index = mux(journals)
    assert {(gap.track, gap.reason) for gap in index.gaps} == {("microphone", "身份证"), ("camera", "身份证")}
    for gap in index.gaps:
        assert server_seconds(gap.start_ms) == pytest.approx(104.6, abs=0.1)
        assert gap.duration_ms == pytest.approx(3000, abs=150)
    path = media_path(journals, index.segments[0].key)
    assert beeps(path) == pytest.approx([0, 1, 2, 3, 7, 8, 9], abs=0.05)
    assert flashes(path) == pytest.approx([0, 1, 2, 3, 7, 8, 9], abs=0.1)
    assert sound_seconds(path) == pytest.approx(10, abs=0.05)


def test_long_pause_goes_on_although_sequence_numbers_wrapped(tmp_path: Path) -> None:
    journals = tmp_path / "j"
    before, after = camera(2, 101), replace(camera(2, 401), sequence_base=(65000 + 40000) & 0xFFFF)
    after = replace(after, rtp_base=before.rtp_at(401))
    whole = _Joined(before, after)
    commands = [
        (103.4, lambda host: host.control("r", PauseTap("x"))),
        (400.9, lambda host: host.control("r", ResumeTap())),
    ]
    record(journals, {"clerk": {"camera": [whole]}}, commands)
    first, second = mux(journals).segments
    assert second.start_ms - first.start_ms == pytest.approx(300_000, abs=100)
    for segment in (first, second):
        assert flashes(media_path(journals, segment.key)) == pytest.approx([0, 1], abs=0.1)


def test_lost_packets_wait_for_the_next_key_frame(tmp_path: Path) -> None:
    journals = tmp_path / "j"
    track = camera(8, 101, key_every=4.0)
    record(journals, {"clerk": {"camera": [replace(track, lose=frozenset({90}))]}})
    index = mux(journals)
    (gap,) = index.gaps
    assert gap.reason == "damaged"
    end = server_seconds(gap.start_ms + gap.duration_ms)
    assert end == pytest.approx(105, abs=0.1)
    with av.open(str(media_path(journals, index.segments[0].key))) as source:
        assert sum(1 for _ in source.decode(video=0)) < 80


def test_codec_change_makes_another_segment_of_the_lane(tmp_path: Path) -> None:
    journals = tmp_path / "j"
    people = {
        "clerk": {
            "microphone": [microphone(8, 101)],
            "camera": [camera(4, 101), replace(camera(4, 105, "video/H264"), ssrc=9)],
        }
    }
    record(journals, people)
    first, second = mux(journals).segments
    assert (first.key, second.key) == ("c1/clerk.0001.webm", "c1/clerk.0002.mp4")
    assert first.duration_ms == pytest.approx(4000, abs=200)
    assert second.duration_ms == pytest.approx(4000, abs=200)
    assert server_seconds(second.start_ms) == pytest.approx(105, abs=0.2)
    assert len(beeps(media_path(journals, second.key))) == 4


def test_change_of_size_in_mid_track_stays_one_file(tmp_path: Path) -> None:
    journals = tmp_path / "j"
    before, after = camera(2, 101), camera(2, 103, size=(96, 80))
    after = replace(after, rtp_base=before.rtp_at(103), sequence_base=before.sequence_base + 2000)
    record(journals, {"clerk": {"desktop": [_Joined(before, after)]}})
    (segment,) = mux(journals).segments
    assert (segment.lane, segment.kind) == ("clerk-desktop", "desktop")
    with av.open(str(media_path(journals, segment.key))) as source:
        sizes = [(frame.width, frame.height) for frame in source.decode(video=0)]
    assert {(160, 120), (96, 80)} == set(sizes)


def test_clock_that_stops_begins_another_stretch(tmp_path: Path) -> None:
    journals = tmp_path / "j"
    before = replace(microphone(5, 101), reports=False)
    after = replace(
        before, start=110.0, rtp_base=before.rtp_at(106.0), sequence_base=before.sequence_base + 250
    )
    record(journals, {"clerk": {"microphone": [_Joined(before, after)]}})
    index = mux(journals)
    assert beeps(media_path(journals, index.segments[0].key)) == pytest.approx(
        [0, 1, 2, 3, 4, 9, 10, 11, 12, 13], abs=0.05
    )
    assert [gap.reason for gap in index.gaps] == ["silence"]


def test_thumbnails_and_loudness_lie_beside(tmp_path: Path) -> None:
    journals = tmp_path / "j"
    record(journals, {"clerk": {"microphone": [microphone(12, 101)], "camera": [camera(12, 101)]}})
    index = mux(journals)
    (segment,) = index.segments
    assert [server_seconds(thumb.time_ms) for thumb in segment.thumbnails] == pytest.approx(
        [101, 111], abs=0.2
    )
    for thumbnail in segment.thumbnails:
        with av.open(str(media_path(journals, thumbnail.key))) as picture:
            assert next(picture.decode(video=0)).width == 240
    assert segment.loudness is not None
    curve = eval(media_path(journals, segment.loudness).read_text())
    assert curve["stepMs"] == 100
    assert len(curve["values"]) == pytest.approx(120, abs=2)
    loud = [position for position, value in enumerate(curve["values"]) if value > -30]
    assert all(min(position % 10, 10 - position % 10) <= 1 for position in loud)
    assert len(loud) >= 12


def test_every_file_is_listed_and_muxing_again_gives_the_same(tmp_path: Path) -> None:
    journals = tmp_path / "j"
    record(journals, {"clerk": {"microphone": [microphone(3, 101)], "camera": [camera(3, 101)]}})
    index = mux(journals)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        key.partition("/")[2] for key in index.artefacts
    }
    assert RecordingIndex.from_json(index.to_json()) == index
    assert mux(journals) == index


def test_damage_in_the_middle_of_a_journal_costs_a_moment(tmp_path: Path) -> None:
    journals = tmp_path / "j"
    record(journals, {"clerk": {"microphone": [microphone(5, 101)]}})
    (path,) = journals.iterdir()
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 300] = b"\xb5" * 300
    path.write_bytes(data[:-7])
    (segment,) = mux(journals).segments
    assert segment.duration_ms == pytest.approx(5000, abs=50)
    assert len(beeps(media_path(journals, segment.key))) == 5


def test_empty_and_foreign_files_are_passed_over(tmp_path: Path) -> None:
    journals = tmp_path / "j"
    journals.mkdir()
    (journals / "clerk.0001.camera.journal").write_bytes(b"rubbish" * 100)
    (journals / "readme.txt").write_text("x")
    assert mux(journals).segments == ()


def test_codec_no_file_holds_is_listed_as_a_gap(tmp_path: Path) -> None:
    journals = tmp_path / "j"
    record(journals, {"clerk": {"microphone": [microphone(2, 101)], "camera": [camera(2, 101)]}})
    for path in journals.glob("*.camera.journal"):
        data = path.read_bytes()
        header = 16
        size = int.from_bytes(data[2:4])
        description = Description.decode(data[header : header + size])
        changed = replace(description, mime_type="video/theora").encode()
        path.write_bytes(encode_record(RecordKind.DESCRIPTION, 0, changed) + data[header + size :])
    index = mux(journals)
    assert [(gap.track, gap.reason) for gap in index.gaps] == [("camera", "unrecordable")]
    (segment,) = index.segments
    assert (segment.has_audio, segment.has_video, segment.width) == (True, False, None)
    assert segment.mime == 'audio/webm; codecs="opus"'


class _Joined(Track):
    """Two tracks as one producer: the second goes on where the first ended."""

    def __init__(self, first: Track, second: Track) -> None:
        self._parts = (first, second)

    def describe(self):  # type: ignore[no-untyped-def]
        return self._parts[0].describe()

    def events(self):  # type: ignore[no-untyped-def]
        return [event for part in self._parts for event in part.events()]
