"""The commands, one file a family; importing this package fills the table it exports."""

from signaling.web.sio.commands import (
    calls,
    collaboration,
    control,
    feedback,
    media,
    network,
    presence,
    queue,
)
from signaling.web.sio.table import TABLE

__all__ = ["TABLE", "calls", "collaboration", "control", "feedback", "media", "network", "presence", "queue"]
