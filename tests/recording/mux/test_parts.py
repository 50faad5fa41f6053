"""How a lane is cut into files: at holes in its picture, each hour; and what stands beside them."""

import json
from dataclasses import replace
from functools import partial
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recording.assemble import parts
from recording.assemble.frames import Frame, Sample
from recording.assemble.parts import HOLE_SECONDS, Part, Placed
from rtc_server.tap_commands import PauseTap, ResumeTap
from tests.recording.played import beeps, flashes, media_path, mux, record, server_seconds, sound_seconds
from tests.recording.synthetic import camera, levels, microphone

cut_parts = partial(parts.cut_parts, max_seconds=3600.0)


def sound(start: float, end: float, step: float = 0.02) -> list[Sample]:
    count = round((end - start) / step)
    return [Sample(start + n * step, 0.02, Frame(0, 0, b"\xf8x", key=True)) for n in range(count)]


def pictures(start: float, end: float, step: float = 0.1, key_every: int = 10) -> list[Sample]:
    count = round((end - start) / step)
    return [Sample(start + n * step, 0.0, Frame(0, 0, b"x", key=n % key_every == 0)) for n in range(count)]


def files(placed: list[Placed]) -> list[tuple[float, float, bool, bool]]:
    """Return (start, end, has sound, has picture) of each part."""
    parts: dict[Part, list[Placed]] = {}
    for one in placed:
        parts.setdefault(one.part, []).append(one)
    return [
        (
            round(part.start, 1),
            round(max(one.sample.time + one.sample.duration for one in found), 1),
            any(not one.is_picture for one in found),
            any(one.is_picture for one in found),
        )
        for part, found in parts.items()
    ]


def test_camera_off_for_long_cuts_the_file() -> None:
    placed = list(cut_parts(sound(0, 100), [*pictures(0, 20), *pictures(60, 80)]))
    assert files(placed) == [
        (0, 20, True, True),
        (20, 60, True, False),
        (60, 85, True, True),
        (85, 100, True, False),
    ]


def test_camera_that_comes_late_begins_a_file() -> None:
    assert files(list(cut_parts(sound(0, 40), pictures(20, 40)))) == [
        (0, 20, True, False),
        (20, 40, True, True),
    ]
    assert files(list(cut_parts(sound(0, 40), pictures(4, 40)))) == [(0, 40, True, True)]


def test_still_desktop_is_one_file() -> None:
    assert len(files(list(cut_parts((), pictures(0, 400, step=4.0, key_every=1))))) == 1
    assert len(files(list(cut_parts((), pictures(0, 400, step=6.0, key_every=100))))) == 1


def test_silent_person_is_one_file_whose_sound_lasts_as_long_as_the_picture() -> None:
    placed = list(cut_parts([*sound(0, 10), *sound(90, 91)], pictures(0, 200)))
    assert files(placed) == [(0, 200, True, True)]
    heard = [one.sample.time for one in placed if not one.is_picture]
    assert max(b - a for a, b in pairwise(heard)) < 0.021


def test_hours_are_files_of_the_longest_length() -> None:
    placed = cut_parts(sound(0, 7300, step=1.0), pictures(0, 7300, step=1.0, key_every=4))
    ends = [part[:2] for part in files(list(placed))]
    assert ends == [(0, 3600), (3600, 7200), (7200, pytest.approx(7299.1))]
    alone = [part[:2] for part in files(list(cut_parts(sound(0, 3700, step=1.0), ())))]
    assert alone == [(0, pytest.approx(3600, abs=1)), (3600, pytest.approx(3699, abs=1))]


times = st.lists(st.floats(0, 60), max_size=30).map(sorted)


@given(times, times, st.lists(st.booleans(), min_size=30, max_size=30))
def test_any_lane_is_cut_into_files_that_play(
    heard: list[float], seen: list[float], keys: list[bool]
) -> None:
    sounds = [Sample(time, 0.02, Frame(0, 0, b"\xf8x", key=True)) for time in heard]
    shown = [
        Sample(time, 0.0, Frame(n, 0, b"x", key=n == 0 or key))
        for n, (time, key) in enumerate(zip(seen, keys, strict=False))
    ]
    placed = list(cut_parts(sounds, shown))
    assert [one.sample.frame.sequence for one in placed if one.is_picture] == list(range(len(shown)))
    begun: set[Part] = set()
    last: Part | None = None
    for one in placed:
        assert one.part is last or one.part not in begun
        if one.is_picture and last is not one.part:
            assert one.part.picture is not None
        begun.add(one.part)
        last = one.part
        assert one.part.has_sound or one.is_picture
        assert one.sample.time >= one.part.start - 1e-9
    for part in begun:
        mine = [one for one in placed if one.part is part]
        first = next((one for one in mine if one.is_picture), None)
        assert (first is None) == (part.picture is None)
        assert first is None or first.sample.frame.key
        if part.picture is not None:
            end = max(one.sample.time for one in mine)
            assert end - max(one.sample.time for one in mine if one.is_picture) <= HOLE_SECONDS + 0.2


