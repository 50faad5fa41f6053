"""One round's snapshot of the responders: who is free, best first, and how many are not, by reason."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from signaling.domain.ids import StaffId
from signaling.domain.routing.decision import Reason
from signaling.domain.routing.judge import state_of
from signaling.domain.routing.model import Candidate, Profile, Request, Standing
from signaling.domain.routing.policy import Policy, first_step
from signaling.domain.routing.roster import Roster, Station
from signaling.domain.routing.strategies import STRATEGIES

Ranked: TypeAlias = tuple[tuple[float, ...], StaffId, Candidate]
"""Rank, then who: sorts as the strategy wants, ties broken by staff id."""


class Muster:
    """A station as it stands: by step the free, in the strategy's order, and the others as counts."""

    __slots__ = ("counts", "free")

    def __init__(self) -> None:
        self.free: dict[int, list[Ranked]] = defaultdict(list)
        self.counts: Counter[tuple[int | None, Reason]] = Counter()

    def ring(self, ranked: Ranked) -> None:
        """Move somebody from the free of their step, if one admits them, to the ringing."""
        for step, free in self.free.items():
            at = bisect_left(free, ranked[:2])
            if at < len(free) and free[at] is ranked:
                del free[at]
                self.counts[step, Reason.RINGING] += 1
                return


@dataclass(frozen=True, slots=True)
class _Squad:
    """People of a station whom no policy tells apart: the free as ranked, the others as counts."""

    profile: Profile
    free: list[Ranked] = field(default_factory=list)
    counts: Counter[Reason] = field(default_factory=Counter)

    def ring(self, ranked: Ranked) -> None:
        """Move somebody from the free to the ringing."""
        self.free.remove(ranked)
        self.counts[Reason.RINGING] += 1


class Pool:
    """Everybody at one instant, looked at station by station and only where a call asks.

    Args:
        roster: who can take what.
        standing: how somebody stands; asked once for each person and round.
        ringing: whom a call claims already, whatever their standing says: it may be behind.
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
        self._squads: dict[Station, list[_Squad]] = {}
        self._musters: dict[Station, dict[tuple[str | None, str], Muster]] = defaultdict(dict)
        self._free: dict[StaffId, list[tuple[Station, _Squad, Ranked]]] = defaultdict(list)

    def muster(self, station: Station, request: Request, policy: Policy) -> Muster:
        """Return how a station stands for the calls that go by a policy and speak a language."""
        spoken = request.language if request.language in self.roster.languages else None
        musters, key = self._musters[station], (spoken, policy.name)
        if key not in musters:
            musters[key] = self._muster(station, request, policy)
        return musters[key]

    def candidate(self, staff_id: StaffId, profile: Profile) -> Candidate:
        """Return somebody as they stand."""
        return Candidate(staff_id, profile, self._standing(staff_id), staff_id in self._ringing)

    def state_of(self, staff_id: StaffId) -> Reason | None:
        """Return why somebody is not free for any call; None when they are."""
        return state_of(self._standing(staff_id), ringing=staff_id in self._ringing)

    def ring(self, staff_id: StaffId) -> None:
        """A call rings at them from now on: nothing else is offered to them in this round."""
        self._ringing.add(staff_id)
        for station, squad, ranked in self._free.pop(staff_id, ()):
            squad.ring(ranked)
            for muster in self._musters[station].values():
                muster.ring(ranked)

    def _muster(self, station: Station, request: Request, policy: Policy) -> Muster:
        muster = Muster()
        for squad in self._squads_of(station):
            step = first_step(policy, request, squad.profile, preferred=False)
            if step is None:
                muster.counts[None, Reason.NOT_ADMITTED] += len(squad.free) + squad.counts.total()
                continue
            for reason, count in squad.counts.items():
                muster.counts[step, reason] += count
            muster.free[step] += squad.free
        for free in muster.free.values():
            free.sort()  # nobody is there twice: candidates are never compared
        return muster

    def _squads_of(self, station: Station) -> list[_Squad]:
        if station not in self._squads:
            self._squads[station] = [
                self._squad(station, profile, members) for profile, members in station.squads.items()
            ]
        return self._squads[station]

    def _squad(self, station: Station, profile: Profile, members: Iterable[StaffId]) -> _Squad:
        squad = _Squad(profile)
        for staff_id in members:
            if (reason := self.state_of(staff_id)) is not None:
                squad.counts[reason] += 1
            else:
                candidate = self.candidate(staff_id, profile)
                ranked = (self._rank(candidate, False), staff_id, candidate)
                squad.free.append(ranked)
                self._free[staff_id].append((station, squad, ranked))
        return squad

    def _standing(self, staff_id: StaffId) -> Standing:
        found = self._standings.get(staff_id)
        if found is None:
            found = self._standings[staff_id] = self._standing_of(staff_id)
        return found
