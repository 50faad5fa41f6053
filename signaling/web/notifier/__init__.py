"""Domain events become emits to the people concerned, and to nobody else."""

from signaling.web.notifier.notifier import Notifier

__all__ = ["Notifier"]
