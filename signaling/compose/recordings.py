"""The recordings as both the signalling and the worker process use them: settings, storage, rows."""

from recording.config import RecordingSettings
from recording.service import RecordingService
from recording.storage import open_storage
from signaling.adapters.sql.database import Database
from signaling.adapters.sql.recordings import SqlJobQueue, SqlRecordingCatalogue
from signaling.config import Secrets, Settings


def recording_service(settings: Settings, secrets: Secrets, database: Database) -> RecordingService:
    """Return the service over the database's queue and catalogue."""
    chosen = RecordingSettings(
        journal_root=settings.journal_dir,
        storage_url=settings.storage_url,
        media_secret=secrets.media_address,
        address_lifetime=settings.media_address_s,
    )
    return RecordingService(
        chosen, open_storage(chosen.storage_url), SqlJobQueue(database), SqlRecordingCatalogue(database)
    )
