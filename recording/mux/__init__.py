"""From the journals of a call to files a browser plays and seeks; runs in the worker process."""

from recording.mux.call import MuxOptions, mux_call
from recording.mux.index import IndexedGap, LaneSegment, RecordingIndex, Thumbnail

__all__ = ["IndexedGap", "LaneSegment", "MuxOptions", "RecordingIndex", "Thumbnail", "mux_call"]
