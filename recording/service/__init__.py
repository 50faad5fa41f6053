"""The façade signalling and the worker process use."""

from recording.service.media import MediaResponse
from recording.service.recordings import RecordingService
from recording.service.worker import run_worker

__all__ = ["MediaResponse", "RecordingService", "run_worker"]
