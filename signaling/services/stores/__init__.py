"""What the services keep: the ports of every store, and the values that exist only to be kept."""

from signaling.services.stores.accounts import AccountStore, Attempts, Credential, SignIn
from signaling.services.stores.audit import (
    Anchored,
    AnchorForgedError,
    AnchorState,
    AuditAnchor,
    AuditCheck,
    AuditQuery,
    AuditRow,
    AuditStore,
)
from signaling.services.stores.calls import CallQuery, CallStore, StaffLoad, WaitSamples
from signaling.services.stores.conflicts import ClaimedError, ConflictError
from signaling.services.stores.directory import DirectoryStore
from signaling.services.stores.feedback import FeedbackStore
from signaling.services.stores.helpers import HelperStore
from signaling.services.stores.learned import LearnedStore
from signaling.services.stores.pictures import PictureStore
from signaling.services.stores.session import SessionStore

__all__ = [
    "AccountStore",
    "AnchorForgedError",
    "AnchorState",
    "Anchored",
    "Attempts",
    "AuditAnchor",
    "AuditCheck",
    "AuditQuery",
    "AuditRow",
    "AuditStore",
    "CallQuery",
    "CallStore",
    "ClaimedError",
    "ConflictError",
    "Credential",
    "DirectoryStore",
    "FeedbackStore",
    "HelperStore",
    "LearnedStore",
    "PictureStore",
    "SessionStore",
    "SignIn",
    "StaffLoad",
    "WaitSamples",
]
