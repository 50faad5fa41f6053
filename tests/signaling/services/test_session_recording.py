"""Recording during a call: consent, the privacy shutter, alarms."""

import pytest

from rtc_server.owner_events import RecordingEvent, RecordingFailed, RecordingRecovered, RecordingStalled
from rtc_server.tap_commands import PauseTap
from signaling.domain.call_model import RecordingState
from signaling.domain.errors import StateError
from signaling.domain.events import (
    RecordingChanged,
)
from signaling.services.ports import MediaProcessRestarted
from tests.signaling.services.fakes import House
from tests.signaling.services.stage import Stage


async def test_consent_decides_whether_anything_is_tapped(house: House) -> None:
    await house.connect("wangxiuying")
    await house.online("liming")
    call = await house.accept(await house.request(consent_agreed=False))
    stage = Stage(house, call)
    await stage.join("wangxiuying")
    assert house.media.routers == {call.call_id: None}
    with pytest.raises(StateError, match="not_recording"):
        await house.services.recordings.pause(house.actor("wangxiuying"), call.call_id, "身份证")
    await house.services.calls.end(house.actor("wangxiuying"), call.call_id)
    await house.services.calls.end_wrap_up(house.actor("liming"))
    assert house.archive.closed == []


async def test_pausing_stops_the_writing_before_it_is_told(stage: Stage) -> None:
    assert stage.house.media.routers[stage.call_id] is not None
    recordings = stage.house.services.recordings
    call = await recordings.pause(stage.house.actor("wangxiuying"), stage.call_id, "拍身份证")
    assert (call.recording, call.recording_reason) == (RecordingState.PAUSED, "拍身份证")
    assert stage.house.media.commands[-1] == (stage.call_id, PauseTap("拍身份证"))
    call = await recordings.resume(stage.house.actor("liming"), stage.call_id)
    assert call.recording is RecordingState.RECORDING
    assert [event.state for event in stage.house.heard(RecordingChanged)][-2:] == ["paused", "recording"]


async def test_recording_that_does_not_grow_is_told(stage: Stage) -> None:
    assert await stalled(stage, "clerk") is RecordingState.FAILED
    assert await recovered(stage, "clerk") is RecordingState.RECORDING


async def hear(stage: Stage, event: RecordingEvent) -> RecordingState:
    await stage.house.services.media_events.handle(event)
    return (await stage.house.call(stage.call_id)).recording


async def stalled(stage: Stage, lane: str, track: str = "camera") -> RecordingState:
    return await hear(stage, RecordingStalled(stage.call_id, lane, track, 2.5))


async def recovered(stage: Stage, lane: str, track: str = "camera") -> RecordingState:
    return await hear(stage, RecordingRecovered(stage.call_id, lane, track))


async def test_the_alarm_lasts_while_one_of_several_tracks_is_not_written(stage: Stage) -> None:
    assert await stalled(stage, "clerk") is RecordingState.FAILED
    assert await stalled(stage, "clerk", "microphone") is RecordingState.FAILED
    failed = RecordingFailed(stage.call_id, "specialist", "camera", "ENOSPC")
    assert await hear(stage, failed) is RecordingState.FAILED
    assert await recovered(stage, "clerk") is RecordingState.FAILED
    assert await recovered(stage, "clerk", "microphone") is RecordingState.FAILED
    assert (await stage.house.call(stage.call_id)).recording_reason == "ENOSPC"
    assert await recovered(stage, "specialist") is RecordingState.RECORDING


async def test_what_stalled_before_a_pause_and_came_back_in_it_is_no_alarm_after_it(stage: Stage) -> None:
    await stalled(stage, "clerk")
    recordings, clerk = stage.house.services.recordings, stage.house.actor("wangxiuying")
    await recordings.pause(clerk, stage.call_id, "拍身份证")
    assert await recovered(stage, "clerk") is RecordingState.PAUSED
    await recordings.resume(clerk, stage.call_id)
    assert await stalled(stage, "specialist") is RecordingState.FAILED
    assert await recovered(stage, "specialist") is RecordingState.RECORDING


async def test_a_failed_recording_goes_on_in_the_next_life_of_the_media_process(stage: Stage) -> None:
    await stalled(stage, "clerk")
    await stage.house.media_restarts("epoch-2")
    await stage.house.services.media_events.handle(MediaProcessRestarted("epoch-2"))
    await stage.join("wangxiuying", 1, "epoch-1")
    assert (await stage.house.call(stage.call_id)).recording is RecordingState.RECORDING


async def test_a_recording_with_a_stalled_track_can_still_be_paused(stage: Stage) -> None:
    await stalled(stage, "specialist")
    recordings = stage.house.services.recordings
    call = await recordings.pause(stage.house.actor("wangxiuying"), stage.call_id, "拍身份证")
    assert call.recording is RecordingState.PAUSED
    assert stage.house.media.commands[-1] == (stage.call_id, PauseTap("拍身份证"))
