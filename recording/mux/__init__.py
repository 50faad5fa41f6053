"""From the journals of a call to files a browser plays and seeks; runs in the worker process.

PyAV is loaded with the first job: the processes that only read indexes, and a worker with nothing to do, save
its 16 MB.
"""

from typing import TYPE_CHECKING, Any

from recording.mux.index import IndexedGap, LaneSegment, RecordingIndex, Rotation, Thumbnail

if TYPE_CHECKING:
    from recording.mux.call import MuxOptions, mux_call, mux_journals

__all__ = [
    "IndexedGap",
    "LaneSegment",
    "MuxOptions",
    "RecordingIndex",
    "Rotation",
    "Thumbnail",
    "mux_call",
    "mux_journals",
]


def __getattr__(name: str) -> Any:
    """Load what muxes when it is asked for (PEP 562)."""
    if name not in {"MuxOptions", "mux_call", "mux_journals"}:
        raise AttributeError(name)
    from recording.mux import call

    return getattr(call, name)
