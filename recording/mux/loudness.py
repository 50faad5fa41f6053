"""The loudness curve of a file, while it is written.

A browser says how loud each packet is (RFC 6464); where it does not, packets are decoded, and every sixteenth
value of the signal is taken: that many are enough for a mean of 100 ms, and the codec is the greater part.
"""

import math
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
    """Take the packets of a sound stream in order; `result` is its curve."""

    def __init__(self, channels: int) -> None:
        self._channels = channels
        self._powers: list[float] = []
        self._weights: list[float] = []
        self._decoder: Any = None

    def add(self, frame: Frame, milliseconds: int) -> None:
        """Take a packet that begins so long after the file."""
        step = milliseconds // STEP_MS
        while len(self._powers) <= step:
            self._powers.append(0.0)
            self._weights.append(0.0)
        seconds = packet_seconds(frame.data)
        power = _POWER[frame.level] if frame.level != UNKNOWN_LEVEL else self._decoded(frame.data)
        self._powers[step] += power * seconds
        self._weights[step] += seconds

    def result(self) -> tuple[int, ...]:
        """Return decibels below full scale of each 100 ms as integers, −100 for silence."""
        return tuple(map(_decibels, self._powers, self._weights))

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
