"""The recording tap: what the media process calls for each packet of a recorded call."""

from recording.tap.host import RecordingTapHost

__all__ = ["RecordingTapHost"]
