"""What a reviewer's program gets of a session: its tracks, decoded as a player would."""

import io
from dataclasses import dataclass
from typing import Any

import av

from tests.browser.rest import Rest
from tests.support.until import until

MUX_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Played:
    """One file of a lane: its place on the recording's clock, and what decodes."""

    offset_ms: int
    duration_ms: int
    pictures: int
    sound_s: float


def finished(rest: Rest, call_id: str) -> dict[str, Any]:
    """Wait until the recording of a call is muxed and return its replay."""

    def row() -> dict[str, Any]:
        rows = rest.get("/api/recordings")["rows"]
        return next((row for row in rows if row["call_id"] == call_id), {})

    until(
        lambda: row().get("recording") in ("ready", "failed"),
        what="the muxed recording",
        patience_s=MUX_SECONDS,
    )
    assert row()["recording"] == "ready"
    return dict(rest.get(f"/api/recordings/{call_id}"))


def play(rest: Rest, replay: dict[str, Any]) -> dict[str, list[Played]]:
    """Fetch and decode every file of every lane."""
    return {
        lane["lane"]: [_decode(rest.fetch(segment["url"]), segment) for segment in lane["segments"]]
        for lane in replay["lanes"]
    }


def _decode(content: bytes, segment: dict[str, Any]) -> Played:
    pictures, sound_s = 0, 0.0
    with av.open(io.BytesIO(content)) as source:
        for frame in source.decode():
            if isinstance(frame, av.VideoFrame):
                pictures += 1
            elif isinstance(frame, av.AudioFrame):
                sound_s += frame.samples / frame.sample_rate
    return Played(segment["offset_ms"], segment["duration_ms"], pictures, sound_s)
