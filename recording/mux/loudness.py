"""The loudness curve of a file, while it is written.

A browser says how loud each packet is (RFC 6464); where it does not, packets are decoded, and every sixteenth
value of the signal is taken: that many are enough for a mean of 100 ms, and the codec is the greater part.
"""

import math
from array import array
from typing import Any, Final

import av

from recording.assemble.frames import NO_LEVEL, UNKNOWN_LEVEL, Frame
from recording.assemble.opus import packet_seconds

STEP_MS: Final = 100
SILENT_DB: Final = -100
_TAKEN: Final = 16
_POWER: Final = (*(10 ** (-level / 10) for level in range(NO_LEVEL)), 0.0)
"""Level → mean square, full scale being 1."""


class LoudnessMeter:
    """Take the packets of a sound stream in order; `result` is its curve, a byte each 100 ms."""

    def __init__(self, channels: int) -> None:
        self._channels = channels
        self._curve = array("b")
        self._power = 0.0
        self._weight = 0.0
        self._decoder: Any = None

    def add(self, frame: Frame, milliseconds: int) -> None:
        """Take a packet that begins so long after the file, no earlier than the one before."""
        while len(self._curve) < milliseconds // STEP_MS:
            self._end_step()
        seconds = packet_seconds(frame.data)
        power = _POWER[frame.level] if frame.level != UNKNOWN_LEVEL else self._decoded(frame.data)
        self._power += power * seconds
        self._weight += seconds

    def result(self) -> "array[int]":
        """Return decibels below full scale of each 100 ms, −100 for silence; ends the curve."""
        if self._weight:
            self._end_step()
        return self._curve

    def _end_step(self) -> None:
        self._curve.append(_decibels(self._power, self._weight))
        self._power = self._weight = 0.0

    def _decoded(self, data: bytes) -> float:
        """Return the mean square of a packet; 0 for rubbish."""
        if self._decoder is None:
            self._decoder = av.CodecContext.create("opus", "r")
            self._decoder.sample_rate = 48000
            self._decoder.thread_count = 1
            self._decoder.layout = "stereo" if self._channels == 2 else "mono"
        try:
            frames = self._decoder.decode(av.Packet(data))
        except av.error.FFmpegError:
            return 0.0
        taken: list[float] = []
        for frame in frames:
            taken += memoryview(frame.planes[0]).cast("B").cast("f")[: frame.samples : _TAKEN].tolist()
        return math.hypot(*taken) ** 2 / len(taken) if taken else 0.0


def _decibels(power: float, weight: float) -> int:
    if not weight or power <= 0:
        return SILENT_DB
    return max(SILENT_DB, round(10 * math.log10(power / weight)))
