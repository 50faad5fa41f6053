"""What people leave behind: ratings from paired pads, and 留言."""

from signaling.services.messages import MessageService
from signaling.services.pads import PadCredential, PadService
from signaling.services.ratings import RatingService

__all__ = ["MessageService", "PadCredential", "PadService", "RatingService"]
