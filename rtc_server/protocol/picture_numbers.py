"""Give each receiver one gapless row of VP8 pictures although encodings are switched and pictures left out.

A receiver waits for a picture whose number is missing as long as a later one may need it, so what is left out
on purpose closes up, and another encoding goes on where the one before ended. What was lost stays a hole.
"""

from typing import Final, NamedTuple

from rtc_server.wire.codecs.vp8_layers import TEMPORAL_LAYERS, PictureNumbers

REMEMBERED: Final = 128
"""Pictures whose fate is known: two seconds of 60 a second, which is longer than packets are kept."""

LOOKED_BACK: Final = 16
"""How far before a late picture its neighbour may be."""


class _Fate(NamedTuple):
    """What became of one picture, and by how much the numbers are moved from it on."""

    is_sent: bool
    shift: int


class PictureRow:
    """The numbers of one sent stream.

    Call `begin` with the first picture of each source, a key frame, then `admit` for every packet.

    Attributes:
        wanted: the highest temporal layer to be sent; what is above is left out.
        moves: whether numbers differ from the source's at all.
    """

    __slots__ = (
        "_fates",
        "_last_id",
        "_last_tl0",
        "_newest",
        "_shift",
        "_temporal",
        "_tl0_shift",
        "moves",
        "wanted",
    )

    def __init__(self) -> None:
        self.wanted = TEMPORAL_LAYERS - 1
        self.moves = False
        self._temporal = self.wanted
        self._shift = 0
        self._tl0_shift = 0
        self._newest: int | None = None
        self._last_id: int | None = None
        self._last_tl0: int | None = None
        self._fates: dict[int, _Fate] = {}

    def begin(self, first: PictureNumbers) -> None:
        """Let `first` follow on the last picture that was sent; those before it are forgotten."""
        self._fates.clear()
        self._newest = None
        self._temporal = self.wanted
        if self._last_id is not None:
            self._shift = self._last_id + 1 - first.picture_id
            self.moves = True
        if self._last_tl0 is not None and first.tl0 is not None:
            self._tl0_shift = self._last_tl0 + 1 - first.tl0

    def admit(self, numbers: PictureNumbers) -> bool:
        """Return whether the picture of a packet is sent; all of its packets share that fate."""
        fate = self._fates.get(numbers.picture_id)
        if fate is None:
            fate = self._decide(numbers)
        return fate.is_sent

    def renumbered(self, numbers: PictureNumbers) -> tuple[int, int] | None:
        """Return picture id and TL0PICIDX of a picture that was admitted; None when it is forgotten."""
        fate = self._fates.get(numbers.picture_id)
        if fate is None or not fate.is_sent:
            return None
        mask = (1 << numbers.id_bits) - 1
        return (numbers.picture_id + fate.shift) & mask, ((numbers.tl0 or 0) + self._tl0_shift) & 0xFF

    def _decide(self, numbers: PictureNumbers) -> _Fate:
        mask = (1 << numbers.id_bits) - 1
        ahead = 1 if self._newest is None else (numbers.picture_id - self._newest) & mask
        if 0 < ahead <= mask >> 1:
            fate = self._decide_next(numbers, mask)
        else:
            fate = self._decide_late(numbers, mask)
        self._fates[numbers.picture_id] = fate
        if len(self._fates) > REMEMBERED:
            del self._fates[next(iter(self._fates))]
        return fate

    def _decide_next(self, numbers: PictureNumbers, mask: int) -> _Fate:
        self._newest = numbers.picture_id
        self._temporal = min(self._temporal, self.wanted)
        if self._temporal < numbers.temporal <= self.wanted and numbers.is_sync:
            self._temporal = numbers.temporal
        if numbers.temporal > self._temporal:
            self._shift -= 1
            self.moves = True
            return _Fate(False, self._shift)
        self._last_id = (numbers.picture_id + self._shift) & mask
        if numbers.tl0 is not None:
            self._last_tl0 = (numbers.tl0 + self._tl0_shift) & 0xFF
        return _Fate(True, self._shift)

    def _decide_late(self, numbers: PictureNumbers, mask: int) -> _Fate:
        """Fill the hole that a picture left, whatever its layer: its number was kept free for it."""
        for back in range(1, LOOKED_BACK + 1):
            before = self._fates.get((numbers.picture_id - back) & mask)
            if before is not None:
                return _Fate(True, before.shift)
        return _Fate(False, self._shift)
