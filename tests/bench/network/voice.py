"""A voice for the fake microphone that never pauses: no silence hides what was lost."""

import math
import struct
import wave
from pathlib import Path
from typing import Final

RATE: Final = 48_000
SECONDS: Final = 8
_PITCH_HZ: Final = 140.0
_SYLLABLES_HZ: Final = 4.0
_HARMONICS: Final = 12


def write_voice(path: Path) -> None:
    """Write a WAV file: a gliding tone with a voice's harmonics, louder and softer as with syllables."""
    samples = bytearray()
    phase = 0.0
    for number in range(RATE * SECONDS):
        at = number / RATE
        phase += 2 * math.pi * _PITCH_HZ * (1 + 0.15 * math.sin(2 * math.pi * at / 2)) / RATE
        tone = sum(math.sin(phase * harmonic) / harmonic for harmonic in range(1, _HARMONICS + 1))
        loud = 0.6 + 0.4 * math.sin(2 * math.pi * _SYLLABLES_HZ * at)
        samples += struct.pack("<h", int(9_000 * loud * tone / 2))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(bytes(samples))
