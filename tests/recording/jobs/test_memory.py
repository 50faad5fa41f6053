"""The ports in memory keep their contract."""

import pytest

from recording.jobs import MemoryCatalogue, MemoryJobQueue
from tests.recording.jobs.contract import CatalogueContract, JobQueueContract


class TestMemoryJobQueue(JobQueueContract):
    @pytest.fixture
    def queue(self) -> MemoryJobQueue:
        return MemoryJobQueue()


class TestMemoryCatalogue(CatalogueContract):
    @pytest.fixture
    def catalogue(self) -> MemoryCatalogue:
        return MemoryCatalogue()
