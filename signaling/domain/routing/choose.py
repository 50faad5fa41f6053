"""Choose whom a waiting call is offered to, without looking at everybody.

Those with the skill and in reach come from the roster, those free from the pool. Named to the judge are the
best free ones of each step and those this call has to do with; everybody else is counted.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from heapq import merge
from itertools import islice
from typing import Final, TypeAlias

from signaling.domain.ids import RegionCode, StaffId
from signaling.domain.routing.decision import Decision, PassedOver, Reason
from signaling.domain.routing.judge import judge
from signaling.domain.routing.model import Candidate, Request
from signaling.domain.routing.policy import Policy, first_step
from signaling.domain.routing.pool import Pool, Ranked
from signaling.domain.routing.roster import Shelf, Squad

KEPT_A_STEP: Final = 6
"""Free people of each step who are judged by name: the best one is chosen, the next explain the order."""

_Counts: TypeAlias = Counter[tuple[int | None, Reason]]


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
    squads = [squad for code in regions for squad in shelf.squads.get(code, ())]
    named = dict(_named(request, shelf, squads, now))
    free, counts = _gather(request, pool, squads, policy, named)
    counts[None, Reason.OUT_OF_REGION] = len(shelf.squad_of) - sum(len(squad.members) for squad in squads)
    return judge(
        request,
        [*(pool.candidate(squad, staff_id) for staff_id, squad in named.items()), *free],
        [PassedOver(step, reason, count) for (step, reason), count in counts.items() if count],
        now=now,
        strategy=pool.strategy,
        policy=policy,
    )


def _named(
    request: Request, shelf: Shelf, squads: Sequence[Squad], now: float
) -> Iterator[tuple[StaffId, Squad]]:
    """Yield those in reach who are judged by name because this call has to do with them."""
    concerned = [request.clerk_id, request.preferred_staff_id]
    concerned += [let.staff_id for let in request.passed if now < let.until]
    for staff_id in concerned:
        squad = shelf.squad_of.get(staff_id) if staff_id is not None else None
        if staff_id is not None and squad is not None and squad in squads:
            yield staff_id, squad


def _gather(
    request: Request,
    pool: Pool,
    squads: Sequence[Squad],
    policy: Policy,
    named: dict[StaffId, Squad],
) -> tuple[list[Candidate], _Counts]:
    """Return the best free people of each step, and how many others there are by step and reason."""
    counts: _Counts = Counter()
    free: dict[int, list[list[Ranked]]] = defaultdict(list)
    for squad in squads:
        step = first_step(policy, request, squad.profile, preferred=False)
        if step is None:
            counts[None, Reason.NOT_ADMITTED] += len(squad.members)
            counts[None, Reason.NOT_ADMITTED] -= sum(of is squad for of in named.values())
            continue
        muster = pool.muster(squad)
        for reason, count in muster.busy.items():
            counts[step, reason] += count
        for staff_id in (staff_id for staff_id, of in named.items() if of is squad):
            counts[step, pool.state_of(staff_id) or Reason.RANKED_LOWER] -= 1
        if muster.free:
            free[step].append(muster.free)
    best: list[Candidate] = []
    for step, sorted_lists in free.items():
        kept = list(islice(_in_order(sorted_lists, named), KEPT_A_STEP))
        counts[step, Reason.RANKED_LOWER] += sum(map(len, sorted_lists)) - len(kept)
        best += kept
    return best, counts


def _in_order(sorted_lists: Sequence[Sequence[Ranked]], named: Collection[StaffId]) -> Iterator[Candidate]:
    for _, staff_id, candidate in merge(*sorted_lists) if len(sorted_lists) > 1 else sorted_lists[0]:
        if staff_id not in named:
            yield candidate
