"""Ports of the rows recording needs: the queue of mux jobs and the catalogue of finished recordings.

One job a call, its call_id is the key:

    (none) ──enqueue──► QUEUED ──claim──► LEASED ──finish──► DONE
                          ▲                 │  ├──fail(retry)──► QUEUED
                          │                 │  └──fail──► FAILED
                          └──enqueue── DONE, FAILED        LEASED past its lease is claimed like QUEUED

Times are wall-clock seconds; every call brings its own.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    LEASED = "leased"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class MuxJob:
    """A call to be muxed.

    Attributes:
        attempts: times it was claimed since it was enqueued.
        worker: who holds or held the lease.
        lease_until: wall seconds; after it others may claim.
        progress: 0 to 1.
        error: sentence of the last failure.
        enqueued_at: wall seconds.
    """

    call_id: str
    state: JobState
    attempts: int
    worker: str | None
    lease_until: float
    progress: float
    error: str | None
    enqueued_at: float


class JobQueue(Protocol):
    """Rows of mux jobs; every method is atomic between processes."""

    async def enqueue(self, call_id: str, now: float) -> MuxJob:
        """Return the call's job; one that is queued or leased stays, a finished one starts anew."""

    async def claim(self, worker: str, now: float, lease_seconds: float) -> MuxJob | None:
        """Lease the job enqueued first that is queued or past its lease; count the attempt."""

    async def progress(self, call_id: str, worker: str, progress: float, lease_until: float) -> bool:
        """Renew the lease; False when it is not `worker`'s any more and the work must stop."""

    async def finish(self, call_id: str, worker: str) -> bool:
        """Mark the job done; False when the lease is not `worker`'s."""

    async def fail(self, call_id: str, worker: str, error: str, *, retry: bool) -> bool:
        """Queue the job again or mark it failed; False when the lease is not `worker`'s."""

    async def get(self, call_id: str) -> MuxJob | None:
        """Return the call's job."""

    async def forget(self, call_id: str) -> None:
        """Remove the call's job, whatever its state."""


class Catalogue(Protocol):
    """Indexes of finished recordings: one JSON text a call."""

    async def save(self, call_id: str, index_json: str) -> None:
        """Insert or replace."""

    async def load(self, call_id: str) -> str | None:
        """Return the text, None while there is none."""

    async def forget(self, call_id: str) -> None:
        """Remove it."""
