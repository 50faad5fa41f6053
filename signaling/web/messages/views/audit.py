"""The audit log as its administrator reads it."""

from typing import Any

from signaling.web.messages.base import AuditResult, Message, Timestamp


class AuditRowView(Message):
    """One act: who did what to what, from where, with which result."""

    sequence: int
    """Its place in the log, counted from 1 without gaps."""
    at: Timestamp
    subject: str
    subject_name: str
    """The person's name; the subject itself where it is no account."""
    address: str
    act: str
    """A dotted name, such as `account.login`."""
    object: str
    object_name: str
    """The name of the account, service point or item acted on, empty for anything else."""
    result: AuditResult
    detail: dict[str, Any]