def test_camera_off_and_on_in_files(tmp_path: Path) -> None:
    journals = tmp_path / "j"
    people = {
        "clerk": {
            "microphone": [microphone(30, 101)],
            "camera": [camera(6, 101), replace(camera(6, 121), ssrc=9)],
        }
    }
    record(journals, people)
    index = mux(journals)
    kinds = [(segment.has_audio, segment.has_video) for segment in index.segments]
    assert kinds == [(True, True), (True, False), (True, True)]
    heard = {
        round(server_seconds(segment.start_ms) + beep)
        for segment in index.segments
        for beep in beeps(media_path(journals, segment.key))
    }
    assert heard == set(range(101, 131))
    assert len({segment.key for segment in index.segments}) == 3
    shown = [flashes(media_path(journals, segment.key)) for segment in index.segments if segment.has_video]
    assert [len(found) for found in shown] == [6, 6]


def test_thumbnails_say_when_they_are_of(tmp_path: Path) -> None:
    journals = tmp_path / "j"
    record(journals, {"clerk": {"camera": [camera(40, 101, key_every=7.0)]}})
    (segment,) = mux(journals).segments
    seconds = [(thumbnail.time_ms - segment.start_ms) / 1000 for thumbnail in segment.thumbnails]
    assert seconds == pytest.approx([0, 14, 28], abs=0.1)


def test_loudness_is_what_the_sender_says_or_what_is_heard(tmp_path: Path) -> None:
    curves = []
    for said in ((), levels(5)):
        journals = tmp_path / str(len(said)) / "j"
        record(journals, {"clerk": {"microphone": [replace(microphone(5, 101), levels=said)]}})
        (segment,) = mux(journals).segments
        assert segment.loudness is not None
        curve = json.loads(media_path(journals, segment.loudness).read_text())
        assert curve["stepMs"] == 100
        curves.append(curve["values"])
    heard, told = curves
    assert len(heard) == len(told) == pytest.approx(50, abs=1)
    for values in curves:
        assert [values[second * 10] for second in range(5)] == pytest.approx([-15] * 5, abs=4)
        assert all(value < -50 for value in values[3:9])


def test_turned_camera_is_noted_and_its_thumbnails_stand_upright(tmp_path: Path) -> None:
    journals = tmp_path / "j"
    track = replace(camera(24, 101, key_every=2.0), turns=((0, 1), (130, 0)))
    record(journals, {"clerk": {"camera": [track]}})
    (segment,) = mux(journals).segments
    turned = [(round((r.time_ms - segment.start_ms) / 1000), r.degrees) for r in segment.rotations]
    assert turned == [(0, 90), (13, 0)]
    sizes = []
    for thumbnail in segment.thumbnails:
        with av.open(BytesIO(media_path(journals, thumbnail.key).read_bytes())) as picture:
            frame = next(picture.decode(video=0))
            sizes.append((frame.width, frame.height))
    assert sizes == [(180, 240), (180, 240), (240, 180)]


def test_camera_that_sent_nothing_leaves_the_microphone_in_its_place(tmp_path: Path) -> None:
    journals = tmp_path / "j"
    silent = replace(camera(6, 101), frames=(b"",) * 60)
    commands = [
        (103.0, lambda host: host.control("r", PauseTap("x"))),
        (104.0, lambda host: host.control("r", ResumeTap())),
    ]
    record(journals, {"clerk": {"microphone": [microphone(6, 101)], "camera": [silent]}}, commands)
    (segment,) = mux(journals).segments
    assert (segment.has_audio, segment.has_video) == (True, False)
    assert server_seconds(segment.start_ms) == pytest.approx(101, abs=0.03)
    assert sound_seconds(media_path(journals, segment.key)) == pytest.approx(6, abs=0.1)


def test_journals_cut_off_leave_a_gap_until_their_track_goes_on(tmp_path: Path) -> None:
    journals = tmp_path / "j"
    people = {
        "clerk": {"microphone": [microphone(20, 101)], "camera": [camera(5, 101), camera(5, 113)]},
        "expert": {"microphone": [microphone(5, 101)]},
    }
    record(journals, people)
    for name in ("clerk.0001.camera.journal", "expert.0001.microphone.journal"):
        data = (journals / name).read_bytes()
        (journals / name).write_bytes(data[:-10])
    gaps = [(gap.lane, gap.track, gap.reason, round(gap.duration_ms / 1000)) for gap in mux(journals).gaps]
    assert sorted(gaps) == [
        ("clerk", "camera", "interrupted", 7),
        ("expert", "microphone", "interrupted", 15),
    ]


def test_still_desktop_is_no_gap(tmp_path: Path) -> None:
    journals = tmp_path / "j"
    still = camera(4, 101, key_every=0.1)
    record(journals, {"clerk": {"desktop": [replace(still, frame_seconds=4.0)]}})
    index = mux(journals)
    assert (len(index.segments), index.gaps) == (1, ())
