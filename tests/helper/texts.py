"""Texts that applications are given: as long as a statement's paragraph, and every key of a typewriter."""

from typing import Final

CHINESE: Final = "".join(chr(0x4E00 + 37 * number % 20_000) for number in range(500))
ASCII: Final = "".join(map(chr, range(32, 127)))
