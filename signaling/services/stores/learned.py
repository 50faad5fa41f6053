"""What the search has learned."""

from collections.abc import Sequence
from typing import Protocol

from signaling.domain.ids import CallId
from signaling.domain.search.learned import LearnedLine


class LearnedStore(Protocol):
    """Lines the search learned from sessions, one a call."""

    async def save_line(self, line: LearnedLine) -> None:
        """Insert or replace a call's line."""
        ...

    async def line(self, call_id: CallId) -> LearnedLine | None: ...

    async def lines(self, limit: int) -> Sequence[LearnedLine]:
        """Return the newest, newest first, withdrawn ones too."""
        ...

    async def forget_lines(self, before: float) -> int:
        """Delete those learned before; return how many."""
        ...
