"""Recording's rows in SQL keep the contracts of recording's ports."""

import pytest

from signaling.adapters.sql.database import Database
from signaling.adapters.sql.recordings import SqlJobQueue, SqlRecordingCatalogue
from tests.recording.jobs.contract import CatalogueContract, JobQueueContract


class TestSqlJobQueue(JobQueueContract):
    @pytest.fixture
    def queue(self, database: Database) -> SqlJobQueue:
        return SqlJobQueue(database)


class TestSqlRecordingCatalogue(CatalogueContract):
    @pytest.fixture
    def catalogue(self, database: Database) -> SqlRecordingCatalogue:
        return SqlRecordingCatalogue(database)
