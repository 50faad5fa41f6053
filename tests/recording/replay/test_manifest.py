"""A manifest of hours is no larger than a page can use."""

from itertools import pairwise

import pytest

from recording.mux import LaneSegment, RecordingIndex, Thumbnail
from recording.replay.manifest import MOST_THUMBNAILS, build_manifest

HOUR_MS = 3_600_000


def segment(hour: int, seconds: int = 3600) -> LaneSegment:
    """Return an hour, or less of it, with a thumbnail each 10 s."""
    start = hour * HOUR_MS
    return LaneSegment(
        lane="clerk-desktop",
        participant="clerk",
        kind="desktop",
        segment=hour + 1,
        key=f"c1/clerk-desktop.{hour:04}.webm",
        start_ms=start,
        duration_ms=seconds * 1000,
        mime="video/webm",
        size=1,
        digest="00",
        width=160,
        height=120,
        has_audio=False,
        has_video=True,
        thumbnails=tuple(Thumbnail(start + at * 1000, f"c1/{hour}.{at}.jpg") for at in range(0, seconds, 10)),
    )


def offsets(*segments: LaneSegment) -> list[int]:
    """Return the seconds of all thumbnails that a page gets."""
    [lane] = build_manifest(RecordingIndex("c1", "international", segments), str.upper, 1.0).lanes
    return [picture["offsetMs"] // 1000 for one in lane["segments"] for picture in one["thumbnails"]]


def test_an_hour_has_all_its_thumbnails() -> None:
    assert offsets(segment(0)) == list(range(0, 3600, 10))
    assert offsets(segment(0, 0)) == []


@pytest.mark.parametrize("last", [3600, 50])
def test_thumbnails_of_hours_are_few_and_at_even_distances_over_all_files(last: int) -> None:
    found = offsets(*(segment(hour) for hour in range(7)), segment(7, last))
    assert len(found) <= MOST_THUMBNAILS
    assert {later - one for one, later in pairwise(found)} == {found[1] - found[0]}
    assert found[0] == 0
    assert found[-1] > 7 * 3600 - 100
