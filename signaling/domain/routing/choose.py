"""Choose whom a waiting call is offered to, without looking at everybody.

Those with the skill and in reach come from the roster, those free from the pool. Named to the judge are the
best free ones of each step and those this call has to do with; everybody else is counted.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final, TypeAlias

from signaling.domain.ids import RegionCode, StaffId
from signaling.domain.routing.decision import Decision, PassedOver, Reason
from signaling.domain.routing.judge import Admitted, admit, judge
from signaling.domain.routing.model import Profile, Request
from signaling.domain.routing.policy import Policy, first_step
from signaling.domain.routing.pool import Pool, Ranked
from signaling.domain.routing.roster import Place, Shelf, Station

KEPT_A_STEP: Final = 3
"""Free people of each step who are judged by name: the best one is chosen, the next explain the order."""

_Counts: TypeAlias = dict[tuple[int | None, Reason], int]
_Out: TypeAlias = dict[Station, dict[StaffId, Profile]]
"""Who does not count where they are filed: they are named, or count with another skill."""


def choose(
    request: Request, pool: Pool, *, regions: Sequence[RegionCode], policy: Policy, now: float
) -> Decision:
    """Decide about one waiting call.

    Args:
        request: the call.
        pool: the responders as they stand, and the strategy that ranks them.
        regions: the call's region and those above it.
        policy: who is admitted when.
        now: wall clock, seconds.

    Returns:
        OFFER with `chosen`; NO_STAFF when nobody signed in could ever take it; else WAIT with `recheck_at`.
    """
    shelf = pool.roster.shelf(request.item_code, request.department)
    stations = [layer[code] for layer in shelf.layers for code in regions if code in layer]
    named = _named(request, shelf, stations, now)
    moved = [place for place in shelf.left_out if place.station in stations]
    left_out: _Out = defaultdict(dict)
    for place in (*named, *moved):
        left_out[place.station][place.staff_id] = place.profile
    free, counts = _gather(request, pool, stations, policy, left_out)
    in_reach = sum(station.size for station in stations) - len(moved)
    counts[None, Reason.OUT_OF_REGION] = shelf.size - in_reach
    return judge(
        request,
        [*(admit(policy, request, pool.candidate(one.staff_id, one.profile)) for one in named), *free],
        [PassedOver(step, reason, count) for (step, reason), count in counts.items() if count],
        now=now,
        strategy=pool.strategy,
        policy=policy,
    )


def _named(request: Request, shelf: Shelf, stations: Sequence[Station], now: float) -> list[Place]:
    """Return where those in reach are who are judged by name because this call has to do with them."""
    concerned = {request.clerk_id, request.preferred_staff_id}
    concerned |= {let.staff_id for let in request.passed if now < let.until}
    found = (shelf.place_of.get(staff_id) for staff_id in concerned if staff_id is not None)
    return [place for place in found if place is not None and place.station in stations]


def _gather(
    request: Request,
    pool: Pool,
    stations: Sequence[Station],
    policy: Policy,
    left_out: _Out,
) -> tuple[list[Admitted], _Counts]:
    """Return the best free people of each step, and how many others there are by step and reason."""
    counts: _Counts = defaultdict(int)
    first: dict[int, list[Ranked]] = defaultdict(list)
    for station in stations:
        muster = pool.muster(station, request, policy)
        out = left_out.get(station, {})
        for key, count in muster.counts.items():
            counts[key] += count
        for staff_id, profile in out.items():
            counts[_counted_as(request, pool, policy, staff_id, profile)] -= 1
        for step, ranked in muster.free.items():
            if ranked:
                counts[step, Reason.RANKED_LOWER] += len(ranked)
                first[step] += [one for one in ranked[: KEPT_A_STEP + len(out)] if one[1] not in out]
    best: list[Admitted] = []
    for step, of_stations in first.items():
        kept = [(candidate, step) for _, _, candidate in sorted(of_stations)[:KEPT_A_STEP]]
        counts[step, Reason.RANKED_LOWER] -= len(kept)
        best += kept
    return best, counts


def _counted_as(
    request: Request, pool: Pool, policy: Policy, staff_id: StaffId, profile: Profile
) -> tuple[int | None, Reason]:
    step = first_step(policy, request, profile, preferred=False)
    if step is None:
        return None, Reason.NOT_ADMITTED
    return step, pool.state_of(staff_id) or Reason.RANKED_LOWER
