"""What a call says of its recording is what its tap does, whichever of both fails."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from rtc_server.owner_events import RecordingStalled
from rtc_server.tap_commands import PauseTap
from signaling.domain.call_model import RecordingState
from signaling.domain.errors import AwayError, BusyError
from signaling.domain.events import RecordingChanged
from signaling.services.ports import MediaProcessRestarted
from signaling.services.stores import ConflictError
from tests.signaling.services.stage import Stage


def tap_is_paused(stage: Stage) -> bool:
    """Return what the tap was told last."""
    return isinstance(stage.house.media.commands[-1][1], PauseTap)


async def said(stage: Stage) -> RecordingState:
    return (await stage.house.call(stage.call_id)).recording


async def pause(stage: Stage) -> None:
    await stage.house.services.recordings.pause(stage.house.actor("wangxiuying"), stage.call_id, "拍身份证")


async def resume(stage: Stage) -> None:
    await stage.house.services.recordings.resume(stage.house.actor("wangxiuying"), stage.call_id)


async def refuse(*_: object) -> None:
    raise ConflictError("somebody was faster")


def answer_lost(act: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """Do what is asked, and be too slow in saying so: what a stopped process does later."""

    async def late(*given: object) -> None:
        await act(*given)
        raise BusyError("media_unreachable")

    return late


async def unreachable(*_: object) -> None:
    raise BusyError("media_unreachable")


async def test_a_pause_that_is_not_kept_is_undone_at_the_tap(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(stage.house.ports.calls, "save", refuse)
        with pytest.raises(ConflictError):
            await pause(stage)
    assert await said(stage) is RecordingState.RECORDING
    assert not tap_is_paused(stage), "everybody reads that it is recorded"
    await pause(stage)
    assert (await said(stage), tap_is_paused(stage)) == (RecordingState.PAUSED, True)


async def test_a_pause_whose_answer_is_lost_is_undone(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    media = stage.house.ports.media
    monkeypatch.setattr(media, "pause_recording", answer_lost(media.pause_recording))
    with pytest.raises(BusyError):
        await pause(stage)
    assert (await said(stage), tap_is_paused(stage)) == (RecordingState.RECORDING, False)


async def test_a_pause_that_cannot_be_undone_at_once_is_undone_later(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    media = stage.house.ports.media
    with monkeypatch.context() as broken:
        broken.setattr(stage.house.ports.calls, "save", refuse)
        broken.setattr(media, "resume_recording", unreachable)
        with pytest.raises(ConflictError):
            await pause(stage)
        await stage.house.services.unfinished.settle()
        assert tap_is_paused(stage)
    await stage.house.services.unfinished.settle()
    assert (await said(stage), tap_is_paused(stage)) == (RecordingState.RECORDING, False)


async def test_a_pause_that_is_cancelled_on_the_way_is_undone(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck = asyncio.Event()

    async def hang(*_: object) -> None:
        stuck.set()
        await asyncio.Event().wait()

    with monkeypatch.context() as broken:
        broken.setattr(stage.house.ports.calls, "save", hang)
        pausing = asyncio.create_task(pause(stage))
        await stuck.wait()
        pausing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await pausing
    await stage.house.services.unfinished.settle()
    assert (await said(stage), tap_is_paused(stage)) == (RecordingState.RECORDING, False)


async def test_a_resume_that_is_not_kept_never_reaches_the_tap(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await pause(stage)
    before = len(stage.house.media.commands)
    monkeypatch.setattr(stage.house.ports.calls, "save", refuse)
    with pytest.raises(ConflictError):
        await resume(stage)
    told = [command for _, command in stage.house.media.commands[before:]]
    assert all(isinstance(command, PauseTap) for command in told), "everybody reads that nothing is written"
    assert await said(stage) is RecordingState.PAUSED


async def test_a_resume_the_tap_does_not_follow_is_taken_back(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await pause(stage)
    with monkeypatch.context() as broken:
        broken.setattr(stage.house.ports.media, "resume_recording", unreachable)
        with pytest.raises(BusyError):
            await resume(stage)
    call = await stage.house.call(stage.call_id)
    assert (call.recording, call.recording_reason) == (RecordingState.PAUSED, "拍身份证")
    assert tap_is_paused(stage)
    states = [event.state for event in stage.house.heard(RecordingChanged)]
    assert states[-1] == "paused"
    await resume(stage)
    assert (await said(stage), tap_is_paused(stage)) == (RecordingState.RECORDING, False)


async def test_pausing_and_resuming_twice_does_no_harm(stage: Stage) -> None:
    await pause(stage)
    await pause(stage)
    assert (await said(stage), tap_is_paused(stage)) == (RecordingState.PAUSED, True)
    await resume(stage)
    await resume(stage)
    assert (await said(stage), tap_is_paused(stage)) == (RecordingState.RECORDING, False)


async def test_a_pause_between_two_lives_of_the_media_process_holds_in_the_next(stage: Stage) -> None:
    await stage.house.media_restarts("epoch-2")
    await stage.house.services.media_events.handle(MediaProcessRestarted("epoch-2"))
    await pause(stage)
    assert await said(stage) is RecordingState.PAUSED
    await stage.join("wangxiuying", 1, "epoch-1")
    assert tap_is_paused(stage)


async def test_an_alarm_does_not_end_a_pause(stage: Stage) -> None:
    await pause(stage)
    event = RecordingStalled(stage.call_id, "clerk", "camera", 2.5)
    await stage.house.services.media_events.handle(event)
    assert await said(stage) is RecordingState.PAUSED
    await resume(stage)
    assert await said(stage) is RecordingState.FAILED, "the track still fails, and everybody reads so"


async def test_an_alarm_that_is_not_kept_is_told_later(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: object) -> None:
        raise AwayError

    event = RecordingStalled(stage.call_id, "clerk", "camera", 2.5)
    with monkeypatch.context() as broken:
        broken.setattr(stage.house.ports.calls, "save", away)
        await stage.house.services.media_events.handle(event)
    await stage.house.services.unfinished.settle()
    assert await said(stage) is RecordingState.FAILED
