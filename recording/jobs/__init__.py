"""Mux jobs: a queue with leases, the disk the journals lie on, and the work itself."""

from recording.jobs.disk import JournalDisk
from recording.jobs.memory import MemoryCatalogue, MemoryJobQueue
from recording.jobs.port import NO_HOST, Catalogue, JobQueue, JobState, MuxJob
from recording.jobs.work import MuxWorker

__all__ = [
    "NO_HOST",
    "Catalogue",
    "JobQueue",
    "JobState",
    "JournalDisk",
    "MemoryCatalogue",
    "MemoryJobQueue",
    "MuxJob",
    "MuxWorker",
]
