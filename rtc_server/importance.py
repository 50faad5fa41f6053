"""What goes first where a line carries not everything: said by who owns the calls."""

from enum import Enum


class Importance(Enum):
    """How important a consumer is, the most important first."""

    SOUND = "sound"
    """Always sent; with it everything else of a call can be said."""
    DESKTOP = "desktop"
    DOCUMENT_CAMERA = "document_camera"
    CAMERA = "camera"
    """Whose owner speaks goes before the others."""
