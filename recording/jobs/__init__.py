"""Mux jobs: a queue with leases, and the work itself."""

from recording.jobs.memory import MemoryCatalogue, MemoryJobQueue
from recording.jobs.port import Catalogue, JobQueue, JobState, MuxJob
from recording.jobs.work import MuxWorker

__all__ = [
    "Catalogue",
    "JobQueue",
    "JobState",
    "MemoryCatalogue",
    "MemoryJobQueue",
    "MuxJob",
    "MuxWorker",
]
