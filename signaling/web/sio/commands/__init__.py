"""The commands, one file a family; importing this package fills the table."""

from signaling.web.sio.commands import calls, collaboration, feedback, media, presence, queue

__all__ = ["calls", "collaboration", "feedback", "media", "presence", "queue"]
