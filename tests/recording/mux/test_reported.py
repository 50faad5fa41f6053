"""What users of other recorders reported in public, tried here."""

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from recording.tap.track import RecordingTap
from tests.recording.played import beeps, flashes, media_path, mux, record, server_seconds
from tests.recording.synthetic import Track, camera, microphone

START = 101
TIMES = 6


class _Swapped(Track):
    """The network lets the second packet overtake the first."""

    __slots__ = ()

    def events(self) -> list[tuple[float, Callable[[RecordingTap, float], None]]]:
        (first, act), (second, other), *rest = super().events()
        return [(first, other), (second, act), *rest]


def test_first_packets_in_another_order_cost_no_picture(tmp_path: Path) -> None:
    """meetecho/janus-gateway #2345: out of order packets near the wrap around, in the first packets."""
    whole = camera(4, START)
    swapped = _Swapped(**{name: getattr(whole, name) for name in asdict(whole)})
    record(tmp_path / "j", {"clerk": {"camera": [swapped]}})
    (segment,) = mux(tmp_path / "j").segments
    assert server_seconds(segment.start_ms) == pytest.approx(START, abs=0.05)
    assert segment.duration_ms == pytest.approx(4000, abs=150)


@pytest.mark.parametrize(
    "stalls", [((20.0, 0.25),), tuple((12.0 + 5 * n, 0.2) for n in range(8)), ((30.0, 18.0),)]
)
def test_sound_is_not_early_after_its_device_stood_still(
    tmp_path: Path, stalls: tuple[tuple[float, float], ...]
) -> None:
    """bigbluebutton/bigbluebutton #25259: stalls of the sender shorten sound, and what follows is early."""
    sound = microphone(10, START)
    track = replace(sound, frames=sound.frames * TIMES, stalls=stalls)
    record(tmp_path / "j", {"clerk": {"microphone": [track]}})
    heard = sorted(
        server_seconds(segment.start_ms) + beep
        for segment in mux(tmp_path / "j").segments
        for beep in beeps(media_path(tmp_path / "j", segment.key))
    )
    said = [START + n + track.stood_still(START + n) for n in range(10 * TIMES)]
    off = sorted(min(abs(at - time) for at in heard) for time in said)
    assert off[round(len(off) * 0.9)] < 0.045
    assert off[-1] < 0.3  # reports come each second: what lies between two is not known


def test_sound_before_the_first_key_frame_is_kept_and_in_step(tmp_path: Path) -> None:
    """meetecho/janus-gateway #1648: no picture for the first seconds, as no key frame came."""
    picture = camera(8, START, key_every=4.0)
    late = replace(picture, frames=picture.frames[1:], start=START + 0.1)
    record(tmp_path / "j", {"clerk": {"microphone": [microphone(8, START)], "camera": [late]}})
    (segment,) = mux(tmp_path / "j").segments
    assert server_seconds(segment.start_ms) == pytest.approx(START, abs=0.05)
    path = media_path(tmp_path / "j", segment.key)
    heard, seen = beeps(path), flashes(path)
    assert len(heard) == 8
    assert len(seen) == 4
    assert max(abs(a - b) for a, b in zip(heard[4:], seen, strict=True)) < 0.15
