"""A service over a temporary directory, with ports in memory."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from recording.config import RecordingSettings
from recording.jobs import MemoryCatalogue, MemoryJobQueue
from recording.service import RecordingService
from recording.storage import Storage, StorageSettings, open_storage


@pytest.fixture
def settings(tmp_path: Path) -> RecordingSettings:
    return RecordingSettings(
        journal_root=tmp_path / "journals",
        media_secret=b"s" * 32,
        lease_seconds=10.0,
    )


@pytest.fixture
def jobs() -> MemoryJobQueue:
    return MemoryJobQueue()


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    async with open_storage(StorageSettings((tmp_path / "storage").as_uri())) as opened:
        yield opened


@pytest.fixture
def service(settings: RecordingSettings, storage: Storage, jobs: MemoryJobQueue) -> RecordingService:
    return RecordingService(settings, storage, jobs, MemoryCatalogue())
