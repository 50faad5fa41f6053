"""Routing as simply as it can be written, looking at everybody for every call: the oracle of the real one."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from signaling.domain.presence import PresenceState
from signaling.domain.regions import RegionTree
from signaling.domain.routing.decision import Decision, Outcome, Reason
from signaling.domain.routing.model import Candidate, Request, Standing
from signaling.domain.routing.policy import Policy, PolicyStep, openings
from signaling.domain.routing.roster import Responder
from signaling.domain.routing.strategies import STRATEGIES

INELIGIBLE = (Reason.OUT_OF_REGION, Reason.NOT_ADMITTED, Reason.OFFLINE, Reason.CLERK_OF_THE_CALL)
FREE = (Reason.CHOSEN, Reason.RANKED_LOWER, Reason.STEP_NOT_OPEN)


@dataclass(frozen=True)
class Verdicts:
    """What must come out of a decision, however it is found."""

    chosen: str | None
    outcome: Outcome
    opened_at: tuple[float, ...]
    recheck_at: float | None
    eligible: int
    available: int
    tally: Mapping[tuple[int | None, Reason], int]

    @classmethod
    def of(cls, decision: Decision) -> "Verdicts":
        """Return those of a real decision."""
        tally = Counter((entry.step, entry.reason) for entry in decision.considered)
        for entry in decision.passed_over:
            tally[entry.step, entry.reason] += entry.count
        return cls(
            decision.chosen,
            decision.outcome,
            decision.opened_at,
            decision.recheck_at,
            decision.eligible,
            decision.available,
            tally,
        )


def scan(
    request: Request,
    people: Iterable[Responder],
    standings: Mapping[str, Standing],
    ringing: AbstractSet[str],
    *,
    tree: RegionTree,
    policy: Policy,
    strategy: str,
    now: float,
) -> Verdicts:
    """Judge every single person and take the best."""
    skilled = [person for person in people if _level(request, person)]
    steps = {person.staff_id: _step(request, person, policy.steps, tree) for person in skilled}
    signed_in = {
        steps[person.staff_id]
        for person in skilled
        if standings[person.staff_id].state is not PresenceState.OFFLINE
        and person.staff_id != request.clerk_id
    }
    opened = openings(policy, request.requested_at, [i in signed_in for i in range(len(policy.steps))])
    reasons: dict[str, Reason | None] = {}
    for person in skilled:
        step = steps[person.staff_id]
        reasons[person.staff_id] = _reason(request, person, standings, ringing, tree, step, opened, now)
    free = [person for person in skilled if reasons[person.staff_id] is None]

    def order(person: Responder) -> tuple[bool, tuple[float, ...], str]:
        preferred = person.staff_id == request.preferred_staff_id
        profile = person.profile(request.item_code, request.department)
        candidate = Candidate(person.staff_id, profile, standings[person.staff_id])
        step = steps[person.staff_id]
        first = step is not None and policy.steps[step].preferred
        return not first, STRATEGIES[strategy](candidate, preferred), person.staff_id

    best = min(free, key=order, default=None)
    final = {
        staff_id: reason or (Reason.CHOSEN if best and staff_id == best.staff_id else Reason.RANKED_LOWER)
        for staff_id, reason in reasons.items()
    }
    times = [let.until for let in request.passed if let.until > now]
    for staff_id, reason in final.items():
        step = steps[staff_id]
        if reason is Reason.STEP_NOT_OPEN and step is not None:
            times.append(opened[step])
    eligible = sum(reason not in INELIGIBLE for reason in final.values())
    nobody = Outcome.WAIT if eligible else Outcome.NO_STAFF
    return Verdicts(
        best.staff_id if best else None,
        Outcome.OFFER if best else nobody,
        opened,
        min(times, default=None),
        eligible,
        sum(reason in FREE for reason in final.values()),
        Counter((steps[staff_id], reason) for staff_id, reason in final.items()),
    )


def _level(request: Request, person: Responder) -> int:
    by_item = person.item_levels.get(request.item_code, 0)
    return max(by_item, person.department_levels.get(request.department, 0))


def _step(request: Request, person: Responder, steps: Sequence[PolicyStep], tree: RegionTree) -> int | None:
    if not tree.covers(person.region_code, request.region_code):
        return None
    profile = person.profile(request.item_code, request.department)
    preferred = person.staff_id == request.preferred_staff_id
    admitting = (i for i, step in enumerate(steps) if step.admits(request, profile, preferred=preferred))
    return next(admitting, None)


def _reason(
    request: Request,
    person: Responder,
    standings: Mapping[str, Standing],
    ringing: AbstractSet[str],
    tree: RegionTree,
    step: int | None,
    opened: Sequence[float],
    now: float,
) -> Reason | None:
    if not tree.covers(person.region_code, request.region_code):
        return Reason.OUT_OF_REGION
    if person.staff_id == request.clerk_id:
        return Reason.CLERK_OF_THE_CALL
    if step is None:
        return Reason.NOT_ADMITTED
    state = standings[person.staff_id].state
    if state is not PresenceState.AVAILABLE:
        return Reason(state.value)
    if person.staff_id in ringing:
        return Reason.RINGING
    for let in request.passed:
        if let.staff_id == person.staff_id and now < let.until:
            return Reason.REJECTED_THIS_CALL if let.reason == "rejected" else Reason.MISSED_THIS_CALL
    return Reason.STEP_NOT_OPEN if now < opened[step] else None
