"""The port of what compares meanings: a sentence model, which a deployment may lack."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from signaling.domain.search.meaning import Similar


class MeaningState(StrEnum):
    """How comparing meanings stands.

    ABSENT: not installed. RESTING: let go while nobody searches; the next query starts it again.
    """

    ABSENT = "absent"
    STARTING = "starting"
    READY = "ready"
    RESTING = "resting"


class Meaning(Protocol):
    """Compares lines with texts by meaning; never raises, never holds up the caller for long."""

    @property
    def state(self) -> MeaningState:
        """How it stands."""
        ...

    def compare_with(self, texts: Sequence[str]) -> None:
        """Compare with these texts from now on."""
        ...

    async def similar(self, query: str) -> Similar | None:
        """Return text → cosine; None when the answer would be late."""
        ...
