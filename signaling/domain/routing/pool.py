"""One round's snapshot of the responders: who is free, best first, and how many are not, by reason."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from typing import TypeAlias

from signaling.domain.ids import StaffId
from signaling.domain.routing.decision import Reason
from signaling.domain.routing.judge import state_of
from signaling.domain.routing.model import Candidate, Standing
from signaling.domain.routing.roster import Roster, Squad
from signaling.domain.routing.strategies import STRATEGIES

Ranked: TypeAlias = tuple[tuple[float, ...], StaffId, Candidate]
"""Rank, then who: sorts as the strategy wants, ties broken by staff id."""


class Muster:
    """A squad as it stands: the free in the strategy's order, the others counted."""

    __slots__ = ("busy", "free")

    def __init__(self) -> None:
        self.free: list[Ranked] = []
        self.busy: Counter[Reason] = Counter()

    def ring(self, ranked: Ranked) -> None:
        """Move somebody from the free to the ringing."""
        del self.free[bisect_left(self.free, ranked[:2])]
        self.busy[Reason.RINGING] += 1


class Pool:
    """Everybody at one instant, looked at squad by squad and only where a call asks.

    Args:
        roster: who can take what.
        standing: how somebody stands; asked once for each person and round.
        ringing: whom a call rings at already.
        strategy: a name of `STRATEGIES`.
    """

    def __init__(
        self,
        roster: Roster,
        standing: Callable[[StaffId], Standing],
        ringing: Iterable[StaffId],
        strategy: str,
    ) -> None:
        self.roster = roster
        self.strategy = strategy
        self._rank = STRATEGIES[strategy]
        self._standing_of = standing
        self._standings: dict[StaffId, Standing] = {}
        self._ringing = set(ringing)
        self._musters: dict[Squad, Muster] = {}
        self._free: dict[StaffId, list[tuple[Muster, Ranked]]] = defaultdict(list)

    def muster(self, squad: Squad) -> Muster:
        """Return how a squad stands."""
        found = self._musters.get(squad)
        if found is None:
            found = self._musters[squad] = self._muster(squad)
        return found

    def candidate(self, squad: Squad, staff_id: StaffId) -> Candidate:
        """Return one member of a squad as they stand."""
        return Candidate(staff_id, squad.profile, self._standing(staff_id), staff_id in self._ringing)

    def state_of(self, staff_id: StaffId) -> Reason | None:
        """Return why somebody is not free for any call; None when they are."""
        return state_of(self._standing(staff_id), ringing=staff_id in self._ringing)

    def ring(self, staff_id: StaffId) -> None:
        """A call rings at them from now on: nothing else is offered to them in this round."""
        self._ringing.add(staff_id)
        for muster, ranked in self._free.pop(staff_id, ()):
            muster.ring(ranked)

    def _muster(self, squad: Squad) -> Muster:
        muster = Muster()
        for staff_id in squad.members:
            if (reason := self.state_of(staff_id)) is not None:
                muster.busy[reason] += 1
            else:
                candidate = self.candidate(squad, staff_id)
                ranked = (self._rank(candidate, False), staff_id, candidate)
                muster.free.append(ranked)
                self._free[staff_id].append((muster, ranked))
        muster.free.sort(key=_order)
        return muster

    def _standing(self, staff_id: StaffId) -> Standing:
        found = self._standings.get(staff_id)
        if found is None:
            found = self._standings[staff_id] = self._standing_of(staff_id)
        return found


def _order(ranked: Ranked) -> tuple[tuple[float, ...], StaffId]:
    return ranked[:2]
