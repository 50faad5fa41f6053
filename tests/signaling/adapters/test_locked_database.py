"""A SQLite file that another process holds for longer than we wait: nothing is half done."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rtc_server.tap_commands import PauseTap
from signaling.domain.call_model import RecordingState
from signaling.domain.errors import AwayError
from tests.signaling.services.fakes import House, demo_house
from tests.signaling.services.stage import Stage


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A connected call on a SQLite file, its two people joined."""
    async with demo_house(tmp_path) as house:
        yield await _connected(house)


async def _connected(house: House) -> Stage:
    await house.connect("wangxiuying")
    await house.online("liming")
    stage = Stage(house, await house.accept(await house.request()))
    await stage.join("wangxiuying")
    await stage.join("liming")
    return stage


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the database as a backup or a stuck process does."""
    other = sqlite3.connect(folder / "bangban.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


async def test_a_privacy_pause_on_a_locked_database_does_not_stop_the_recording_unseen(
    stage: Stage, tmp_path: Path
) -> None:
    recordings, clerk = stage.house.services.recordings, stage.house.actor("wangxiuying")
    with locked(tmp_path), pytest.raises(AwayError):
        await recordings.pause(clerk, stage.call_id, "拍身份证")
    assert (await stage.house.call(stage.call_id)).recording is RecordingState.RECORDING
    assert not isinstance(stage.house.media.commands[-1][1], PauseTap), "the tap writes, as everybody reads"
    assert (await recordings.pause(clerk, stage.call_id, "拍身份证")).recording is RecordingState.PAUSED
    assert (await recordings.resume(clerk, stage.call_id)).recording is RecordingState.RECORDING


async def test_a_track_begun_on_a_locked_database_is_not_sent(stage: Stage, tmp_path: Path) -> None:
    transport_id = await stage.transport("wangxiuying", "send")
    with locked(tmp_path), pytest.raises(AwayError):
        await stage.produce("wangxiuying", transport_id)
    assert stage.house.media.producers == {}
