"""Judge the plausible of one waiting call, by name, with the others as counts: a pure function of what a
decision stores, so that it can be made again.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple, TypeAlias

from signaling.domain.ids import StaffId
from signaling.domain.presence import PresenceState
from signaling.domain.routing.decision import Considered, Decision, Outcome, PassedOver, Reason
from signaling.domain.routing.model import Candidate, Let, Request, Standing
from signaling.domain.routing.policy import Policy, first_step, openings
from signaling.domain.routing.strategies import STRATEGIES, spoken

_NOT_FREE: Final = {
    PresenceState.OFFLINE: Reason.OFFLINE,
    PresenceState.AWAY: Reason.AWAY,
    PresenceState.BUSY: Reason.BUSY,
    PresenceState.WRAP_UP: Reason.WRAP_UP,
}
_ABSENT: Final = frozenset({Reason.OUT_OF_REGION, Reason.NOT_ADMITTED, Reason.OFFLINE})
"""No step waits for them, and no call."""
_INELIGIBLE: Final = _ABSENT | {Reason.CLERK_OF_THE_CALL}
_AVAILABLE: Final = frozenset({Reason.CHOSEN, Reason.RANKED_LOWER, Reason.STEP_NOT_OPEN})


def state_of(standing: Standing, *, ringing: bool) -> Reason | None:
    """Return why somebody is not free for any call; None when they are."""
    return _NOT_FREE.get(standing.state) or (Reason.RINGING if ringing else None)


Admitted: TypeAlias = tuple[Candidate, int | None]
"""Somebody and the first step that admits them, if one does."""


def admit(policy: Policy, request: Request, candidate: Candidate) -> Admitted:
    """Return somebody with their step."""
    preferred = candidate.staff_id == request.preferred_staff_id
    return candidate, first_step(policy, request, candidate.profile, preferred=preferred)


class _Judged(NamedTuple):
    order: tuple[bool, tuple[float, ...], StaffId]
    """Whom the request prefers goes first where the policy has a step for them; then rank, then who."""
    candidate: Candidate
    step: int | None
    reason: Reason | None
    """None: free and admitted."""


def judge(
    request: Request,
    admitted: Sequence[Admitted],
    counted: Sequence[PassedOver],
    *,
    now: float,
    strategy: str,
    policy: Policy,
) -> Decision:
    """Decide about one waiting call.

    Args:
        request: the call.
        admitted: the plausible, as `admit` says; of the free at least the best one of each step.
        counted: everybody else with the skill, by step and reason.
        now: wall clock, seconds.
        strategy: a name of `STRATEGIES`.
        policy: who is admitted when.
    """
    opened = _openings(policy, request, admitted, counted)
    judged = _judged(policy, request, admitted, opened, strategy, now)
    best = next((entry for entry in judged if entry.reason is None), None)
    considered = tuple(
        Considered(
            entry.candidate,
            entry.step,
            entry.order[1],
            entry.reason or (Reason.CHOSEN if entry is best else Reason.RANKED_LOWER),
        )
        for entry in judged
    )
    passed_over = tuple(sorted((_as_opened(entry, opened, now) for entry in counted), key=_by_step))
    tally = [(entry.reason, 1) for entry in considered]
    tally += [(entry.reason, entry.count) for entry in passed_over]
    eligible = sum(count for reason, count in tally if reason not in _INELIGIBLE)
    nobody = Outcome.WAIT if eligible else Outcome.NO_STAFF
    return Decision(
        at=now,
        request=request,
        policy=policy,
        strategy=strategy,
        considered=considered,
        passed_over=passed_over,
        opened_at=opened,
        outcome=nobody if best is None else Outcome.OFFER,
        chosen=best.candidate.staff_id if best else None,
        why=_why(request, policy, best, strategy, now) if best else (),
        recheck_at=_recheck_at(request, (*considered, *passed_over), opened, now),
        eligible=eligible,
        available=sum(count for reason, count in tally if reason in _AVAILABLE),
    )


def replay(decision: Decision) -> Decision:
    """Decide again from what was stored; equal to `decision` as long as the program's rules are the same."""
    return judge(
        decision.request,
        [admit(decision.policy, decision.request, entry.candidate) for entry in decision.considered],
        decision.passed_over,
        now=decision.at,
        strategy=decision.strategy,
        policy=decision.policy,
    )


