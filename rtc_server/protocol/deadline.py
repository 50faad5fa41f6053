"""The value of a deadline that never comes."""

from typing import Final

NEVER: Final = float("inf")
