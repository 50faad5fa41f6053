"""Recorded sessions: the list, and everything a replay shows."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal, get_args

from signaling.domain.call_model import Call
from signaling.domain.collaboration import Stroke
from signaling.domain.feedback import RatingLevel
from signaling.domain.members import Part
from signaling.domain.session import Participant, Track
from signaling.services.directory import Directory
from signaling.services.recordings import RecordingEntry, Replay
from signaling.web.messages.views.review import (
    DrawnView,
    GapCause,
    GapView,
    LaneView,
    RecordingRow,
    ReplayView,
    RotationView,
    SegmentView,
    ThumbnailView,
)
from signaling.web.present.calls import consent_view, event_view, item_name, name_in, rating_view, result_view
from signaling.web.present.controlled import clicked, controlled, without_clicks
from signaling.web.present.places import moment, moment_or_none
from signaling.web.present.session import AddressOf, chat_view, file_view, still_view

MEDIA_PREFIX: Final = "/api"
"""Addresses in a manifest start with /media/; we serve them below /api."""

_POINTS: Final = 50_000
"""Of all strokes together, which are then at most 800 kB."""

Loudness = Callable[[str], Awaitable[list[float]]]
"""Address of a loudness file → its curve, 0–1, evenly over the file."""

_CAUSES: Final[Mapping[str, GapCause]] = {cause: cause for cause in get_args(GapCause)}
"""A gap's reason in the index → its cause; any other reason was given for a pause."""
_STATES: Final[Mapping[str, Literal["none", "processing", "ready", "failed"]]] = {
    "none": "none",
    "processing": "processing",
    "ready": "ready",
    "failed": "failed",
}


def recording_row(entry: RecordingEntry, directory: Directory) -> RecordingRow:
    """Show a finished session in the list."""
    call = entry.call
    worst = _worst(entry)
    return RecordingRow(
        call_id=call.call_id,
        number=call.number,
        drill=call.drill,
        item_code=call.item_code,
        item_name=item_name(call.item_code, directory),
        point_name=directory.point(call.point_id).name,
        region_path=directory.tree.path(call.region_code),
        clerk_name=name_in(call, Part.CLERK, directory),
        specialist_name=name_in(call, Part.SPECIALIST, directory) or None,
        requested_at=moment(call.requested_at),
        connected_at=moment_or_none(call.connected_at),
        duration_s=_duration(call),
        end=call.end,
        recording=_STATES.get(entry.recording, "failed"),
        progress=entry.progress,
        rating=worst.value if worst else None,
        result=call.result.kind if call.result else None,
    )


def _duration(call: Call) -> float:
    if call.connected_at is None or call.ended_at is None:
        return 0.0
    return max(0.0, call.ended_at - call.connected_at)


def _worst(entry: RecordingEntry) -> RatingLevel | None:
    """A session with several items is listed under its worst rating; defaults never hide real ones."""
    order = list(RatingLevel)
    real = [one.level for one in entry.ratings if one.level is not RatingLevel.DEFAULT]
    if real:
        return max(real, key=order.index)
    return RatingLevel.DEFAULT if entry.ratings else None


async def replay_view(
    replay: Replay,
    directory: Directory,
    *,
    address_of: AddressOf,
    file_address_of: AddressOf,
    loudness: Loudness,
    now: float,
) -> ReplayView:
    """Show all tracks and the timeline of one session."""
    call = replay.entry.call
    manifest: dict[str, Any] = replay.manifest.to_json() if replay.manifest else _empty(call, now)
    started_at = manifest["startedAt"] / 1000
    ended_at = started_at + manifest["durationMs"] / 1000
    people = {one.participant_id: one for one in replay.participants}
    return ReplayView(
        row=recording_row(replay.entry, directory),
        started_at=moment(started_at),
        duration_ms=manifest["durationMs"],
        lanes=[await _lane(lane, people, loudness) for lane in _in_order(manifest["lanes"], people)],
        events=[event_view(without_clicks(event), started_at, directory) for event in replay.events],
        stills=[still_view(still, address_of) for still in replay.stills],
        files=[file_view(file, file_address_of) for file in replay.files],
        chat=[chat_view(chat) for chat in replay.chat],
        strokes=list(_drawn(replay.strokes, started_at)),
        controlled=controlled(replay.events, started_at, ended_at, directory),
        clicks=clicked(replay.events, started_at),
        consent=consent_view(call.consent),
        result=result_view(call.result) if call.result else None,
        ratings=[rating_view(rating) for rating in replay.entry.ratings],
        urls_expire_at=moment(manifest["addressesExpireAt"] / 1000),
    )


