"""The recordings as both the signalling and the worker process use them: settings, storage, rows."""

from recording.config import RecordingSettings, StorageSettings
from recording.service import RecordingService
from recording.storage import Storage
from signaling.adapters.sql.database import Database
from signaling.adapters.sql.recordings import SqlJobQueue, SqlRecordingCatalogue
from signaling.config import Secrets, Settings


def storage_settings(settings: Settings) -> StorageSettings:
    """Return what the storage of recordings and stills is opened with."""
    return StorageSettings(settings.storage_url)


def recording_service(
    settings: Settings, secrets: Secrets, database: Database, storage: Storage
) -> RecordingService:
    """Return the service over the database's queue and catalogue."""
    chosen = RecordingSettings(
        journal_root=settings.journal_dir,
        media_secret=secrets.media_address,
        address_lifetime=settings.media_address_s,
        reserve_bytes=2 * (settings.journal_reserve_mib << 20),
    )
    return RecordingService(chosen, storage, SqlJobQueue(database), SqlRecordingCatalogue(database))
