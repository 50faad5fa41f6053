"""Which of a producer's encodings one consumer gets.

Fixed for now: the first, which senders list lowest and stop last (Chromium stops the others first when its
uplink is thin). Switching, up at a key frame of the target only, will be decided here (MEDIA_CONTRACT 43).
"""

from typing import Final

FIRST: Final = 0


class LayerSelector:
    """The choice of one sent stream.

    Attributes:
        current: index of the encoding that feeds it.
    """

    __slots__ = ("current",)

    def __init__(self) -> None:
        self.current = FIRST
