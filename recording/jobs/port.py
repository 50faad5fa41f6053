"""Ports of the rows recording needs: the queue of mux jobs and the catalogue of finished recordings.

One job a call and disk: a call whose media moved to another machine has journals on two disks, and only a
worker that sees a disk can mux what lies there. Its key is (call_id, host), the host naming the disk
(`recording.jobs.disk`). Signalling, which may see no disk at all, says that a call is closed:

    (none) ──found──► OPEN ──announce──► QUEUED ──claim──► LEASED ──finish──► DONE, EMPTY
      │                                    ▲                 │  ├──put_off──► QUEUED
      └──found, the call being announced───┤                 │  └──fail──► FAILED
                                           │                LEASED past its lease is claimed like QUEUED
                                           └──announce── FAILED, and found ── DONE, EMPTY: more journals came

The announcement is a row too, whose host is `NO_HOST`; nobody claims it.

Times are wall-clock seconds; every call brings its own.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

NO_HOST: Final = ""
"""Host of an announcement."""


class JobState(StrEnum):
    """Where a job stands.

    DONE means that an index exists; EMPTY that nothing was sent, so there is none; DELETED is an
    announcement that whatever journals of the call still turn up are to be removed.
    """

    OPEN = "open"
    QUEUED = "queued"
    LEASED = "leased"
    DONE = "done"
    EMPTY = "empty"
    FAILED = "failed"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class MuxJob:
    """The journals of a call on one disk, to be muxed.

    Attributes:
        host: the disk; `NO_HOST` for an announcement.
        attempts: times it was claimed since it was queued; a full disk does not count.
        worker: who holds or held the lease.
        lease_until: wall seconds; after it others may claim.
        not_before: wall seconds until which nobody tries it again.
        progress: 0 to 1.
        error: sentence of the last failure.
        enqueued_at: wall seconds.
    """

    call_id: str
    host: str
    state: JobState
    attempts: int = 0
    worker: str | None = None
    lease_until: float = 0.0
    not_before: float = 0.0
    progress: float = 0.0
    error: str | None = None
    enqueued_at: float = 0.0


class JobQueue(Protocol):
    """Rows of mux jobs; every method is atomic between processes."""

    async def announce(self, call_id: str, now: float) -> None:
        """The call is closed: queue its open and failed jobs, and those that are found later."""

    async def found(self, host: str, call_ids: Collection[str], now: float) -> Collection[str]:
        """Journals of these calls lie on the disk `host`: note those not known, queue the announced ones.

        Returns:
            The calls that were deleted, whose journals are to be removed.
        """

    async def open_calls(self) -> Collection[str]:
        """Return the calls with open jobs: they run, or nobody said that they are closed."""

    async def revive(self, host: str, now: float) -> None:
        """Queue the disk's failed jobs again: a worker starts, perhaps a better one."""

    async def claim(self, worker: str, host: str, now: float, lease_seconds: float) -> MuxJob | None:
        """Lease the job of this disk queued first that is due or past its lease; count the attempt."""

    async def progress(self, job: MuxJob, progress: float, lease_until: float) -> bool:
        """Renew the lease; False when it is not `job.worker`'s any more and the work must stop."""

    async def finish(self, job: MuxJob, *, empty: bool = False) -> bool:
        """Mark the job done, or empty; False when the lease is not `job.worker`'s."""

    async def put_off(self, job: MuxJob, error: str, not_before: float, *, counted: bool) -> bool:
        """Queue the job again for later; False when the lease is not `job.worker`'s.

        Args:
            counted: the attempt counts; without, the count begins anew.
        """

    async def fail(self, job: MuxJob, error: str) -> bool:
        """Give the job up; False when the lease is not `job.worker`'s."""

    async def of_call(self, call_id: str) -> Collection[MuxJob]:
        """Return the call's jobs, its announcement among them."""

    async def forget(self, call_id: str) -> None:
        """Remove the call's jobs, whatever their states, and announce that it is deleted."""


class Catalogue(Protocol):
    """Indexes of finished recordings: one JSON text a call and disk."""

    async def save(self, call_id: str, host: str, index_json: str) -> None:
        """Insert or replace."""

    async def load(self, call_id: str) -> dict[str, str]:
        """Return the call's indexes by host, none while there is none."""

    async def forget(self, call_id: str) -> None:
        """Remove them."""
