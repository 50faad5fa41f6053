"""Choose whom a waiting call is offered to: one pure function of everything it depends on, kept as a
`Decision`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from signaling.domain.routing.model import Candidate, Considered, Decision, Outcome, Reason, Request
from signaling.domain.routing.policy import POLICIES, Policy, first_step, openings
from signaling.domain.routing.strategies import STRATEGIES

_NOT_FREE: Final = {
    "offline": Reason.OFFLINE,
    "away": Reason.AWAY,
    "busy": Reason.BUSY,
    "wrap_up": Reason.WRAP_UP,
}
_INELIGIBLE: Final = frozenset(
    {Reason.NO_SKILL, Reason.OUT_OF_REGION, Reason.CLERK_OF_THE_CALL, Reason.OFFLINE}
)


@dataclass(frozen=True, slots=True)
class _Judged:
    candidate: Candidate
    step: int | None
    reason: Reason | None
    """None: free and admitted."""


def choose(
    request: Request,
    candidates: Sequence[Candidate],
    *,
    now: float,
    strategy: str,
    policy: str = "default",
) -> Decision:
    """Decide about one waiting call.

    Args:
        request: the call.
        candidates: every responder; the reason each is passed over is part of the decision.
        now: wall clock, seconds.
        strategy: a name of `STRATEGIES`.
        policy: a name of `POLICIES`.

    Returns:
        OFFER with `chosen`; NO_STAFF when nobody signed in could ever take it; else WAIT with `recheck_at`.
    """
    rules = POLICIES[policy]
    rank = STRATEGIES[strategy]
    ordered = sorted(candidates, key=lambda candidate: candidate.staff_id)
    steps = [first_step(rules, request, candidate) for candidate in ordered]
    opened = openings(rules, request.requested_at, _populated(rules, request, ordered, steps))
    judged = [
        _Judged(candidate, step, _judge(request, candidate, step, opened, now))
        for candidate, step in zip(ordered, steps, strict=True)
    ]
    free = sorted(
        (entry for entry in judged if entry.reason is None),
        key=lambda entry: (rank(request, entry.candidate), entry.candidate.staff_id),
    )
    best = free[0] if free else None
    considered = tuple(
        Considered(
            entry.candidate.staff_id,
            entry.step,
            rank(request, entry.candidate),
            entry.reason or (Reason.CHOSEN if entry is best else Reason.RANKED_LOWER),
        )
        for entry in judged
    )
    eligible = sum(entry.reason not in _INELIGIBLE for entry in judged)
    nobody = Outcome.WAIT if eligible else Outcome.NO_STAFF
    return Decision(
        at=now,
        request=request,
        candidates=tuple(ordered),
        policy=policy,
        strategy=strategy,
        opened_at=opened,
        outcome=nobody if best is None else Outcome.OFFER,
        considered=considered,
        chosen=best.candidate.staff_id if best else None,
        why=_why(rules, best, strategy, now) if best else (),
        recheck_at=_recheck_at(request, judged, opened, now),
        eligible=eligible,
        available=sum(entry.reason in (None, Reason.STEP_NOT_OPEN) for entry in judged),
    )


def replay(decision: Decision) -> Decision:
    """Decide again from what was stored; equal to `decision` as long as the rules are the same."""
    return choose(
        decision.request,
        decision.candidates,
        now=decision.at,
        strategy=decision.strategy,
        policy=decision.policy,
    )


def _populated(
    policy: Policy, request: Request, candidates: Sequence[Candidate], steps: Sequence[int | None]
) -> list[bool]:
    return [
        any(
            step == index and candidate.state != "offline" and candidate.staff_id != request.clerk_id
            for candidate, step in zip(candidates, steps, strict=True)
        )
        for index in range(len(policy.steps))
    ]


def _judge(
    request: Request, candidate: Candidate, step: int | None, opened: Sequence[float], now: float
) -> Reason | None:
    """Return why the candidate cannot be offered the call now; None when they can."""
    if candidate.staff_id == request.clerk_id:
        return Reason.CLERK_OF_THE_CALL
    if candidate.skill_level == 0:
        return Reason.NO_SKILL
    if step is None:
        return Reason.OUT_OF_REGION
    if candidate.state in _NOT_FREE:
        return _NOT_FREE[candidate.state]
    if candidate.ringing:
        return Reason.RINGING
    passed = next((let for let in request.passed if let.staff_id == candidate.staff_id), None)
    if passed is not None and now < passed.until:
        return Reason.REJECTED_THIS_CALL if passed.reason == "rejected" else Reason.MISSED_THIS_CALL
    return Reason.STEP_NOT_OPEN if now < opened[step] else None


def _recheck_at(
    request: Request, judged: Sequence[_Judged], opened: Sequence[float], now: float
) -> float | None:
    """Return when a step opens for somebody, or somebody who let it go by may be asked again."""
    times = [opened[entry.step] for entry in judged if entry.step is not None and entry.reason]
    times += [let.until for let in request.passed]
    return min((at for at in times if at > now), default=None)


def _why(policy: Policy, best: _Judged, strategy: str, now: float) -> tuple[str, ...]:
    candidate = best.candidate
    assert best.step is not None
    idle_minutes = max(0, int((now - candidate.idle_since) / 60))
    return (
        f"skill|{candidate.skill_level}",
        policy.steps[best.step].name,
        f"{strategy}|{idle_minutes}",
    )
