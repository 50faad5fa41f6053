"""What a broken or hostile sender does to its own lane must not cost the call its recording."""

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.recording.played import media_path, mux, record, sound_seconds
from tests.recording.synthetic import Track, camera, microphone

VIDEO = ["video/VP8", "video/H264", "video/VP9", "video/AV1"]


def spoiled(frames: tuple[bytes, ...], seed: int, share: float) -> tuple[bytes, ...]:
    """Flip bytes in a share of the frames."""
    chance = Random(seed)
    found = []
    for frame in frames:
        data = bytearray(frame)
        if chance.random() < share:
            for _ in range(1 + len(data) // 50):
                data[chance.randrange(len(data))] = chance.randrange(256)
        found.append(bytes(data))
    return tuple(found)


@pytest.mark.parametrize("mime_type", VIDEO)
@pytest.mark.parametrize("share", [0.2, 1.0])
def test_spoiled_pictures_leave_the_sound(tmp_path: Path, mime_type: str, share: float) -> None:
    for seed in range(4):
        journals = tmp_path / f"{seed}" / "j"
        picture = camera(3, 101, mime_type, key_every=1.0)
        picture = replace(picture, frames=spoiled(picture.frames, seed, share))
        record(journals, {"a": {"camera": [picture]}, "b": {"microphone": [microphone(3, 101)]}})
        sound = next(segment for segment in mux(journals).segments if segment.lane == "b")
        assert sound_seconds(media_path(journals, sound.key)) == pytest.approx(3, abs=0.1)


def test_spoiled_sound_still_has_a_curve(tmp_path: Path) -> None:
    track = microphone(3, 101)
    frames = tuple(b"\xfb\x83" + frame[:5] for frame in spoiled(track.frames, 1, 1.0))
    record(tmp_path / "j", {"a": {"microphone": [replace(track, frames=frames)]}})
    (segment,) = mux(tmp_path / "j").segments
    assert segment.loudness is not None


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), mime_type=st.sampled_from([*VIDEO, "audio/opus"]))
def test_random_bytes_as_frames(tmp_path: Path, seed: int, mime_type: str) -> None:
    chance = Random(seed)
    frames = tuple(chance.randbytes(chance.randrange(1, 2000)) for _ in range(20))
    track = Track(mime_type, frames, 0.05, 101)
    folder = tmp_path / f"{seed}-{mime_type.partition('/')[2]}"
    name = "microphone" if mime_type.startswith("audio") else "camera"
    record(folder / "j", {"a": {name: [track]}})
    mux(folder / "j")


@pytest.mark.parametrize("size", [(0, 0), (0, 480), (16383, 16383)])
def test_key_frames_of_impossible_size_are_left_out(tmp_path: Path, size: tuple[int, int]) -> None:
    track = camera(1, 101)
    lie = size[0].to_bytes(2, "little") + size[1].to_bytes(2, "little")
    frames = tuple(frame[:6] + lie + frame[10:] if not frame[0] & 1 else frame for frame in track.frames)
    record(tmp_path / "j", {"a": {"camera": [replace(track, frames=frames)]}})
    assert mux(tmp_path / "j").segments == ()


class _Dancing(Track):
    """A sender whose RTP clock jumps an hour there and back with every packet."""

    __slots__ = ()

    def rtp_at(self, time: float) -> int:
        step = round((time - self.start) * 1000 / 20)
        return (round(time * self.clock_rate) + (step % 2) * 3600 * self.clock_rate) & 0xFFFFFFFF


def test_dancing_clock_costs_neither_time_nor_space(tmp_path: Path) -> None:
    sound = microphone(10, 101)
    track = _Dancing("audio/opus", sound.frames * 6, 0.02, 101)
    record(tmp_path / "j", {"a": {"microphone": [track]}})
    for segment in mux(tmp_path / "j").segments:
        assert segment.duration_ms < 70_000


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_damaged_disks_never_stop_the_muxing(tmp_path: Path, seed: int) -> None:
    chance = Random(seed)
    journals = tmp_path / str(seed) / "j"
    tracks = {"microphone": [microphone(2, 101)], "camera": [camera(2, 101, chance.choice(VIDEO))]}
    record(journals, {"a": tracks})
    for path in journals.iterdir():
        data = bytearray(path.read_bytes())
        for _ in range(chance.randrange(1, 12)):
            start = chance.randrange(len(data))
            length = min(chance.choice((1, 4, 512, 4096)), len(data) - start)
            data[start : start + length] = chance.choice((bytes(length), chance.randbytes(length), b""))
        path.write_bytes(data)
    mux(journals)
