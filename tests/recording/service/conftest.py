"""A service over a temporary directory, with ports in memory."""

from pathlib import Path

import pytest

from recording.config import RecordingSettings
from recording.jobs import MemoryCatalogue, MemoryJobQueue
from recording.service import RecordingService
from recording.storage import open_storage


@pytest.fixture
def settings(tmp_path: Path) -> RecordingSettings:
    return RecordingSettings(
        journal_root=tmp_path / "journals",
        storage_url=(tmp_path / "storage").as_uri(),
        media_secret=b"s" * 32,
        lease_seconds=10.0,
    )


@pytest.fixture
def jobs() -> MemoryJobQueue:
    return MemoryJobQueue()


@pytest.fixture
def service(settings: RecordingSettings, jobs: MemoryJobQueue) -> RecordingService:
    return RecordingService(settings, open_storage(settings.storage_url), jobs, MemoryCatalogue())
