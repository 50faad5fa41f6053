"""Calls with their logs and decisions, and what is asked of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from signaling.domain.call_model import Call, CallEvent
from signaling.domain.ids import CallId, ItemCode, PointId, RegionCode, StaffId
from signaling.domain.routing.decision import Decision
from signaling.domain.steps.step import Logged


@dataclass(frozen=True, slots=True)
class StaffLoad:
    """What a specialist did since local midnight."""

    staff_id: StaffId
    calls: int
    talk_s: float
    handling_s: float


@dataclass(frozen=True, slots=True)
class WaitSamples:
    """Recently answered calls of one bureau: how long they waited and were handled, newest first, seconds."""

    waits_s: tuple[float, ...]
    handling_s: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class CallQuery:
    """A search over closed calls.

    `text`, in any case, matches a part of the number, of what the citizen asked, of the applicant's name or
    of the number of the case elsewhere; and, when it is four digits or more, the end of the applicant's
    phone.
    """

    regions: frozenset[RegionCode] | None = None
    departments: frozenset[str] | None = None
    """Bureaus; None for all."""
    text: str = ""
    text_items: frozenset[ItemCode] = frozenset()
    text_points: frozenset[PointId] = frozenset()
    text_staff: frozenset[StaffId] = frozenset()
    """Items, service points and people that are named by `text`: their calls match too."""
    since: float | None = None
    until: float | None = None
    item_code: ItemCode | None = None
    staff_id: StaffId | None = None
    limit: int = 20
    offset: int = 0


class CallStore(Protocol):
    """Calls with their event logs and decisions."""

    async def create(self, call: Call, logged: Sequence[Logged], day: str) -> Call:
        """Insert; allot the number `day-NNN` in the same transaction and return the call with it.

        Raises ClaimedError.
        """
        ...

    async def load(self, call_id: CallId) -> Call | None: ...

    async def save(self, before: Call, after: Call, logged: Sequence[Logged], at: float) -> None:
        """Write row + version + log + members + claims in one transaction.

        Raises ConflictError, ClaimedError.
        """
        ...

    async def append(self, call_id: CallId, logged: Sequence[Logged], at: float) -> None:
        """Append to the log only."""
        ...

    async def events(
        self, call_id: CallId, *, before: int | None = None, limit: int | None = None
    ) -> list[CallEvent]:
        """Return the log in order: all of it, or the last `limit` entries ahead of the sequence `before`."""
        ...

    async def live(self) -> list[Call]: ...

    async def of_staff(self, staff_id: StaffId, since: float) -> list[Call]:
        """Return calls they are, or were to the end, a member of, newest first."""
        ...

    async def search(self, query: CallQuery) -> tuple[list[Call], int]:
        """Return one page of closed calls, newest first, and how many there are."""
        ...

    async def save_decisions(self, made: Sequence[Decision]) -> None:
        """Append decisions, of several calls, in one transaction."""
        ...

    async def decisions(self, call_id: CallId, *, limit: int | None = None) -> list[Decision]:
        """Return the decisions in order: all of them, or the last `limit`."""
        ...

    async def loads(self, since: float, *, drills: bool) -> list[StaffLoad]:
        """Return what each specialist did in calls connected since; drills only when asked for."""
        ...

    async def samples(self, department: str, limit: int, *, drills: bool) -> WaitSamples:
        """Return the newest answered calls of a bureau; drills only when asked for."""
        ...

    async def missed(self, staff_id: StaffId, since: float) -> int:
        """Count offers they missed."""
        ...

    async def forget_decisions(self, before: float) -> int:
        """Delete the decisions made before; return how many."""
        ...

    async def unrated(self, ended_before: float, limit: int) -> list[Call]:
        """Return completed calls that ended before and have fewer ratings than items."""
        ...
