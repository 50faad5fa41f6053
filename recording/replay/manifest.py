"""What a review page plays from: lanes, files and gaps on one clock, addresses that work for a while."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any, Final

from recording.mux import IndexedGap, LaneSegment, RecordingIndex

MOST_THUMBNAILS: Final = 360
"""Of a lane, at even distances: each 10 s of an hour. A screen has room for few, and each has an address."""

Address = Callable[[str], str]
"""Object key → address for the page."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """Answer to the page; `to_json` gives its values (camelCase, times in milliseconds)."""

    call_id: str
    started_at_ms: int
    duration_ms: int
    lanes: tuple[dict[str, Any], ...]
    addresses_expire_at_ms: int

    def to_json(self) -> dict[str, Any]:
        """Return the manifest for `json.dumps`."""
        return {
            "callId": self.call_id,
            "startedAt": self.started_at_ms,
            "durationMs": self.duration_ms,
            "lanes": list(self.lanes),
            "addressesExpireAt": self.addresses_expire_at_ms,
        }


def build_manifest(index: RecordingIndex, address: Address, expires_at: float) -> Manifest:
    """Return the manifest of a recording.

    Args:
        address: makes the address of an object.
        expires_at: wall seconds until which these addresses work.
    """
    parts: list[LaneSegment | IndexedGap] = [*index.segments, *index.gaps]
    started = min((part.start_ms for part in index.segments or parts), default=0)
    ended = max((part.start_ms + part.duration_ms for part in parts), default=started)
    names = dict.fromkeys((part.lane, part.participant, part.kind) for part in parts)
    lanes = tuple(
        {
            "lane": lane,
            "participant": participant,
            "kind": kind,
            "segments": _segments([s for s in index.segments if s.lane == lane], started, address),
            "gaps": [_gap(gap, started) for gap in index.gaps if gap.lane == lane],
        }
        for lane, participant, kind in names
    )
    return Manifest(index.call_id, started, ended - started, lanes, round(expires_at * 1000))


def _segments(lane: Sequence[LaneSegment], started: int, address: Address) -> list[dict[str, Any]]:
    every = max(1, ceil(sum(len(segment.thumbnails) for segment in lane) / MOST_THUMBNAILS))
    found, passed = [], 0
    for segment in lane:
        shown = segment.thumbnails[-passed % every :: every]
        passed += len(segment.thumbnails)
        found.append(_segment(replace(segment, thumbnails=shown), started, address))
    return found


def _segment(segment: LaneSegment, started: int, address: Address) -> dict[str, Any]:
    loudness = {"address": address(segment.loudness), "stepMs": 100} if segment.loudness else None
    return {
        "offsetMs": segment.start_ms - started,
        "durationMs": segment.duration_ms,
        "mime": segment.mime,
        "address": address(segment.key),
        "size": segment.size,
        "digest": segment.digest,
        "width": segment.width,
        "height": segment.height,
        "hasAudio": segment.has_audio,
        "hasVideo": segment.has_video,
        "thumbnails": [
            {"offsetMs": thumbnail.time_ms - started, "address": address(thumbnail.key)}
            for thumbnail in segment.thumbnails
        ],
        "rotations": [
            {"offsetMs": rotation.time_ms - started, "degrees": rotation.degrees}
            for rotation in segment.rotations
        ],
        "loudness": loudness,
    }


def _gap(gap: IndexedGap, started: int) -> dict[str, Any]:
    return {
        "track": gap.track,
        "offsetMs": gap.start_ms - started,
        "durationMs": gap.duration_ms,
        "reason": gap.reason,
    }