def _drawn(strokes: Sequence[Stroke], started_at: float) -> Iterator[DrawnView]:
    """Show strokes; of very many points each keeps every so-manieth, its last one always."""
    known = [(stroke, stroke.track) for stroke in strokes if stroke.points]
    every = 1 + sum(len(stroke.points) for stroke, _ in known) // _POINTS
    for stroke, track in known:
        if track is None:  # stored before it was said whose picture it was over
            continue
        points = stroke.points[::every]
        if points[-1] != stroke.points[-1]:
            points = (*points, stroke.points[-1])
        done_at = stroke.done_at or stroke.drawn_at
        yield DrawnView(
            stroke_id=stroke.stroke_id,
            participant_id=stroke.participant_id,
            over_id=stroke.over,
            track=track,
            offset_ms=_offset_ms(stroke.drawn_at, started_at),
            drawn_ms=_offset_ms(done_at, stroke.drawn_at),
            gone_ms=_offset_ms(stroke.gone_at, started_at) if stroke.gone_at is not None else None,
            color=stroke.color,
            width=stroke.width,
            points=[(round(x, 4), round(y, 4)) for x, y in points],
        )


def _offset_ms(at: float, zero: float) -> int:
    return round((at - zero) * 1000)


def _in_order(
    lanes: Sequence[Mapping[str, Any]], people: Mapping[str, Participant]
) -> Sequence[Mapping[str, Any]]:
    """Order lanes by part, then as people were seated: as in the session itself."""
    parts = list(Part)

    def place(lane: Mapping[str, Any]) -> tuple[int, int, str]:
        name = lane["participant"]
        return parts.index(people[name].part) if name in people else len(parts), len(name), name

    return sorted(lanes, key=place)


def _empty(call: Call, now: float) -> dict[str, Any]:
    """A session without recording still has a timeline."""
    started_at = call.connected_at or call.requested_at
    ended_at = call.ended_at or started_at
    return {
        "startedAt": started_at * 1000,
        "durationMs": round((ended_at - started_at) * 1000),
        "lanes": [],
        "addressesExpireAt": (now + 300) * 1000,
    }


async def _lane(lane: Mapping[str, Any], people: Mapping[str, Participant], loudness: Loudness) -> LaneView:
    person = people.get(lane["participant"])
    kind = lane["kind"]
    return LaneView(
        lane=lane["lane"],
        participant_id=lane["participant"],
        name=person.name if person else lane["participant"],
        part=person.part if person else Part.CITIZEN,
        track=Track(kind) if kind in (Track.DOCUMENT_CAMERA, Track.DESKTOP) else Track.CAMERA,
        segments=[await _segment(segment, loudness) for segment in lane["segments"]],
        gaps=[_gap(gap) for gap in lane["gaps"]],
    )


def _gap(gap: Mapping[str, Any]) -> GapView:
    reason = gap["reason"]
    return GapView(
        track=Track(gap["track"]),
        offset_ms=gap["offsetMs"],
        duration_ms=gap["durationMs"],
        cause=_CAUSES.get(reason, "paused"),
        reason=reason,
    )


async def _segment(segment: Mapping[str, Any], loudness: Loudness) -> SegmentView:
    curve = segment["loudness"]
    return SegmentView(
        segment_id=segment["address"].partition("?")[0].removeprefix("/media/"),
        offset_ms=segment["offsetMs"],
        duration_ms=segment["durationMs"],
        mime_type=segment["mime"],
        width=segment["width"],
        height=segment["height"],
        has_audio=segment["hasAudio"],
        has_video=segment["hasVideo"],
        size_bytes=segment["size"],
        sha256=segment["digest"].rpartition(":")[2],
        url=MEDIA_PREFIX + segment["address"],
        loudness=await loudness(curve["address"]) if curve else [],
        thumbnails=[
            ThumbnailView(offset_ms=thumbnail["offsetMs"], url=MEDIA_PREFIX + thumbnail["address"])
            for thumbnail in segment["thumbnails"]
        ],
        rotations=[
            RotationView(offset_ms=rotation["offsetMs"], degrees=rotation["degrees"])
            for rotation in segment["rotations"]
        ],
    )
