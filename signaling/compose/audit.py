"""The audit log with its key and its anchor, neither of which is in the database."""

from typing import Final

from signaling.adapters.audit_anchor import AuditAnchorFile
from signaling.adapters.sql.audit import SqlAuditStore
from signaling.adapters.sql.database import Database
from signaling.config import Settings, load_secrets

AUDIT_FOLDER: Final = "audit"
"""Of the data folder; holds the anchor."""


def audit_store(settings: Settings, database: Database) -> SqlAuditStore:
    """Return the store over a database; the anchor lies in this machine's data folder."""
    key = load_secrets(settings).audit
    return SqlAuditStore(database, key, AuditAnchorFile(settings.data_dir / AUDIT_FOLDER / "anchor", key))