def _openings(
    policy: Policy,
    request: Request,
    admitted: Sequence[Admitted],
    counted: Sequence[PassedOver],
) -> tuple[float, ...]:
    """Return when each step opens; the clerk of the call populates none."""
    signed_in = {entry.step for entry in counted if entry.reason not in _ABSENT}
    signed_in |= {
        step
        for candidate, step in admitted
        if candidate.standing.state is not PresenceState.OFFLINE and candidate.staff_id != request.clerk_id
    }
    return openings(policy, request.requested_at, [step in signed_in for step in range(len(policy.steps))])


def _judged(
    policy: Policy,
    request: Request,
    admitted: Sequence[Admitted],
    opened: Sequence[float],
    strategy: str,
    now: float,
) -> list[_Judged]:
    """Return everybody with their verdict, in the order in which they would be asked."""
    lets = {let.staff_id: let for let in request.passed if now < let.until}
    rank = STRATEGIES[strategy]
    return sorted(
        _Judged(
            (
                step is None or not policy.steps[step].preferred,
                rank(candidate, candidate.staff_id == request.preferred_staff_id),
                candidate.staff_id,
            ),
            candidate,
            step,
            _verdict(request, candidate, step, opened, lets.get(candidate.staff_id), now),
        )
        for candidate, step in admitted
    )


def _verdict(
    request: Request,
    candidate: Candidate,
    step: int | None,
    opened: Sequence[float],
    let: Let | None,
    now: float,
) -> Reason | None:
    """Return why the candidate cannot be offered the call now; None when they can."""
    if candidate.staff_id == request.clerk_id:
        return Reason.CLERK_OF_THE_CALL
    if step is None:
        return Reason.NOT_ADMITTED
    if (reason := state_of(candidate.standing, ringing=candidate.ringing)) is not None:
        return reason
    if let is not None:
        return Reason.REJECTED_THIS_CALL if let.reason == "rejected" else Reason.MISSED_THIS_CALL
    return Reason.STEP_NOT_OPEN if now < opened[step] else None


def _as_opened(entry: PassedOver, opened: Sequence[float], now: float) -> PassedOver:
    """Free people who are only counted wait for their step, or come after those who are judged by name."""
    if entry.step is None or entry.reason not in _AVAILABLE:
        return entry
    waits = now < opened[entry.step]
    return PassedOver(entry.step, Reason.STEP_NOT_OPEN if waits else Reason.RANKED_LOWER, entry.count)


def _by_step(entry: PassedOver) -> tuple[int, Reason]:
    return (-1 if entry.step is None else entry.step, entry.reason)


def _recheck_at(
    request: Request, entries: Sequence[Considered | PassedOver], opened: Sequence[float], now: float
) -> float | None:
    """Return when a step opens for somebody free, or somebody who let it go by may be asked again."""
    times = [let.until for let in request.passed if now < let.until]
    times += [
        opened[entry.step]
        for entry in entries
        if entry.step is not None and entry.reason is Reason.STEP_NOT_OPEN
    ]
    return min(times, default=None)


def _why(request: Request, policy: Policy, best: _Judged, strategy: str, now: float) -> tuple[str, ...]:
    candidate = best.candidate
    assert best.step is not None
    step = policy.steps[best.step]
    skill = f"skill|{candidate.profile.skill_level}"
    if step.preferred:
        return (skill, step.name)
    idle_minutes = max(0, int((now - candidate.standing.idle_since) / 60))
    preferred = candidate.staff_id == request.preferred_staff_id
    return (skill, step.name, f"{spoken(strategy, preferred=preferred)}|{idle_minutes}")
